"""Writes and reads the file with a comparison's progress. It is replaced as a whole, and checked when it is read."""

import json
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from reconciler.key_json import encode, read_key

# Clocks may be set back by so much.
MOST_AHEAD_S = 60
# More than any count and any time.
MOST = 10**15


class SavedProgress(NamedTuple):
    """The content of the file. Times are in epoch seconds; each list has one element per segment."""

    begun_at: float
    saved_at: float
    # Whether this run and all runs before it ended with a report.
    is_exact: bool
    counts: Counter[str]
    unprocessed: int
    oldest_unprocessed_at: float | None
    read_units: float
    write_units: float
    is_done: list[bool]
    # The last key of each segment's last complete page; None before the first.
    last_keys: list[dict[str, Any] | None]
    # The rows deleted in each segment's unfinished page.
    deleted_before: list[int]
    # Deletes that were sent, and for which it is unknown whether DynamoDB carried them out.
    unanswered: int
    # How many items there are to compare.
    total: int


def write_saved_progress(path: Path, content: SavedProgress) -> None:
    """Write the file. Raises OSError; an older file then stays as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written to another file and renamed, so that no reader finds half a file.
    new = path.with_suffix(".new")
    try:
        # Only this user may read it: it contains keys.
        new.touch(mode=0o600)
        new.write_text(json.dumps(content._asdict(), default=encode))
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def read_saved_progress(path: Path, segments: int, key_types: Mapping[str, str]) -> SavedProgress:
    """Read the file of a comparison with so many segments, of a table with this key.

    Raises OSError, and ValueError with what is wrong with the content.
    """
    try:
        content = json.loads(path.read_text())
    except (ValueError, RecursionError):
        raise ValueError("it is not valid JSON") from None
    if not isinstance(content, dict) or content.keys() != set(SavedProgress._fields):
        raise ValueError("another version of scavenger wrote it")
    saved = SavedProgress(**content)
    oldest_at = [] if saved.oldest_unprocessed_at is None else [saved.oldest_unprocessed_at]
    if not all(map(_is_number, [saved.begun_at, saved.saved_at, saved.read_units, saved.write_units, *oldest_at])):
        raise ValueError("a time or a number of units is not a number")
    if not 0 < saved.begun_at <= saved.saved_at <= time.time() + MOST_AHEAD_S:
        raise ValueError("its times are not possible")
    if not isinstance(saved.counts, dict) or not all(map(_is_count, saved.counts.values())):
        raise ValueError("its counts are not valid")
    if not _is_list(saved.is_done, segments, bool) or all(saved.is_done) or type(saved.is_exact) is not bool:
        raise ValueError("it does not say which segments are done")
    if not _is_list(saved.deleted_before, segments, int):
        raise ValueError("its counts are not valid")
    if not all(map(_is_count, [*saved.deleted_before, saved.unanswered, saved.unprocessed, saved.total])):
        raise ValueError("its counts are not valid")
    if not _is_list(saved.last_keys, segments, dict | None):
        raise ValueError("its last keys are not valid")
    last_keys = [None if key is None else read_key(key, key_types) for key in saved.last_keys]
    return saved._replace(counts=Counter(saved.counts), last_keys=last_keys)


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and 0 <= value <= MOST  # type: ignore[operator]


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MOST


def _is_list(value: object, length: int, kind: Any) -> bool:  # noqa: ANN401 - a type, or a union of types
    return isinstance(value, list) and len(value) == length and all(isinstance(part, kind) for part in value)
