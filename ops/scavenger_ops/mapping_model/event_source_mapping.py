"""Lambda's event source mapping for a DynamoDB stream, for a function that takes events.

Each rule of the model has its source beside it: a page of AWS's documentation, or a recording of what AWS did
(tests/data/recordings.json; tests/model/test_recordings.py compares the model with it). A rule without either is marked
as an assumption.

Not modelled: the minutes that polling takes to start and stop, records that are delivered twice without a failure,
shards that split, the limits of one GetRecords call, and a failure destination that cannot be written.
"""

import json
from collections.abc import Callable
from typing import Any

from scavenger_ops.mapping_model.delivery import Delivery
from scavenger_ops.mapping_model.event import size_bytes
from scavenger_ops.mapping_model.failure_record import FailureDestination, Keep
from scavenger_ops.mapping_model.record_run import RecordRun
from scavenger_ops.mapping_model.settings import MappingSettings
from scavenger_ops.mapping_model.shard import Shard
from scavenger_ops.mapping_model.simulated_function import Invocation, SimulatedFunction
from scavenger_ops.mapping_model.simulation import Simulation
from scavenger_ops.mapping_model.stream import Stream


class EventSourceMapping:
    """Reads records from a stream's shards and invokes a function with them.

    `invoke` takes the event and returns the function's response. It may let simulated time pass, and may raise
    `FunctionError` or `InvokeThrottled`. `keep` stores discarded records: it takes the key and the body of an object.
    Without it, they are dropped. At most (number of shards) x (parallelization factor) invocations run at once.
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
        self._destination = FailureDestination(simulation, keep)
        self._stream = Stream(simulation)
        self._delivery = Delivery(simulation, settings, self._stream, self._function.call, self._destination.discard)
        self._shards: dict[str, Shard] = {}
        self._enabled = True

    @property
    def invocations(self) -> list[Invocation]:
        """The invocations so far, in the order in which they ended."""
        return self._function.invocations

    @property
    def discarded(self) -> list[dict[str, Any]]:
        """The records that went to the failure destination, or were dropped because there is none."""
        return self._destination.discarded

    @property
    def trimmed(self) -> list[dict[str, Any]]:
        """The records that the stream trimmed before they were delivered."""
        return [run.body for run in self._stream.trimmed]

    @property
    def filtered_out(self) -> int:
        """The number of records that the filter dropped."""
        return sum(shard.filtered_out for shard in self._shards.values())

    @property
    def idle(self) -> bool:
        """Whether nothing remains to deliver."""
        return all(shard.idle for shard in self._shards.values())

    def put(self, shard_id: str, record: dict[str, Any]) -> None:
        """Append a record to a shard of the stream. A new shard starts its first batching window now."""
        if shard_id not in self._shards:
            self._shards[shard_id] = Shard(shard_id, self._delivery)
            if not self._enabled:
                self._shards[shard_id].disable()
        item = json.dumps(record["dynamodb"].get("Keys"), sort_keys=True)
        self._shards[shard_id].put(RecordRun(record, self._simulation.now, size_bytes(record), item=item))

    def disable(self) -> None:
        """Stop reading and invoking. Invocations that are running finish."""
        self._enabled = False
        for shard in self._shards.values():
            shard.disable()

    def enable(self) -> None:
        """Resume after the last processed record. Source: services-dynamodb-eventsourcemapping.html.

        An assumption: a batch in the middle of its retries gets all of them again, and a new window begins.
        """
        self._enabled = True
        for shard in self._shards.values():
            shard.enable()
