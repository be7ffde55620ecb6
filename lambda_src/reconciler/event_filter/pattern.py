"""Decides which filter patterns can be evaluated as AWS does; rejects all others, with the place of the unknown part.

The filter itself is made in modules/scavenger/event_source_mapping.tf. `scavenger reconcile` uses `check` before it
compares rows.

Sources: invocation-eventfiltering.html; tests/data/recordings.json; and the source of AWS's own open-source matcher,
github.com/aws/event-ruler at commit 337e8d9 (JsonRuleCompiler, Event, CIDR, EqualsIgnoreCaseParser). That Lambda uses
the same matcher is an assumption, which no recording contradicts. What the page does not describe is rejected, even if
the matcher supports it.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

OR = "$or"
RECORD_FIELDS = {
    *("eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "eventSourceARN", "userIdentity", "dynamodb")
}
# Source: API_streams_StreamRecord.html.
IMAGES = {"Keys", "NewImage", "OldImage"}
CHANGE_FIELDS = {"ApproximateCreationDateTime", "SequenceNumber", "SizeBytes", "StreamViewType", *IMAGES}
# The matcher has one field for all members of a list, and its own rules for which of them belong together.
LISTS_AND_SETS = {"L", "SS", "NS", "BS"}
# An item has 32 levels at most, each with a name and a type. Source: Constraints.html.
MOST_LEVELS = 70
# Names that the matcher reads as operators inside $or: AWS accepts no pattern with one of them there.
RESERVED_IN_OR = {
    *("exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr"),
    *("=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after"),
    *("date-before", "date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range"),
}
# Texts that the matcher reads as IP addresses and compares by value: ::1 equals 0:0:0:0:0:0:0:1.
MAY_BE_IPV4 = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")
MAY_BE_IPV6 = re.compile(r"[0-9a-fA-F:]*::[0-9a-fA-F:]*|([0-9a-fA-F]*:){7}[0-9a-fA-F]*")
MOST_CHARACTERS_SHOWN = 60

Place = tuple[str, ...]


class FilterPatternError(ValueError):
    """It is not known how AWS evaluates the pattern. The text says which part, and why."""


def check(pattern: object) -> None:
    """Raise FilterPatternError unless it is known for every record of a DynamoDB stream whether the pattern matches."""
    if not isinstance(pattern, Mapping):
        raise FilterPatternError("it is not a JSON object")
    _check_fields(pattern, (), level=0, in_or=False)
    _check_paths(pattern, ())


def leaves(pattern: Mapping[str, Any], place: Place = ()) -> Iterator[tuple[Place, list[Any]]]:
    """Yield each list of values or conditions, with the place of its field."""
    for name, wanted in pattern.items():
        if name == OR:
            for branch in wanted:
                yield from leaves(branch, place)
        elif isinstance(wanted, Mapping):
            yield from leaves(wanted, (*place, name))
        else:
            yield (*place, name), wanted


def shown(value: object) -> str:
    """Return the beginning of a value as JSON, long enough to find it."""
    try:
        return _cut(json.dumps(value, ensure_ascii=False, default=str))
    except RecursionError:
        return "a value with too many levels"


def at(place: Place) -> str:
    """Return a place as text, for an error."""
    return f"at {_cut(json.dumps('.'.join(place), ensure_ascii=False)[1:-1])}" if place else "at the top"


def _cut(text: str) -> str:
    """Return the beginning of a text. Halves of surrogate pairs, which cannot be printed, are escaped."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= MOST_CHARACTERS_SHOWN else f"{text[:MOST_CHARACTERS_SHOWN]}..."


def forms(character: str) -> set[str]:
    """Return the texts that match a character of equals-ignore-case: its full lower and upper forms.

    The upper form of ß is SS. The upper form of a long s is S; the lower form of that S does not count.
    """
    return {character.lower(), character.upper()}


def _check_fields(fields: Mapping[str, Any], place: Place, *, level: int, in_or: bool) -> None:
    if not fields:
        raise FilterPatternError(f"{at(place)}, an empty object, which AWS does not accept")
    if level > MOST_LEVELS:
        raise FilterPatternError(f"{at(place)}, more levels than an item can have")
    for name, wanted in fields.items():
        if name == OR:
            _check_or(wanted, place, level)
            continue
        _check_name(name, place, in_or=in_or)
        here = (*place, name)
        if isinstance(wanted, Mapping):
            _check_fields(wanted, here, level=level + 1, in_or=in_or)
        else:
            _check_conditions(wanted, here)


def _check_or(branches: object, place: Place, level: int) -> None:
    is_one = isinstance(branches, list) and len(branches) > 1 and all(isinstance(each, Mapping) for each in branches)
    if not is_one or not isinstance(branches, list):
        raise FilterPatternError(f"{at((*place, OR))}, not a list of two or more patterns")
    for branch in branches:
        _check_fields(branch, place, level=level + 1, in_or=True)


def _check_name(name: str, place: Place, *, in_or: bool) -> None:
    here = (*place, name)
    if not _is_text(name) or "." in name or not 0 < len(name.encode()) <= 255:  # noqa: PLR2004 - the limit for attribute names
        raise FilterPatternError(f"{at(here)}, a name that is empty, longer than 255 bytes, or has a dot")
    if in_or and name in RESERVED_IN_OR:
        raise FilterPatternError(f"{at(here)}, a name that is an operator inside {OR}")
    known = {0: RECORD_FIELDS, 1: CHANGE_FIELDS if place == ("dynamodb",) else None}.get(len(place))
    if known is not None and name not in known:
        raise FilterPatternError(f"{at(here)}, a field that no record of a DynamoDB stream has")
    if name in LISTS_AND_SETS and _is_type(here):
        raise FilterPatternError(f"{at(here)}, a list or a set: it is not known how AWS compares its members")


def _is_type(place: Place) -> bool:
    """Return whether the last name of a place is an attribute's type. Below an image, names and types alternate."""
    return place[0] == "dynamodb" and place[1] in IMAGES and len(place) % 2 == 0


def _check_conditions(wanted: object, place: Place) -> None:
    if not isinstance(wanted, list) or not wanted:
        raise FilterPatternError(f"{at(place)}, {shown(wanted)} is not a list of values or conditions")
    for condition in wanted:
        if not _is_known(condition):
            raise FilterPatternError(f"{at(place)}, {shown(condition)} is not a condition whose result in AWS is known")


def _is_known(condition: object) -> bool:
    if not isinstance(condition, Mapping):
        return condition is None or isinstance(condition, bool) or (_is_text(condition) and not _may_be_ip(condition))
    ((name, wanted),) = condition.items() if len(condition) == 1 else [("", None)]
    if name == "exists":
        return isinstance(wanted, bool)
    if name == "anything-but" and isinstance(wanted, list):
        return bool(wanted) and all(map(_is_text, wanted))
    if name == "equals-ignore-case":
        return _is_text(wanted) and all(map(_has_sure_forms, wanted))
    return name in ("prefix", "suffix", "anything-but") and _is_text(wanted)


def _may_be_ip(text: str) -> bool:
    return bool(MAY_BE_IPV4.fullmatch(text) or MAY_BE_IPV6.fullmatch(text))


def _is_text(value: object) -> TypeGuard[str]:
    """Return whether it is a text without halves of surrogate pairs, which no item has."""
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)


def _has_sure_forms(character: str) -> bool:
    """Return whether a character's forms are the same in the matcher, for any version of Unicode that it may use.

    The matcher reads the two halves of a surrogate pair separately, each as a question mark. It may not know a form
    that is newer than the oldest Unicode available here (3.2; Java 8 has 6.2).
    """
    if ord(character) > 0xFFFF:  # noqa: PLR2004 - the last character that UTF-16 has one unit for
        return False
    others = "".join(forms(character) - {character})
    return not others or all(unicodedata.ucd_3_2_0.category(each) != "Cn" for each in others + character)


def _check_paths(fields: Mapping[str, Any], place: Place) -> set[Place]:
    """Return the places of all fields. Raise if one is both inside $or and beside it: only the last would count."""
    seen: set[Place] = set()
    for name, wanted in fields.items():
        if name == OR:
            found = set[Place]().union(*(_check_paths(branch, place) for branch in wanted))
        elif isinstance(wanted, Mapping):
            found = _check_paths(wanted, (*place, name))
        else:
            found = {(*place, name)}
        if twice := seen & found:
            raise FilterPatternError(f"{at(min(twice))}, a field both inside {OR} and beside it")
        seen |= found
    return seen
