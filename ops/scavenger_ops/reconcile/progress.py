"""The progress of a comparison of two tables, saved in a file so that a later run can continue from there."""

import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from scavenger_ops.command import say
from scavenger_ops.reconcile.lock import lock
from scavenger_ops.reconcile.saved_progress import SavedProgress, read_saved_progress, write_saved_progress

# Often enough that little is compared twice, and not so often that it costs time.
SAVE_INTERVAL_S = 1.0
# Progress older than this is not used: the tables have changed too much since.
MOST_AGE_S = 86_400


class ComparisonProgress:
    """For each segment of the scan, the key to continue from, and the counts. Threads share it.

    The counts are those of all runs of the comparison, and so is the total.
    """

    def __init__(self, path: Path | None, segments: int, key_types: Mapping[str, str]) -> None:
        # None if there is no place for the file.
        self.path = path
        self.counts: Counter[str] = Counter()
        # How many items there are to compare, as far as it is known.
        self.total = 0
        self.read_units = 0.0
        self.write_units = 0.0
        self.begun_at = time.time()
        self.is_resumed = False
        # Whether all runs of this comparison ended with a report. The last second of a killed run is not counted.
        self.is_exact = True
        # Deletes that were sent, and for which it is unknown whether DynamoDB carried them out.
        self.unanswered = 0
        # Whether a row had a time without a time zone.
        self.has_zoneless = False
        self._key_types = key_types
        self._last_keys: list[dict[str, Any] | None] = [None] * segments
        self._is_done = [False] * segments
        # For each segment's current page: the rows deleted in this pass, and those deleted when an earlier pass
        # compared the same page.
        self._deleted_now, self._deleted_before = [0] * segments, [0] * segments
        self._saved_at = 0.0
        # An interrupted run ends before its threads do. By then, the file may be another run's.
        self._has_ended = False
        self._has_warned = False
        self._lock = threading.Lock()

    def last_key(self, segment: int) -> dict[str, Any] | None:
        """Return the key after which a segment continues."""
        return self._last_keys[segment]

    def is_done(self, segment: int | None = None) -> bool:
        """Return whether a segment is done; without one, whether all are."""
        return all(self._is_done) if segment is None else self._is_done[segment]

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
                self._deleted_now[segment] += 1

    def begin_page(self, segment: int) -> None:
        """Note that the comparison of a segment's page begins, perhaps not for the first time."""
        with self._lock:
            self._deleted_before[segment] += self._deleted_now[segment]
            self._deleted_now[segment] = 0

    def take_deleted_before(self, segment: int, most: int) -> int:
        """Return how many of a segment's messages, up to `most`, lost their rows in an earlier pass; each only once."""
        with self._lock:
            taken = min(most, self._deleted_before[segment])
            self._deleted_before[segment] -= taken
            return taken

    def advance(self, segment: int, last_key: dict[str, Any] | None, counts: Mapping[str, int]) -> None:
        """Note that a segment's page is done. Without a last key, it was the last page."""
        with self._lock:
            self.counts.update(counts)
            self._last_keys[segment] = last_key
            self._is_done[segment] = last_key is None
            self._deleted_now[segment] = 0
            if not self._has_ended and time.monotonic() - self._saved_at >= SAVE_INTERVAL_S:
                self._save()

    def save(self) -> None:
        """Write the file at the end of a run, before the report. Threads that are still at work write it no more."""
        with self._lock:
            self._has_ended = True
            self._save()

    def remove(self) -> None:
        """Remove the file: there is nothing to continue."""
        # If it could not be written, it cannot be removed either.
        with suppress(OSError):
            if self.path:
                self.path.unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock this comparison on this machine for the block. Raises CommandError if another run has the lock."""
        with ExitStack() as stack:
            try:
                if self.path:
                    lock(self.path, stack)
                else:
                    self._warn("there is no home directory: set HOME")
            except OSError as error:
                self._warn(f"{error.filename or self.path}: {error.strerror}")
            yield

    def load(self) -> str:
        """Continue from the saved file, if there is one. Return a message for the user, or an empty text."""
        # Without a lock, it was said already that there is no place for the file.
        if not self.path or self._has_warned:
            return ""
        try:
            saved = read_saved_progress(self.path, len(self._is_done), self._key_types)
        except FileNotFoundError:
            return ""
        except OSError as error:
            return f"{self.path} cannot be read ({error.strerror}). The comparison starts from the beginning."
        except ValueError as error:
            return f"{self.path} cannot be used ({error}). The comparison starts from the beginning."
        if time.time() - saved.saved_at > MOST_AGE_S:
            return "An earlier run stopped more than a day ago, so the comparison starts from the beginning."
        self._take_over(saved)
        began_at = datetime.fromtimestamp(self.begun_at, UTC)
        least = "" if saved.is_exact else "at least "
        kill = "" if saved.is_exact else " It ended without a report, so its last second is not counted."
        return (
            f"Continuing after {least}{self.counts.total():,} rows of a run that began at {began_at:%Y-%m-%d %H:%M} "
            f"UTC and was stopped.{kill} Rows staged since then in the part already compared are not seen. Use "
            "--restart to start from the beginning."
        )

    def _take_over(self, saved: SavedProgress) -> None:
        self.counts, self.read_units, self.write_units = saved.counts, saved.read_units, saved.write_units
        self.begun_at, self._is_done, self._last_keys = saved.begun_at, saved.is_done, saved.last_keys
        self._deleted_before, self.total = saved.deleted_before, saved.total
        self.is_exact, self.unanswered = saved.is_exact, saved.unanswered
        self.is_resumed = True

    def _save(self) -> None:
        content = SavedProgress(
            self.begun_at,
            time.time(),
            self.is_exact and self._has_ended,
            self.counts,
            self.read_units,
            self.write_units,
            self._is_done,
            self._last_keys,
            [before + now for before, now in zip(self._deleted_before, self._deleted_now, strict=True)],
            self.unanswered,
            self.total,
        )
        self._saved_at = time.monotonic()
        try:
            if self.path:
                write_saved_progress(self.path, content)
        except OSError as error:
            self._warn(f"{error.filename or self.path}: {error.strerror}")

    def _warn(self, reason: str) -> None:
        if not self._has_warned:
            self._has_warned = True
            say(
                f"The progress cannot be saved ({reason}). If this run is stopped, the next one starts from the "
                "beginning.",
                "yellow",
            )


def find_progress(segments: int, key_types: Mapping[str, str], *what: object) -> ComparisonProgress:
    """Return the progress of a comparison, which is identified by `what` and saved in the user's application folder.

    `key_types` are those of the table that is scanned.
    """
    digest = hashlib.sha256(json.dumps([segments, *what]).encode()).hexdigest()[:16]
    folder = Path(typer.get_app_dir("scavenger"))
    # Without a home directory, it is a relative path.
    path = folder / f"reconcile-{digest}.json" if folder.is_absolute() else None
    return ComparisonProgress(path, segments, key_types)
