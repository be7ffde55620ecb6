"""Records of the stream, and the batch that the mapping tries to deliver."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

Outcome = Literal["success", "partial", "failure", "error", "throttled"]

# An invocation's payload; the limit cannot be changed. AWS writes 6 MB and does not say which megabyte.
# Source: with-ddb.html.
MAX_PAYLOAD_BYTES = 6 * 1024 * 1024


@dataclass(frozen=True)
class StreamRecord:
    """A record, when it came into the stream, and how much of an event it takes."""

    body: dict[str, Any]
    arrived: float
    size_bytes: int

    @property
    def sequence_number(self) -> str:
        """The record's sequence number."""
        return str(self.body["dynamodb"]["SequenceNumber"])


@dataclass(frozen=True)
class Batch:
    """Records to deliver together, and how that has gone so far."""

    records: tuple[StreamRecord, ...]
    counted_failures: int = 0
    """Failures that used up the retry quota."""
    failures: int = 0
    """All failures, by which the next wait is reckoned."""
    not_before: float = 0.0
    last_answer: Outcome | None = None
    """How the function ended last; nothing if it was never invoked."""

    def halves(self) -> list["Batch"]:
        """Split the batch in two."""
        middle = len(self.records) // 2
        return [replace(self, records=self.records[:middle]), replace(self, records=self.records[middle:])]


def encode(event: object) -> str:
    """Write an event as compactly as it is sent."""
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False)


def size_bytes(event: object) -> int:
    """Give the size of an event, or of a part of it, in bytes."""
    return len(encode(event).encode())


def event_of(records: Iterable[StreamRecord]) -> dict[str, Any]:
    """Make the function's event."""
    return {"Records": [record.body for record in records]}


def count_for_a_batch(records: Iterable[StreamRecord], batch_size: int) -> int:
    """Count the first records that go into one batch: at most its size, and no more than the payload allows.

    A single record always goes, however large it is.
    """
    count = 0
    total_bytes = size_bytes(event_of([]))
    for record in records:
        comma = 1 if count else 0
        total_bytes += comma + record.size_bytes
        if count == batch_size or (count and total_bytes > MAX_PAYLOAD_BYTES):
            break
        count += 1
    return count
