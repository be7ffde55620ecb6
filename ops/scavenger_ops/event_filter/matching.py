"""Decides which records an event source mapping's filter lets through.

Sources: as for filter_pattern, which says what patterns are known.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from scavenger_ops.event_filter.pattern import OR, forms

# Where a record has nothing that a pattern names.
_NOTHING: Mapping[str, Any] = {}


def passes(patterns: Sequence[Mapping[str, Any]], record: Mapping[str, Any]) -> bool:
    """Return whether a record matches one of the patterns; no pattern at all lets everything through.

    The patterns are such as filter_pattern.check takes. Source: invocation-eventfiltering.html.
    """
    return not patterns or any(_matches(pattern, record) for pattern in patterns)


def _matches(pattern: Mapping[str, Any], value: object) -> bool:
    fields = value if isinstance(value, Mapping) else _NOTHING
    return all(
        any(_matches(branch, value) for branch in wanted) if name == OR else _fits(wanted, fields.get(name, _NOTHING))
        for name, wanted in pattern.items()
    )


def _fits(wanted: Any, value: object) -> bool:  # noqa: ANN401 - a pattern, or a list of conditions
    if isinstance(wanted, Mapping):
        return _matches(wanted, value)
    if isinstance(value, Mapping):
        # Only what has a value is a field: an attribute without its type is none (recorded), nor is what is not there.
        return {"exists": False} in wanted
    return any(_meets(condition, value) for condition in wanted)


def _meets(condition: object, value: object) -> bool:
    if not isinstance(condition, Mapping):
        # True is no 1 here.
        return type(condition) is type(value) and condition == value
    ((name, wanted),) = condition.items()
    return _CONDITIONS[name](wanted, value)


def _equals_ignoring_case(wanted: str, value: object) -> bool:
    return isinstance(value, str) and _any_case(wanted).fullmatch(value) is not None


@cache
def _any_case(text: str) -> re.Pattern[str]:
    """Return what matches a text in the forms of each of its characters, and nothing else: ß is no ss."""
    each = ("|".join(map(re.escape, sorted(forms(character)))) for character in text)
    return re.compile("".join(f"(?:{either})" for either in each))


_CONDITIONS: dict[str, Callable[[Any, Any], bool]] = {
    "prefix": lambda wanted, value: isinstance(value, str) and value.startswith(wanted),
    "suffix": lambda wanted, value: isinstance(value, str) and value.endswith(wanted),
    "equals-ignore-case": _equals_ignoring_case,
    "anything-but": lambda wanted, value: value not in (wanted if isinstance(wanted, list) else [wanted]),
    "exists": lambda wanted, _: wanted,
}
