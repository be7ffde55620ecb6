"""A shard of the stream: the mapping polls it, and reads its records into lanes."""

import math
import zlib
from collections.abc import Iterator

from scavenger_ops.event_filter.matching import passes
from scavenger_ops.event_filter.pattern import check
from scavenger_ops.mapping_model.delivery import Delivery
from scavenger_ops.mapping_model.lane import Lane
from scavenger_ops.mapping_model.record_run import RecordRun
from scavenger_ops.mapping_model.settings import POLL_INTERVAL_S


class Shard:
    """A shard's records that are not read yet, and the lanes that they are read into; its first window starts now."""

    def __init__(self, shard_id: str, delivery: Delivery) -> None:
        for pattern in delivery.settings.filter_patterns:
            check(pattern)
        self.filtered_out = 0
        self._simulation = delivery.simulation
        self._settings = delivery.settings
        self._stream = delivery.stream
        self._lanes = [Lane(shard_id, delivery) for _ in range(delivery.settings.parallelization_factor)]
        self._next_lane = 0
        self._unread: list[RecordRun] = []
        self._polled = False
        self._enabled = True

    @property
    def idle(self) -> bool:
        """Nothing is left to deliver."""
        return not self._unread and all(lane.idle for lane in self._lanes)

    def put(self, run: RecordRun) -> None:
        """Append records, which came now."""
        self._unread.append(run)
        self._poll()

    def disable(self) -> None:
        """Read and invoke nothing any more; invocations that run may finish."""
        self._enabled = False
        for lane in self._lanes:
            lane.disable()

    def enable(self) -> None:
        """Resume after the last processed record."""
        self._enabled = True
        for lane in self._lanes:
            lane.enable()
        self._poll()

    def _poll(self) -> None:
        """See to it that the records are read at the next poll; polls that would find nothing are left out."""

        def poll() -> None:
            self._simulation.sleep_until(math.ceil(self._simulation.now / POLL_INTERVAL_S) * POLL_INTERVAL_S)
            self._polled = False
            if self._enabled:
                self._read()

        if self._unread and not self._polled:
            self._polled = True
            self._simulation.spawn(poll)

    def _read(self) -> None:
        runs = self._stream.without_trimmed(self._unread)
        self._unread.clear()
        wanted: dict[int, list[RecordRun]] = {}
        for run in runs:
            # What does not match never joins a batch. Source: Streams.Lambda.Tutorial2.html.
            if passes(self._settings.filter_patterns, run.body):
                for number, part in self._spread(run):
                    wanted.setdefault(number, []).append(part)
            else:
                self.filtered_out += run.count
        for number in sorted(wanted):
            self._lanes[number].add(wanted[number])

    def _spread(self, run: RecordRun) -> Iterator[tuple[int, RecordRun]]:
        """Return the numbers of the lanes that the records go to, and how many to each: by their item, or evenly.

        An item's records stay in one lane (with-ddb.html). Which lane that is, is an assumption.
        """
        lanes = len(self._lanes)
        if run.item is not None:
            # Python's own hash would differ from run to run.
            yield zlib.crc32(run.item.encode()) % lanes, run
            return
        each, left = divmod(run.count, lanes)
        for number in range(lanes):
            # What cannot be divided goes to the lanes whose turn it is.
            count = each + ((number - self._next_lane) % lanes < left)
            if count:
                yield number, run.part(count)
        self._next_lane = (self._next_lane + left) % lanes
