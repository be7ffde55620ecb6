"""The records that wait in a lane, and how many of them make the next batch."""

from collections import deque
from collections.abc import Sequence

from scavenger_ops.mapping_model.event import event_of, size_bytes
from scavenger_ops.mapping_model.record_run import RecordRun

# The limit of an invocation's payload, which cannot be changed. AWS writes 6 MB. That it means MiB is an assumption.
# Source: with-ddb.html.
MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
COMMA_BYTES = 1
# The size of an event without its records. There is no comma before the first record.
ENVELOPE_BYTES = size_bytes(event_of([])) - COMMA_BYTES


class BatchBuffer:
    """Waiting records, in order. The first ones make the next batch, up to the batch size and the payload limit.

    A single record always makes a batch, however large it is. That is an assumption: the record of a DynamoDB item
    cannot be too large.
    """

    def __init__(self, batch_size: int) -> None:
        self._batch_size = batch_size
        self._behind: deque[RecordRun] = deque()
        self._begin()

    def __bool__(self) -> bool:
        """Return whether any record waits."""
        return bool(self._next)

    @property
    def is_full(self) -> bool:
        """Whether the next batch has no room for another record."""
        return self._count == self._batch_size or bool(self._behind)

    def add(self, run: RecordRun) -> None:
        """Append a run."""
        self._behind.append(run)
        self._fill()

    def put_back(self, runs: Sequence[RecordRun]) -> None:
        """Put runs before all others, in their order."""
        self._behind.extendleft(reversed((*runs, *self._next)))
        self._begin()

    def take_batch(self) -> tuple[RecordRun, ...]:
        """Remove and return the next batch."""
        batch = tuple(self._next)
        self._begin()
        return batch

    def _begin(self) -> None:
        self._next: list[RecordRun] = []
        self._count = 0
        self._bytes = ENVELOPE_BYTES
        self._fill()

    def _fill(self) -> None:
        while self._behind and (count := self._fitting(self._behind[0])):
            run = self._behind.popleft()
            if count < run.count:
                self._behind.appendleft(run.part(run.count - count))
            self._next.append(run.part(count))
            self._count += count
            self._bytes += count * (COMMA_BYTES + run.size_bytes)

    def _fitting(self, run: RecordRun) -> int:
        """Return how many records of a run still fit into the next batch."""
        by_payload = (MAX_PAYLOAD_BYTES - self._bytes) // (COMMA_BYTES + run.size_bytes)
        return min(run.count, self._batch_size - self._count, max(by_payload, 0 if self._next else 1))
