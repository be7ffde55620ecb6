"""The progress of a comparison of two tables, saved in a file so that a later run can continue from there."""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import typer
from reconciler.progress import ComparisonProgress, Key, PageCounts

from scavenger_ops.command import say
from scavenger_ops.reconcile.lock import lock
from scavenger_ops.reconcile.saved_progress import SavedProgress, read_saved_progress, write_saved_progress

# Often enough that little is compared twice, and not so often that it costs time.
SAVE_INTERVAL_S = 1.0
# Progress older than this is not used: the tables have changed too much since.
MOST_AGE_S = 86_400


class SavedComparisonProgress(ComparisonProgress):
    """The progress of a comparison that a file keeps. The counts are those of all runs, and so is the total."""

    def __init__(self, path: Path | None, segments: int, key_types: Mapping[str, str]) -> None:
        super().__init__(range(segments))
        # None if there is no place for the file.
        self.path = path
        # How many items there are to compare, as far as it is known.
        self.total = 0
        self.begun_at = time.time()
        self.is_resumed = False
        # Whether all runs of this comparison ended with a report. The last second of a killed run is not counted.
        self.is_exact = True
        self._key_types = key_types
        self._saved_at = 0.0
        # An interrupted run ends before its threads do. By then, the file may be another run's.
        self._has_ended = False
        self._has_warned = False

    def advance(self, segment: int, last_key: Key | None, page: PageCounts) -> None:
        """Note that a segment's page is done, and save it from time to time."""
        super().advance(segment, last_key, page)
        with self._lock:
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
        """Lock this comparison on this machine for the block. Raises ExplainedError if another run has the lock."""
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
            saved = read_saved_progress(self.path, len(self.segments), self._key_types)
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
        self.unprocessed, self.oldest_unprocessed_at = saved.unprocessed, saved.oldest_unprocessed_at
        self.begun_at, self.total = saved.begun_at, saved.total
        self.is_exact, self.unanswered = saved.is_exact, saved.unanswered
        for one, is_done, last_key, deleted in zip(
            self.segments.values(), saved.is_done, saved.last_keys, saved.deleted_before, strict=True
        ):
            one.is_done, one.last_key, one.deleted_before = is_done, last_key, deleted
        self.is_resumed = True

    def _save(self) -> None:
        segments = self.segments.values()
        content = SavedProgress(
            begun_at=self.begun_at,
            saved_at=time.time(),
            is_exact=self.is_exact and self._has_ended,
            counts=self.counts,
            unprocessed=self.unprocessed,
            oldest_unprocessed_at=self.oldest_unprocessed_at,
            read_units=self.read_units,
            write_units=self.write_units,
            is_done=[one.is_done for one in segments],
            last_keys=[one.last_key for one in segments],
            deleted_before=[one.deleted_before + one.deleted_now for one in segments],
            unanswered=self.unanswered,
            total=self.total,
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


def find_progress(segments: int, key_types: Mapping[str, str], *what: object) -> SavedComparisonProgress:
    """Return the progress of a comparison, which is identified by `what` and saved in the user's application folder.

    `key_types` are those of the table that is scanned.
    """
    digest = hashlib.sha256(json.dumps([segments, *what]).encode()).hexdigest()[:16]
    folder = Path(typer.get_app_dir("scavenger"))
    # Without a home directory, it is a relative path.
    path = folder / f"reconcile-{digest}.json" if folder.is_absolute() else None
    return SavedComparisonProgress(path, segments, key_types)
