"""Lambda's event source mapping for a DynamoDB stream, for a function that takes events.

Each rule of the model has its source beside it: a page of AWS's documentation, or a recording of what AWS did
(tests/data/recordings.json, to which tests/model/test_recordings.py holds the model). What has neither is marked as an
assumption.

Left out: the minutes that polling takes to start and stop, records that are delivered twice without a failure, shards
that split, the limits of one GetRecords call, and a destination that cannot be written to.
"""

import json
from collections.abc import Callable
from typing import Any

from scavenger_ops.mapping_model.delivery import Delivery
from scavenger_ops.mapping_model.event import size_bytes
from scavenger_ops.mapping_model.failure_record import Destination, Keep
from scavenger_ops.mapping_model.record_run import RecordRun
from scavenger_ops.mapping_model.settings import MappingSettings
from scavenger_ops.mapping_model.shard import Shard
from scavenger_ops.mapping_model.simulated_function import Invocation, SimulatedFunction
from scavenger_ops.mapping_model.simulation import Simulation
from scavenger_ops.mapping_model.stream import Stream


class EventSourceMapping:
    """Reads records from a stream's shards and invokes a function with them.

    `invoke` gets the event and returns the function's response, may let simulated time pass, and may raise
    `FunctionError` or `InvokeThrottled`. `keep` stores what is given up, by an object's key and body; without it, that
    is dropped. Concurrency is at most the number of shards times the parallelization factor.
    """

    def __init__(
        self,
        simulation: Simulation,
        settings: MappingSettings,
        invoke: Callable[[dict[str, Any]], object],
        keep: Keep | None = None,
    ) -> None:
        self._simulation = simulation
        self._function = SimulatedFunction(simulation, settings, invoke)
        self._destination = Destination(simulation, keep)
        self._stream = Stream(simulation)
        self._delivery = Delivery(simulation, settings, self._stream, self._function.call, self._destination.give_up)
        self._shards: dict[str, Shard] = {}
        self._enabled = True

    @property
    def invocations(self) -> list[Invocation]:
        """The invocations so far, in the order in which they ended."""
        return self._function.invocations

    @property
    def given_up(self) -> list[dict[str, Any]]:
        """The records that went to the destination, or that were dropped for want of one."""
        return self._destination.given_up

    @property
    def trimmed(self) -> list[dict[str, Any]]:
        """The records that the stream lost before they were delivered."""
        return [run.body for run in self._stream.trimmed]

    @property
    def filtered_out(self) -> int:
        """The number of records that the filter dropped."""
        return sum(shard.filtered_out for shard in self._shards.values())

    @property
    def idle(self) -> bool:
        """Nothing is left to deliver."""
        return all(shard.idle for shard in self._shards.values())

    def put(self, shard_id: str, record: dict[str, Any]) -> None:
        """Append a record to a shard of the stream; a shard that is new starts its first window now."""
        if shard_id not in self._shards:
            self._shards[shard_id] = Shard(shard_id, self._delivery)
            if not self._enabled:
                self._shards[shard_id].disable()
        item = json.dumps(record["dynamodb"].get("Keys"), sort_keys=True)
        self._shards[shard_id].put(RecordRun(record, self._simulation.now, size_bytes(record), item=item))

    def disable(self) -> None:
        """Read and invoke nothing any more; invocations that run may finish."""
        self._enabled = False
        for shard in self._shards.values():
            shard.disable()

    def enable(self) -> None:
        """Resume after the last processed record. Source: services-dynamodb-eventsourcemapping.html.

        That a batch in the middle of its retries has all of them again, and that a window begins, is an assumption.
        """
        self._enabled = True
        for shard in self._shards.values():
            shard.enable()
