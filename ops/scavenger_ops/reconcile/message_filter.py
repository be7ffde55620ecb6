"""Finds which messages pass a function's event filter, as far as a message in its table shows that.

A stream record is rebuilt from the message, as the stream had it when the message was inserted. Parts of the record
that the message does not show are never compared.
"""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scavenger_ops.command import CommandError
from scavenger_ops.event_filter.matching import passes
from scavenger_ops.event_filter.pattern import FilterPatternError, at, check, leaves

Pattern = Mapping[str, Any]

# The parts that are the same for each insert, and NOT_KNOWN for those that exist with an unknown value. An insert has
# no OldImage and no userIdentity. Source: tests/data/recordings.json.
NOT_KNOWN = ""
_RECORD = {
    "eventID": NOT_KNOWN,
    "eventName": "INSERT",
    "eventVersion": "1.1",
    "eventSource": "aws:dynamodb",
    "awsRegion": NOT_KNOWN,
    "eventSourceARN": NOT_KNOWN,
}
_CHANGE = {
    "ApproximateCreationDateTime": NOT_KNOWN,
    "SequenceNumber": NOT_KNOWN,
    "SizeBytes": NOT_KNOWN,
    "StreamViewType": NOT_KNOWN,
}
_PLACES_NOT_KNOWN = {
    *((name,) for name, value in _RECORD.items() if value == NOT_KNOWN),
    *(("dynamodb", name) for name in _CHANGE),
}
# With more attributes, the projection expression of the request would be too long. Source: Constraints.html.
MOST_ATTRIBUTES = 100


def read_patterns(filters: Iterable[Mapping[str, Any]], function: str) -> list[Pattern]:
    """Return the patterns of a function's event filter; none if every insert passes.

    Raises CommandError if a pattern cannot be evaluated here exactly as AWS evaluates it.
    """
    patterns = []
    for number, each in enumerate(filters, start=1):
        try:
            patterns.append(_read(each.get("Pattern")))
        except FilterPatternError as error:
            raise CommandError(
                f"Pattern {number} in the event filter of function {function} cannot be evaluated here: {error}. "
                "Nothing was compared. Use a pattern that filter_patterns of modules/scavenger accepts, then run this "
                "again."
            ) from error
    if any(not _asks_for_message(pattern) and passes([pattern], make_record({}, {})) for pattern in patterns):
        return []
    return patterns


def make_record(keys: Mapping[str, Any], image: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the stream record of a message's insert. Without an image, it has only the keys (KEYS_ONLY)."""
    change = {**_CHANGE, "Keys": _as_in_an_event(keys)}
    if image is not None:
        change["NewImage"] = _as_in_an_event(image)
    return {**_RECORD, "dynamodb": change}


def attributes(patterns: Sequence[Pattern]) -> set[str]:
    """Return the message's attributes that the patterns compare."""
    places = (place for pattern in patterns for place, _ in leaves(pattern))
    return {place[2] for place in places if place[:2] == ("dynamodb", "NewImage") and place[2:]}


def _read(text: object) -> Pattern:
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
    for place, conditions in leaves(pattern):
        if place in _PLACES_NOT_KNOWN and not all(_is_existence(condition) for condition in conditions):
            raise FilterPatternError(f"{at(place)}, a value that a message in its table does not show")
    if len(attributes([pattern])) > MOST_ATTRIBUTES:
        raise FilterPatternError(f"it compares more than {MOST_ATTRIBUTES} attributes")
    return pattern  # type: ignore[no-any-return]  # checked above


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, _ in pairs if [other for other, _ in pairs].count(name) > 1)
        raise FilterPatternError(f"{at((twice,))}, a name that occurs twice")
    return found


def _is_existence(condition: object) -> bool:
    return isinstance(condition, Mapping) and "exists" in condition


def _asks_for_message(pattern: Pattern) -> bool:
    return any(place[:2] in {("dynamodb", "Keys"), ("dynamodb", "NewImage")} for place, _ in leaves(pattern))


def _as_in_an_event(value: Any) -> Any:  # noqa: ANN401 - an item, or part of one
    """Return a value with its bytes in Base64, as in a stream's events."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {name: _as_in_an_event(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_as_in_an_event(each) for each in value]
    return value
