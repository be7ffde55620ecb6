"""Records that wait in a lane, and how many of them make a batch."""

from collections import deque
from collections.abc import Sequence

from scavenger_ops.mapping_model.event import event_of, size_bytes
from scavenger_ops.mapping_model.record_run import RecordRun

# An invocation's payload; the limit cannot be changed. AWS writes 6 MB and does not say which megabyte: an assumption.
# Source: with-ddb.html.
MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
COMMA_BYTES = 1
# What an event takes beside its records; before the first there is no comma.
ENVELOPE_BYTES = size_bytes(event_of([])) - COMMA_BYTES


class BatchBuffer:
    """Waiting records in order, of which the first make the next batch: at most its size, and what the payload allows.

    A single record always goes, however large it is, which is an assumption: none of a DynamoDB item can be too large.
    """

    def __init__(self, batch_size: int) -> None:
        self._batch_size = batch_size
        self._behind: deque[RecordRun] = deque()
        self._begin()

    def __bool__(self) -> bool:
        """Say whether any record waits."""
        return bool(self._next)

    @property
    def is_full(self) -> bool:
        """No more fit into the next batch."""
        return self._count == self._batch_size or bool(self._behind)

    def add(self, run: RecordRun) -> None:
        """Put a run behind the others."""
        self._behind.append(run)
        self._fill()

    def put_back(self, runs: Sequence[RecordRun]) -> None:
        """Put runs before the others."""
        self._behind.extendleft(reversed((*runs, *self._next)))
        self._begin()

    def take_batch(self) -> tuple[RecordRun, ...]:
        """Take the next batch."""
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
        """Count the records of a run that still go into the next batch."""
        by_payload = (MAX_PAYLOAD_BYTES - self._bytes) // (COMMA_BYTES + run.size_bytes)
        return min(run.count, self._batch_size - self._count, max(by_payload, 0 if self._next else 1))
