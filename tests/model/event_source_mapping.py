"""Lambda's event source mapping for a DynamoDB stream, as far as AWS describes it.

Left out: the minutes that polling takes to start and stop, records that are delivered twice without a failure, shards
that split, the limits of one GetRecords call, and a destination that cannot be written to.
"""

import json
import math
import zlib
from collections import deque
from collections.abc import Callable
from typing import Any

from model.batch import StreamRecord, size_bytes
from model.delivery import Delivery
from model.failure_record import Destination, Keep
from model.filtering import passes
from model.function import Function, FunctionError, Invocation, InvokeThrottled
from model.lane import Lane
from model.settings import MappingSettings
from model.simulation import Simulation
from model.stream import Stream

__all__ = ["EventSourceMapping", "FunctionError", "Invocation", "InvokeThrottled", "MappingSettings"]

# The base rate for each shard. Source: with-ddb.html.
POLLS_PER_SECOND = 4


class _Shard:
    """The records of a shard that the mapping has not read, and the lanes that it reads into."""

    def __init__(self, lanes: list[Lane]) -> None:
        self.unread: deque[StreamRecord] = deque()
        self.lanes = lanes
        self.polled = False

    def lane_of(self, record: StreamRecord) -> int:
        """Give the number of a record's lane, by its item; Python's own hash would differ from run to run."""
        keys = json.dumps(record.body["dynamodb"].get("Keys"), sort_keys=True)
        return zlib.crc32(keys.encode()) % len(self.lanes)


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
        self.filtered_out = 0
        self._simulation = simulation
        self._settings = settings
        self._function = Function(simulation, settings, invoke)
        self._destination = Destination(keep)
        self._stream = Stream(simulation)
        self._shards: dict[str, _Shard] = {}
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
        return self._stream.trimmed

    @property
    def idle(self) -> bool:
        """Nothing is left to deliver."""
        return all(not shard.unread and all(lane.idle for lane in shard.lanes) for shard in self._shards.values())

    def put(self, shard_id: str, record: dict[str, Any]) -> None:
        """Append a record to a shard of the stream; a shard that is new starts its first window now."""
        if shard_id not in self._shards:
            self._shards[shard_id] = _Shard(self._new_lanes(shard_id))
        shard = self._shards[shard_id]
        shard.unread.append(StreamRecord(record, self._simulation.now, size_bytes(record)))
        self._poll(shard)

    def disable(self) -> None:
        """Read and invoke nothing any more; invocations that run may finish."""
        self._enabled = False
        for shard in self._shards.values():
            for lane in shard.lanes:
                lane.disable()

    def enable(self) -> None:
        """Resume after the last processed record. Source: services-dynamodb-eventsourcemapping.html."""
        self._enabled = True
        for shard in self._shards.values():
            for lane in shard.lanes:
                lane.enable()
            self._poll(shard)

    def _new_lanes(self, shard_id: str) -> list[Lane]:
        delivery = Delivery(self._simulation, self._settings, self._function, self._destination, self._stream)
        return [
            Lane(shard_id, self._simulation, self._settings, delivery)
            for _ in range(self._settings.parallelization_factor)
        ]

    def _poll(self, shard: _Shard) -> None:
        """See to it that a shard's records are read at the next poll; polls that would find nothing are left out."""

        def poll() -> None:
            self._simulation.sleep_until(math.ceil(self._simulation.now * POLLS_PER_SECOND) / POLLS_PER_SECOND)
            shard.polled = False
            if self._enabled:
                self._read(shard)

        if shard.unread and not shard.polled:
            shard.polled = True
            self._simulation.spawn(poll)

    def _read(self, shard: _Shard) -> None:
        records = self._stream.without_trimmed(shard.unread)
        shard.unread.clear()
        wanted: dict[int, list[StreamRecord]] = {}
        for record in records:
            if passes(self._settings.filter_patterns, record.body):
                wanted.setdefault(shard.lane_of(record), []).append(record)
            else:
                self.filtered_out += 1
        for number in sorted(wanted):
            shard.lanes[number].add(wanted[number])
