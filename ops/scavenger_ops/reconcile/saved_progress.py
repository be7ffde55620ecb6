"""The file that keeps how far a comparison is: written whole or not at all, and believed only if it makes sense."""

import base64
import json
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

# Clocks are set back by so much at times.
MOST_AHEAD_S = 60
# Beyond any count and any time.
MOST = 10**15


class SavedProgress(NamedTuple):
    """What is kept in the file: times in epoch seconds, and one part a segment in each list."""

    begun_at: float
    saved_at: float
    # Whether the run, and all before it, ended with a report.
    is_exact: bool
    counts: Counter[str]
    read_units: float
    write_units: float
    is_done: list[bool]
    # The last key of each segment's last whole page; None before the first.
    last_keys: list[dict[str, Any] | None]
    # The rows that were deleted of each segment's page that is not done.
    deleted_before: list[int]
    # Deletes that were sent, and of which it is not known if they were carried out.
    unanswered: int


def write_saved_progress(path: Path, content: SavedProgress) -> None:
    """Write the file. Raises OSError, and leaves an older file as it was then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # By way of another, so that nobody ever finds half a file.
    new = path.with_suffix(".new")
    try:
        # For this user alone, since it has keys in it.
        new.touch(mode=0o600)
        new.write_text(json.dumps(content._asdict(), default=_encode))
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def read_saved_progress(path: Path, segments: int, key_types: Mapping[str, str]) -> SavedProgress:
    """Read the file of a comparison of so many segments, of a table with this key.

    Raises OSError, and ValueError with what is wrong with its content.
    """
    try:
        told = json.loads(path.read_text())
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None
    if not isinstance(told, dict) or told.keys() != set(SavedProgress._fields):
        raise ValueError("it is of another version")
    saved = SavedProgress(**told)
    if not all(_is_number(each) for each in (saved.begun_at, saved.saved_at, saved.read_units, saved.write_units)):
        raise ValueError("a time or the units are no numbers")
    if not 0 < saved.begun_at <= saved.saved_at <= time.time() + MOST_AHEAD_S:
        raise ValueError("it is of a time to come")
    if not isinstance(saved.counts, dict) or not all(map(_is_count, saved.counts.values())):
        raise ValueError("its counts are none")
    if not _is_list(saved.is_done, segments, bool) or all(saved.is_done) or type(saved.is_exact) is not bool:
        raise ValueError("it does not say what is left to do")
    if not _is_list(saved.deleted_before, segments, int):
        raise ValueError("its counts are none")
    if not all(map(_is_count, [*saved.deleted_before, saved.unanswered])):
        raise ValueError("its counts are none")
    if not _is_list(saved.last_keys, segments, dict | None):
        raise ValueError("its keys are none")
    last_keys = [None if key is None else _read_key(key, key_types) for key in saved.last_keys]
    return saved._replace(counts=Counter(saved.counts), last_keys=last_keys)


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and 0 <= value <= MOST  # type: ignore[operator]


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MOST


def _is_list(value: object, length: int, kind: Any) -> bool:  # noqa: ANN401 - a type, or a choice of them
    return isinstance(value, list) and len(value) == length and all(isinstance(part, kind) for part in value)


def _read_key(key: Mapping[str, Any], key_types: Mapping[str, str]) -> dict[str, Any]:
    """Return a key of the table. Raises ValueError if it is none: to scan from it would leave rows out."""
    if key.keys() != key_types.keys():
        raise ValueError("its keys are of another table")
    return {name: _read_value(key[name], kind) for name, kind in key_types.items()}


def _read_value(value: object, kind: str) -> dict[str, str | bytes]:
    if not isinstance(value, dict) or value.keys() != {kind} or not isinstance(value[kind], str) or not value[kind]:
        raise ValueError("its keys are of another table")
    content: str = value[kind]
    return {kind: base64.b64decode(content, validate=True) if kind == "B" else content}


def _encode(value: bytes) -> str:
    """Write a binary key's bytes as JSON can hold them."""
    return base64.b64encode(value).decode()
