"""Runs a schedule with the real function, then sends what was kept through the function again."""

import json
from random import Random
from typing import Any

from scavenger_ops.mapping_model.event_source_mapping import EventSourceMapping
from scavenger_ops.mapping_model.simulated_function import InvokeThrottled
from scavenger_ops.mapping_model.simulation import Simulation
from support.failure_bucket import FakeBucket

from model.real_function import Event, RealFunction
from model.redriving import Redriving
from model.restaging import Restaging
from model.scheduled_messages import GOOD_KINDS, MATCH_ATTRIBUTES, Message, make_messages
from model.schedules import Schedule, behaviour_of
from model.simulated_clock import SimulatedClock
from model.staging_table import StagingTable


class ScheduledRun:
    """Runs a schedule, and keeps what happens.

    `messages` are those in the stream, by their sequence numbers. `delivered_at` has when the function first got a
    message for a row, by the row's key and version. `kept` has the objects in the failure bucket, those of the function
    and those of Lambda; `dropped` the numbers of the records that Lambda could not write there.
    """

    def __init__(self, schedule: Schedule, *, is_matched: bool) -> None:
        self.schedule = schedule
        self.simulation = Simulation()
        # Apart from what happens later, so that the messages are the same in each run of the schedule.
        random = Random(schedule.seed)  # noqa: S311 - a run must be repeatable
        kinds = [kind for kind, _ in schedule.records]
        count, likelihood = schedule.staged_again
        self._due = make_messages(kinds, schedule.event_names, likelihood if count else 0.0, random)
        self.messages: dict[str, Message] = {}
        self.delivered_at: dict[tuple[str, str | None], float] = {}
        self.kept: dict[str, list[dict[str, Any]]] = {}
        self.dropped: set[str] = set()
        self._random = Random(schedule.seed + 1)  # noqa: S311 - as above
        # Whether nothing happens to invocations any more.
        self._is_calm = False
        self._clock = SimulatedClock(self.simulation)
        self.table = StagingTable(
            self._clock,
            self._random,
            write_units=schedule.write_units,
            poison=[each.record["dynamodb"]["Keys"] for each in self._due if each.kind == "poison"],
            behaviour=behaviour_of(schedule, self._clock, self._random),
            on_request=lambda keys: self._restaging.perhaps(keys),  # noqa: PLW0108 - it is made below
        )
        self._restaging = Restaging(
            self.simulation,
            self._random,
            self.table.rows,
            [each.record["dynamodb"]["Keys"] for each in self._due if each.kind in GOOD_KINDS],
            self._report,
            count=count,
            likelihood=likelihood,
            event_names=schedule.event_names,
        )
        self.bucket = FakeBucket()
        self.function = RealFunction(
            self._clock,
            self.table,
            self.bucket,
            timeout_s=schedule.timeout_s,
            max_in_flight=schedule.max_in_flight,
            match_attributes=MATCH_ATTRIBUTES if is_matched else None,
            event_names=schedule.event_names,
        )
        self.mapping = EventSourceMapping(self.simulation, schedule.mapping, self._invoke, self._keep)

    def run(self) -> None:
        """Run until nothing remains to deliver."""
        self.simulation.spawn(self._insert)
        self.simulation.spawn(self._deny_the_bucket)
        with self.function.in_place():
            self.simulation.run()

    def redrive(self) -> Redriving:
        """Send what was kept through the function again: while there are troubles, then until nothing gets better."""
        for key, body in self.bucket.objects.items():
            self.kept[key] = json.loads(body["payload"])["Records"]
        redriving = Redriving(self.kept, self._invoke)
        self.simulation.spawn(lambda: self._redrive(redriving))
        with self.function.in_place():
            self.simulation.run()
            # Rows that are staged again during the redrive have messages too, and Lambda may discard their records.
            while redriving.take_new(self.kept):
                self.simulation.spawn(redriving.run)
                self.simulation.run()
        self.simulation.close()
        return redriving

    def _insert(self) -> None:
        self._restaging.at_any_time()
        for message, (_, seconds) in zip(self._due, self.schedule.records, strict=True):
            self.simulation.sleep(seconds)
            if message.staged is not None and message.kind != "keyless":
                self.table.rows.stage(message.record["dynamodb"]["Keys"], message.staged)
            self._report(message)

    def _report(self, message: Message) -> None:
        """Put a message into the stream. Records of the same row are in the same shard, in order."""
        message.record["dynamodb"]["SequenceNumber"] = str(1000 + len(self.messages))
        self.messages[message.number] = message
        self.mapping.put(f"shard-{int(message.key[-4:] < '5')}", message.record)

    def _deny_the_bucket(self) -> None:
        self.bucket.is_writable = False
        self.simulation.sleep(self.schedule.bucket_is_denied_for_s)
        self.bucket.is_writable = True

    def _keep(self, key: str, body: dict[str, Any]) -> None:
        """Keep the records that the mapping discards, or drop them if it cannot write to the bucket, as Lambda does."""
        records = json.loads(body["payload"])["Records"]
        if self.bucket.is_writable:
            self.kept[key] = records
        else:
            self.dropped |= {each["dynamodb"]["SequenceNumber"] for each in records}

    def _redrive(self, redriving: Redriving) -> None:
        redriving.run()
        self.simulation.sleep(self.schedule.lasts_s())
        self.table.unthrottle()
        self._is_calm = True
        redriving.run()

    def _invoke(self, event: Event) -> object:
        """Invoke the function, with the troubles of a distributed system."""
        if self._happens():
            raise InvokeThrottled
        if self._happens():
            self._invoke_once(event, self._random.uniform(0, self.schedule.timeout_s))
        response = self._invoke_once(event)
        if self._happens():
            # Deliver the records once more, in another order, and ignore the answer.
            again = self._random.sample(event["Records"], len(event["Records"]))
            self._invoke_once({**event, "Records": again})
        return response

    def _invoke_once(self, event: Event, dies_after_s: float = float("inf")) -> object:
        for each in event["Records"]:
            message = self.messages[each["dynamodb"]["SequenceNumber"]]
            if each["eventName"] in self.schedule.event_names:
                self.delivered_at.setdefault((message.key, message.version), self.simulation.now)
        keys = [each["dynamodb"].get("Keys") for each in event["Records"]]
        self._restaging.perhaps(keys)
        try:
            return self.function.invoke(event, dies_after_s)
        finally:
            self._restaging.perhaps(keys)

    def _happens(self) -> bool:
        return not self._is_calm and self._random.random() < self.schedule.trouble
