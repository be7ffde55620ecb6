"""How far a comparison of two tables has come, kept in a file so that a later run can go on from there."""

import base64
import hashlib
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import typer

from scavenger_ops.command import say

# Often enough that little is compared again, and not so often that it shows.
SAVE_INTERVAL_S = 1.0
# What was compared longer ago says too little of how it is now.
MOST_AGE_S = 86_400


class _Saved(NamedTuple):
    """What is kept in the file."""

    begun_at: float
    saved_at: float
    counts: Counter[str]
    read_units: float
    write_units: float
    is_done: list[bool]
    # The last key of each segment's last whole page; None before the first.
    last_keys: list[dict[str, Any] | None]


class Progress:
    """For each segment of the scan the key to go on from, and what has been counted; threads share it."""

    def __init__(self, path: Path, segments: int) -> None:
        self.path = path
        self.counts: Counter[str] = Counter()
        self.read_units = 0.0
        self.write_units = 0.0
        self.begun_at = time.time()
        self.is_resumed = False
        self._last_keys: list[dict[str, Any] | None] = [None] * segments
        self._is_done = [False] * segments
        self._saved_at = 0.0
        self._has_complained = False
        self._lock = threading.Lock()

    def last_key(self, segment: int) -> dict[str, Any] | None:
        """Give the key after which a segment goes on."""
        return self._last_keys[segment]

    def is_done(self, segment: int | None = None) -> bool:
        """Say whether a segment is done, or all are."""
        return all(self._is_done) if segment is None else self._is_done[segment]

    def count(self, counts: Mapping[str, int]) -> None:
        """Add to what was counted."""
        with self._lock:
            self.counts.update(counts)

    def spend(self, *, read_units: float = 0.0, write_units: float = 0.0) -> None:
        """Add to what it took."""
        with self._lock:
            self.read_units += read_units
            self.write_units += write_units

    def advance(self, segment: int, last_key: dict[str, Any] | None, counts: Mapping[str, int]) -> None:
        """Note that a page of a segment is done, the last of it if there is no key to go on from."""
        with self._lock:
            self.counts.update(counts)
            self._last_keys[segment] = last_key
            self._is_done[segment] = last_key is None
            if time.monotonic() - self._saved_at >= SAVE_INTERVAL_S:
                self._save()

    def save(self) -> None:
        """Write the file."""
        with self._lock:
            self._save()

    def remove(self) -> None:
        """Remove the file, since there is nothing to go on with."""
        # Where it could not be kept, it cannot be removed either.
        with suppress(OSError):
            self.path.unlink()

    def load(self) -> str:
        """Go on from what the file says, if there is one, and say what was found."""
        try:
            saved = _read(self.path)
        except FileNotFoundError:
            return ""
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            return f"{self.path} cannot be read ({type(error).__name__}), so it begins anew."
        if time.time() - saved.saved_at > MOST_AGE_S:
            return "An earlier run stopped more than a day ago. The tables have changed since, so it begins anew."
        self.counts, self.read_units, self.write_units = saved.counts, saved.read_units, saved.write_units
        self.begun_at, self._is_done, self._last_keys = saved.begun_at, saved.is_done, saved.last_keys
        self.is_resumed = True
        began_at = datetime.fromtimestamp(self.begun_at, UTC)
        return (
            f"Going on after {self.counts.total():,} rows of a run that began at {began_at:%Y-%m-%d %H:%M} UTC and was "
            "stopped. What was staged since in the part that it has compared is not seen. --restart begins anew."
        )

    def _save(self) -> None:
        content = _Saved(
            self.begun_at,
            time.time(),
            self.counts,
            self.read_units,
            self.write_units,
            self._is_done,
            self._last_keys,
        )
        self._saved_at = time.monotonic()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # By way of another, of this process alone, so that nobody ever finds half a file.
            new = self.path.with_suffix(f".{os.getpid()}")
            # For this user alone, since it has keys in it.
            new.touch(mode=0o600)
            new.write_text(json.dumps(content._asdict(), default=_encode))
            new.replace(self.path)
        except OSError as error:
            self._complain(error)

    def _complain(self, error: OSError) -> None:
        if not self._has_complained:
            self._has_complained = True
            say(
                f"How far it is cannot be kept in {self.path.parent} ({error.strerror}): stopped, it begins anew.",
                "yellow",
            )


def find_progress(segments: int, *what: object) -> Progress:
    """Give the progress of a comparison of just this, which is kept in the user's own folder for the command."""
    digest = hashlib.sha256(json.dumps([segments, *what]).encode()).hexdigest()[:16]
    return Progress(Path(typer.get_app_dir("scavenger")) / f"reconcile-{digest}.json", segments)


def _read(path: Path) -> _Saved:
    saved = _Saved(**json.loads(path.read_text()))
    last_keys = [key and {name: _decode(value) for name, value in key.items()} for key in saved.last_keys]
    return saved._replace(counts=Counter(saved.counts), last_keys=last_keys)


def _encode(value: bytes) -> str:
    """Write a binary key's bytes as JSON can hold them."""
    return base64.b64encode(value).decode()


def _decode(value: dict[str, str]) -> dict[str, Any]:
    return {kind: base64.b64decode(content) if kind == "B" else content for kind, content in value.items()}
