"""How far a comparison of two tables has come, kept in a file so that a later run can go on from there."""

import fcntl
import hashlib
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from scavenger_ops.command import CommandError, say
from scavenger_ops.reconcile.saved_progress import SavedProgress, read_saved_progress, write_saved_progress

# Often enough that little is compared again, and not so often that it shows.
SAVE_INTERVAL_S = 1.0
# What was compared longer ago says too little of how it is now.
MOST_AGE_S = 86_400


class ComparisonProgress:
    """For each segment of the scan the key to go on from, and what has been counted; threads share it."""

    def __init__(self, path: Path, segments: int, key_types: Mapping[str, str]) -> None:
        self.path = path
        self.counts: Counter[str] = Counter()
        self.read_units = 0.0
        self.write_units = 0.0
        self.begun_at = time.time()
        self.is_resumed = False
        # Whether all runs of this have ended with a report. Of one that was killed, the last moment is not counted.
        self.is_exact = True
        # Deletes that were sent, and of which it is not known if they were carried out.
        self.unanswered = 0
        # Whether a row had a time without a zone.
        self.has_zoneless = False
        self._key_types = key_types
        self._last_keys: list[dict[str, Any] | None] = [None] * segments
        self._is_done = [False] * segments
        # Of each segment, the rows that are deleted of the page that is being compared, and that were when the same
        # page was compared before.
        self._deleted_now, self._deleted_before = [0] * segments, [0] * segments
        self._saved_at = 0.0
        self._has_complained = False
        self._lock = threading.Lock()

    def last_key(self, segment: int) -> dict[str, Any] | None:
        """Return the key after which a segment goes on."""
        return self._last_keys[segment]

    def is_done(self, segment: int | None = None) -> bool:
        """Return whether a segment is done, or all are."""
        return all(self._is_done) if segment is None else self._is_done[segment]

    def spend(self, *, read_units: float = 0.0, write_units: float = 0.0) -> None:
        """Add to what it took."""
        with self._lock:
            self.read_units += read_units
            self.write_units += write_units

    def note_sent(self) -> None:
        """Note that a delete is sent."""
        with self._lock:
            self.unanswered += 1

    def note_answered(self, *, is_known: bool) -> None:
        """Note that a delete came to nothing; whether it is known that it was not carried out."""
        with self._lock:
            self.unanswered -= is_known

    def note_result(self, segment: int, name: str, *, is_gone: bool) -> None:
        """Note the result of a delete. A row that is gone is counted at once, since no later run finds it."""
        with self._lock:
            self.unanswered -= 1
            if is_gone:
                self.counts[name] += 1
                self._deleted_now[segment] += 1

    def begin_page(self, segment: int) -> None:
        """Note that a page of a segment is compared, perhaps not for the first time."""
        with self._lock:
            self._deleted_before[segment] += self._deleted_now[segment]
            self._deleted_now[segment] = 0

    def take_deleted_before(self, segment: int, most: int) -> int:
        """Return how many of a segment's messages, at most so many, have lost their rows before; each is told once."""
        with self._lock:
            taken = min(most, self._deleted_before[segment])
            self._deleted_before[segment] -= taken
            return taken

    def advance(self, segment: int, last_key: dict[str, Any] | None, counts: Mapping[str, int]) -> None:
        """Note that a page of a segment is done, the last of it if there is no key to go on from."""
        with self._lock:
            self.counts.update(counts)
            self._last_keys[segment] = last_key
            self._is_done[segment] = last_key is None
            self._deleted_now[segment] = 0
            if time.monotonic() - self._saved_at >= SAVE_INTERVAL_S:
                self._save(has_ended=False)

    def save(self) -> None:
        """Write the file in the end, before the report."""
        with self._lock:
            self._save(has_ended=True)

    def remove(self) -> None:
        """Remove the file, since there is nothing to go on with."""
        # Where it could not be kept, it cannot be removed either.
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs of the same on this machine away. Raises CommandError if one is under way."""
        with ExitStack() as stack:
            try:
                self._lock_file(stack)
            except BlockingIOError:
                raise CommandError(
                    "Another run of the same comparison is under way on this machine. Wait until it ends, or stop it; "
                    "then run this again, which goes on from there."
                ) from None
            except OSError as error:
                self._complain(error)
            yield

    def load(self) -> str:
        """Go on from what the file says, if there is one, and return what was found, in words."""
        try:
            saved = read_saved_progress(self.path, len(self._is_done), self._key_types)
        except FileNotFoundError:
            return ""
        except OSError as error:
            return f"{self.path} cannot be read ({error.strerror}), so it begins anew."
        except ValueError as error:
            return f"{self.path} cannot be used ({error}), so it begins anew."
        if time.time() - saved.saved_at > MOST_AGE_S:
            return "An earlier run stopped more than a day ago. The tables have changed since, so it begins anew."
        self._take_over(saved)
        began_at = datetime.fromtimestamp(self.begun_at, UTC)
        least = "" if saved.is_exact else "at least "
        kill = "" if saved.is_exact else " It ended without a report, so what it did last is not counted."
        return (
            f"Going on after {least}{self.counts.total():,} rows of a run that began at {began_at:%Y-%m-%d %H:%M} UTC "
            f"and was stopped.{kill} What was staged since in the part that it has compared is not seen. --restart "
            "begins anew."
        )

    def _lock_file(self, stack: ExitStack) -> None:
        """Lock a file beside the other, which each save replaces by a new one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        path = self.path.with_suffix(".lock")
        while True:
            file = stack.enter_context(path.open("w"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Another run may have removed it in its end, between the two lines before.
            if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
                break
        stack.callback(path.unlink, missing_ok=True)

    def _take_over(self, saved: SavedProgress) -> None:
        self.counts, self.read_units, self.write_units = saved.counts, saved.read_units, saved.write_units
        self.begun_at, self._is_done, self._last_keys = saved.begun_at, saved.is_done, saved.last_keys
        self._deleted_before = saved.deleted_before
        self.is_exact, self.unanswered = saved.is_exact, saved.unanswered
        self.is_resumed = True

    def _save(self, *, has_ended: bool) -> None:
        content = SavedProgress(
            self.begun_at,
            time.time(),
            self.is_exact and has_ended,
            self.counts,
            self.read_units,
            self.write_units,
            self._is_done,
            self._last_keys,
            [before + now for before, now in zip(self._deleted_before, self._deleted_now, strict=True)],
            self.unanswered,
        )
        self._saved_at = time.monotonic()
        try:
            write_saved_progress(self.path, content)
        except OSError as error:
            self._complain(error)

    def _complain(self, error: OSError) -> None:
        if not self._has_complained:
            self._has_complained = True
            say(
                f"How far it is cannot be kept in {self.path.parent} ({error.strerror}): stopped, it begins anew.",
                "yellow",
            )


def find_progress(segments: int, key_types: Mapping[str, str], *what: object) -> ComparisonProgress:
    """Return the progress of a comparison of just this, which is kept in the user's own folder for the command.

    The key types are those of the table that is scanned.
    """
    digest = hashlib.sha256(json.dumps([segments, *what]).encode()).hexdigest()[:16]
    return ComparisonProgress(Path(typer.get_app_dir("scavenger")) / f"reconcile-{digest}.json", segments, key_types)
