"""Which messages a function's filter lets through, as far as that can be told of a message that is in its table.

A record is made up of the message, as the stream had it when the message was inserted. What cannot be known of that is
never compared.
"""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scavenger_ops.command import CommandError
from scavenger_ops.event_filter.matching import passes
from scavenger_ops.event_filter.pattern import FilterPatternError, at, check, leaves

Pattern = Mapping[str, Any]

# What is the same for each insert, and a text for what is there and not known. An insert has no OldImage and no
# userIdentity. Source: tests/data/recordings.json.
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
# So many are read of each message without the expression that asks for them being too long. Source: Constraints.html.
MOST_ATTRIBUTES = 100


def read_patterns(filters: Iterable[Mapping[str, Any]], function: str) -> list[Pattern]:
    """Return the patterns of a function's filters; none if every insert passes.

    Raises CommandError if one of them cannot be answered as AWS answers it.
    """
    patterns = []
    for number, each in enumerate(filters, start=1):
        try:
            patterns.append(_read(each.get("Pattern")))
        except FilterPatternError as error:
            raise CommandError(
                f"Pattern {number} of the filter of function {function} cannot be answered as AWS answers it: {error}. "
                "Nothing was compared. Give the event source mapping a pattern such as filter_patterns of "
                "modules/scavenger takes, and run this again."
            ) from error
    if any(not _asks_for_message(pattern) and passes([pattern], make_record({}, {})) for pattern in patterns):
        return []
    return patterns


def make_record(keys: Mapping[str, Any], image: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the record of a message's insert; without an image, as a stream of keys alone has it."""
    change = {**_CHANGE, "Keys": _as_in_an_event(keys)}
    if image is not None:
        change["NewImage"] = _as_in_an_event(image)
    return {**_RECORD, "dynamodb": change}


def attributes(patterns: Sequence[Pattern]) -> set[str]:
    """Return the message's attributes that the patterns ask for."""
    places = (place for pattern in patterns for place, _ in leaves(pattern))
    return {place[2] for place in places if place[:2] == ("dynamodb", "NewImage") and place[2:]}


def _read(text: object) -> Pattern:
    if not isinstance(text, str) or not text:
        raise FilterPatternError("there is none")
    try:
        pattern = json.loads(text, object_pairs_hook=_without_duplicates)
    except FilterPatternError:
        raise
    # Other than a wrong form: too many levels, or digits.
    except (ValueError, RecursionError):
        raise FilterPatternError("it is no JSON that can be read") from None
    check(pattern)
    for place, conditions in leaves(pattern):
        if place in _PLACES_NOT_KNOWN and not all(_is_existence(condition) for condition in conditions):
            raise FilterPatternError(f"{at(place)}, what a message that is in its table does not tell")
    if len(attributes([pattern])) > MOST_ATTRIBUTES:
        raise FilterPatternError(f"it asks for more than {MOST_ATTRIBUTES} attributes")
    return pattern  # type: ignore[no-any-return]  # checked above


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, _ in pairs if [other for other, _ in pairs].count(name) > 1)
        raise FilterPatternError(f"{at((twice,))}, a name that is there twice")
    return found


def _is_existence(condition: object) -> bool:
    return isinstance(condition, Mapping) and "exists" in condition


def _asks_for_message(pattern: Pattern) -> bool:
    return any(place[:2] in {("dynamodb", "Keys"), ("dynamodb", "NewImage")} for place, _ in leaves(pattern))


def _as_in_an_event(value: Any) -> Any:  # noqa: ANN401 - an item, or a part of it
    """Return a value with bytes in Base64, as the events of a stream have them."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {name: _as_in_an_event(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_as_in_an_event(each) for each in value]
    return value
