"""Finds which messages count: those that pass a function's event filter, as far as a message in its table shows that.

A stream record is rebuilt from the message: as it is now, it is the new image. Parts of the record that the message
does not show are never compared, and what it was before a change, its old image, is left out.
"""

import base64
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.asked_of_message import (
    Pattern,
    asked_of_change,
    asked_of_old_image_only,
    asks_for_state,
    without_old_image,
)
from reconciler.event_filter.matching import passes
from reconciler.event_filter.parsing import parse
from reconciler.event_filter.pattern import FilterPatternError, at, leaves
from reconciler.explained_error import RefusedError

# The parts that are the same for each change of a kind, and NOT_KNOWN for those that exist with an unknown value. Only
# what TTL deletes has a userIdentity, and an insert has no OldImage. Source: tests/data/recordings.json.
NOT_KNOWN = ""
_RECORD = {
    "eventID": NOT_KNOWN,
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
# The pattern that every message matches.
EVERY: Pattern = {}
OPEN: Sequence[Pattern] = (EVERY,)


class MessageFilter(NamedTuple):
    """Which messages count: those that match one of the patterns, which look at Keys and NewImage only.

    `omits_old_image`: for updates, a pattern had conditions on OldImage, which were left out. `unchecked` are the
    attributes that it compared there and not in NewImage: a message counts whatever they are now.
    `counts_never_updated`: for a function, some messages count only by an update, and one that was only inserted counts
    too.
    """

    patterns: Sequence[Pattern] = OPEN
    omits_old_image: bool = False
    unchecked: Sequence[str] = ()
    counts_never_updated: bool = False

    @property
    def is_open(self) -> bool:
        """Whether every message counts."""
        return EVERY in self.patterns

    def counts(self, keys: Mapping[str, Any], image: Mapping[str, Any] | None) -> bool:
        """Return whether a message counts. Without an image, the stream has only keys (KEYS_ONLY)."""
        change = {"Keys": as_in_an_event(keys)}
        if image is not None:
            change["NewImage"] = as_in_an_event(image)
        return any(passes([pattern], {"dynamodb": change}) for pattern in self.patterns)

    def attributes(self) -> set[str]:
        """Return the message's attributes that the patterns compare."""
        return _attributes(self.patterns)


def any_of(filters: Sequence[MessageFilter]) -> MessageFilter:
    """Return the filter for which a message counts if it does for one of these."""
    patterns = [pattern for each in filters for pattern in each.patterns]
    unchecked = sorted({name for each in filters for name in each.unchecked})
    is_open = any(each.is_open for each in filters)
    return MessageFilter(
        patterns=OPEN if is_open else patterns,
        omits_old_image=any(each.omits_old_image for each in filters),
        unchecked=tuple(unchecked),
        counts_never_updated=any(each.counts_never_updated for each in filters),
    )


def read_filter(
    filters: Iterable[Mapping[str, Any]],
    function: str,
    event_names: Collection[str],
    key_names: Collection[str],
    *,
    has_old_image: bool,
) -> MessageFilter:
    """Return which messages count for a function that handles these events, by the patterns of its event filter.

    Without patterns, every message counts. `key_names` are the message's key attributes. `has_old_image`: the stream
    has old images. Raises RefusedError if a pattern cannot be evaluated here exactly as AWS evaluates it, if it looks
    only at the old image, or if every update counts and not every insert: no table shows whether a message was updated.
    """
    read = [_read_numbered(number, each, function) for number, each in enumerate(filters, start=1)] or [EVERY]
    by_event = defaultdict[str, list[Pattern]](list)
    omits_old_image, unchecked = False, set[str]()
    for number, pattern in enumerate(read, start=1):
        for event_name in event_names:
            asked = _asked(pattern, event_name, has_old_image=has_old_image)
            if asked is None:
                continue
            left = without_old_image(asked)
            if asks_for_state(asked, key_names) and not asks_for_state(left, key_names):
                raise _only_old_image(number, function)
            unchecked |= asked_of_old_image_only(asked)
            # An insert that passes the same conditions does not show that an update does.
            omits_old_image = omits_old_image or left != asked
            by_event[event_name].append(left)
    inserts, updates = by_event["INSERT"], by_event["MODIFY"]
    # In a state that an insert passes with too, it does not matter whether a message was updated.
    only_updates = [each for each in updates if EVERY not in inserts and each not in inserts]
    if EVERY in only_updates:
        raise _every_update(function)
    patterns = [*inserts, *updates]
    return MessageFilter(
        patterns=OPEN if EVERY in patterns else _distinct(patterns),
        omits_old_image=omits_old_image,
        unchecked=tuple(sorted(unchecked)),
        counts_never_updated=bool(only_updates),
    )


def _asked(pattern: Pattern, event_name: str, *, has_old_image: bool) -> Pattern | None:
    """Return what a pattern asks of the images of such an event; None if no such event passes."""
    record = {**_RECORD, "eventName": event_name, "dynamodb": _CHANGE}
    return asked_of_change(pattern, record, has_old_image=has_old_image and event_name == "MODIFY")


def _distinct(patterns: Sequence[Pattern]) -> Sequence[Pattern]:
    return [pattern for place, pattern in enumerate(patterns) if pattern not in patterns[:place]]


def _read_numbered(number: int, each: Mapping[str, Any], function: str) -> Pattern:
    try:
        return _read(each.get("Pattern"))
    except FilterPatternError as error:
        raise RefusedError(
            f"Pattern {number} in the event filter of function {function} cannot be evaluated here: {error}. "
            "Nothing was compared. Use a pattern that filter_patterns of modules/scavenger accepts, then run this "
            "again."
        ) from error


def _only_old_image(number: int, function: str) -> RefusedError:
    return RefusedError(
        f"Pattern {number} in the event filter of function {function} tells by OldImage alone which messages are done, "
        "and no table keeps old images: every message would count. Nothing was compared. Let the pattern look at "
        "NewImage too, then run this again."
    )


def _every_update(function: str) -> RefusedError:
    return RefusedError(
        f"Function {function} counts every update, but not every insert (event_names, filter_patterns), and no table "
        "shows whether a message was updated: every message would count, also those that wait. Nothing was compared. "
        "Let filter_patterns of modules/scavenger tell by NewImage which messages are done, then run this again."
    )


def _attributes(patterns: Sequence[Pattern]) -> set[str]:
    places = (place for pattern in patterns for place, _ in leaves(pattern))
    return {place[2] for place in places if place[:2] == ("dynamodb", "NewImage") and place[2:]}


def _read(text: object) -> Pattern:
    pattern = parse(text)
    for place, conditions in leaves(pattern):
        if place in _PLACES_NOT_KNOWN and not all(_is_existence(condition) for condition in conditions):
            raise FilterPatternError(f"{at(place)}, a value that a message in its table does not show")
    if len(_attributes([pattern])) > MOST_ATTRIBUTES:
        raise FilterPatternError(f"it compares more than {MOST_ATTRIBUTES} attributes")
    return pattern


def _is_existence(condition: object) -> bool:
    return isinstance(condition, Mapping) and "exists" in condition


def as_in_an_event(value: Any) -> Any:  # noqa: ANN401 - an item, or part of one
    """Return a value with its bytes in Base64, as in a stream's events."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {name: as_in_an_event(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_in_an_event(each) for each in value]
    return value
