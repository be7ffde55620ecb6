"""Reads the text of a filter pattern, if it is known how AWS evaluates it."""

import json
from collections.abc import Mapping
from typing import Any

from reconciler.event_filter.pattern import FilterPatternError, at, check


def parse(text: object) -> Mapping[str, Any]:
    """Return the pattern that a filter of an event source mapping has as its text. Raises FilterPatternError."""
    if not isinstance(text, str) or not text:
        raise FilterPatternError("it has no pattern")
    try:
        pattern = json.loads(text, object_pairs_hook=_without_duplicates)
    except FilterPatternError:
        raise
    # RecursionError: too many levels. ValueError: also too many digits.
    except (ValueError, RecursionError):
        raise FilterPatternError("it is not readable JSON") from None
    check(pattern)
    return pattern  # type: ignore[no-any-return]  # checked above


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, _ in pairs if [other for other, _ in pairs].count(name) > 1)
        raise FilterPatternError(f"{at((twice,))}, a name that occurs twice")
    return found
