"""How far a comparison of two tables is: for each segment of the scan the key to continue from, and the counts."""

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Key = dict[str, Any]


@dataclass(slots=True)
class PageCounts:
    """The items of a page that are not deleted, by the names in `rows`, and the unprocessed rows among them.

    A row is unprocessed if no message matches it, and it is old enough that one should. The time of the oldest one is
    in epoch seconds; it is None if no unprocessed row has a time.
    """

    kept: Counter[str] = field(default_factory=Counter)
    unprocessed: int = 0
    oldest_unprocessed_at: float | None = None

    def note_unprocessed(self, at: float | None) -> None:
        """Count an unprocessed row, with its time if it has one."""
        self.unprocessed += 1
        self.oldest_unprocessed_at = earliest(self.oldest_unprocessed_at, at)


@dataclass(slots=True)
class SegmentProgress:
    """How far a segment is: the last key of its last complete page (None before the first), and whether it is done.

    For the current page: the rows deleted in this pass, and those deleted when an earlier pass compared the same page.
    """

    last_key: Key | None = None
    is_done: bool = False
    deleted_now: int = 0
    deleted_before: int = 0


class ComparisonProgress:
    """The segments' progress and the counts of all of them. Threads share it."""

    def __init__(self, segments: Iterable[int]) -> None:
        self.segments = {segment: SegmentProgress() for segment in segments}
        self.counts: Counter[str] = Counter()
        self.unprocessed = 0
        self.oldest_unprocessed_at: float | None = None
        self.read_units = 0.0
        self.write_units = 0.0
        # Deletes that were sent, and for which it is unknown whether DynamoDB carried them out.
        self.unanswered = 0
        # Whether a row had a time without a time zone.
        self.has_zoneless = False
        self._lock = threading.Lock()

    def last_key(self, segment: int) -> Key | None:
        """Return the key after which a segment continues."""
        return self.segments[segment].last_key

    def is_done(self, segment: int | None = None) -> bool:
        """Return whether a segment is done; without one, whether all are."""
        if segment is not None:
            return self.segments[segment].is_done
        return all(each.is_done for each in self.segments.values())

    def add_units(self, *, read_units: float = 0.0, write_units: float = 0.0) -> None:
        """Add consumed capacity units."""
        with self._lock:
            self.read_units += read_units
            self.write_units += write_units

    def note_sent(self) -> None:
        """Note that a delete is sent."""
        with self._lock:
            self.unanswered += 1

    def note_answered(self, *, is_known: bool) -> None:
        """Note that a delete failed. `is_known`: DynamoDB certainly did not carry it out."""
        with self._lock:
            self.unanswered -= is_known

    def note_result(self, segment: int, name: str, *, is_gone: bool) -> None:
        """Note the result of a delete. A row that is gone is counted at once, since no later run will find it."""
        with self._lock:
            self.unanswered -= 1
            if is_gone:
                self.counts[name] += 1
                self.segments[segment].deleted_now += 1

    def begin_page(self, segment: int) -> None:
        """Note that the comparison of a segment's page begins, perhaps not for the first time."""
        with self._lock:
            one = self.segments[segment]
            one.deleted_before += one.deleted_now
            one.deleted_now = 0

    def take_deleted_before(self, segment: int, most: int) -> int:
        """Return how many of a segment's messages, up to `most`, lost their rows in an earlier pass; each only once."""
        with self._lock:
            taken = min(most, self.segments[segment].deleted_before)
            self.segments[segment].deleted_before -= taken
            return taken

    def advance(self, segment: int, last_key: Key | None, page: PageCounts) -> None:
        """Note that a segment's page is done. Without a last key, it was the last page."""
        with self._lock:
            self.counts.update(page.kept)
            self.unprocessed += page.unprocessed
            self.oldest_unprocessed_at = earliest(self.oldest_unprocessed_at, page.oldest_unprocessed_at)
            one = self.segments[segment]
            one.last_key, one.is_done, one.deleted_now = last_key, last_key is None, 0


def seconds_since(at: float | None, now: float) -> float | None:
    """Return how long ago a time was, or None if it is not known."""
    return None if at is None else max(0.0, now - at)


def earliest(*times: float | None) -> float | None:
    """Return the earliest time that is known, or None."""
    return min((each for each in times if each is not None), default=None)
