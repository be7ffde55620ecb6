"""A shard of the stream: the mapping polls it and reads its records into lanes."""

import math
import zlib
from collections.abc import Iterator

from reconciler.event_filter.matching import passes
from reconciler.event_filter.pattern import check

from scavenger_ops.mapping_model.delivery import Delivery
from scavenger_ops.mapping_model.lane import Lane
from scavenger_ops.mapping_model.record_run import RecordRun
from scavenger_ops.mapping_model.settings import POLL_INTERVAL_S


class Shard:
    """The records of a shard that are not read yet, and its lanes. The first batching window starts now."""

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
        """Whether nothing remains to deliver."""
        return not self._unread and all(lane.idle for lane in self._lanes)

    def put(self, run: RecordRun) -> None:
        """Append records that arrive now."""
        self._unread.append(run)
        self._poll()

    def disable(self) -> None:
        """Stop reading and invoking. Invocations that are running finish."""
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
        """Read the records at the next poll. Polls that would find nothing are left out."""

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
            # A record that does not match never becomes part of a batch. Source: Streams.Lambda.Tutorial2.html.
            if passes(self._settings.filter_patterns, run.body):
                for number, part in self._spread(run):
                    wanted.setdefault(number, []).append(part)
            else:
                self.filtered_out += run.count
        for number in sorted(wanted):
            self._lanes[number].add(wanted[number])

    def _spread(self, run: RecordRun) -> Iterator[tuple[int, RecordRun]]:
        """Return the numbers of the lanes for the records, each with its part of the run: by their item, or evenly.

        All records of an item go to one lane (with-ddb.html). Which lane is an assumption.
        """
        lanes = len(self._lanes)
        if run.item is not None:
            # Python's own hash differs from process to process.
            yield zlib.crc32(run.item.encode()) % lanes, run
            return
        each, remainder = divmod(run.count, lanes)
        for number in range(lanes):
            # The remainder goes to the lanes whose turn it is.
            count = each + ((number - self._next_lane) % lanes < remainder)
            if count:
                yield number, run.part(count)
        self._next_lane = (self._next_lane + remainder) % lanes
