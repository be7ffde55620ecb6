"""Decides which records the filter of an event source mapping lets through.

The filter itself is made in modules/scavenger/event_source_mapping.tf. reconcile/match_rule.py and
mapping_model/shard.py use `passes`. Sources: those of pattern.py, whose `check` decides which patterns are known.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from reconciler.event_filter.pattern import OR, forms

# Stands for a field that a record does not have.
_NOTHING: Mapping[str, Any] = {}


def passes(patterns: Sequence[Mapping[str, Any]], record: Mapping[str, Any]) -> bool:
    """Return whether a record matches at least one of the patterns. Without any pattern, every record passes.

    pattern.check must accept each pattern. Source: invocation-eventfiltering.html.
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
        # Only something with a value is a field. An attribute without its type is not one (recorded), and neither is a
        # missing one. Beside other conditions, exists is one of the alternatives (GenericMachine in the matcher).
        return {"exists": False} in wanted
    return any(_meets(condition, value) for condition in wanted)


def _meets(condition: object, value: object) -> bool:
    if not isinstance(condition, Mapping):
        # In Python, True == 1. In a pattern it is not.
        return type(condition) is type(value) and condition == value
    ((name, wanted),) = condition.items()
    return _CONDITIONS[name](wanted, value)


def _equals_ignoring_case(wanted: str, value: object) -> bool:
    return isinstance(value, str) and _any_case(wanted).fullmatch(value) is not None


@cache
def _any_case(text: str) -> re.Pattern[str]:
    """Return a pattern for a text in the lower and upper forms of each character, and nothing else: ß is not ss."""
    each = ("|".join(map(re.escape, sorted(forms(character)))) for character in text)
    return re.compile("".join(f"(?:{either})" for either in each))


_CONDITIONS: dict[str, Callable[[Any, Any], bool]] = {
    "prefix": lambda wanted, value: isinstance(value, str) and value.startswith(wanted),
    "suffix": lambda wanted, value: isinstance(value, str) and value.endswith(wanted),
    "equals-ignore-case": _equals_ignoring_case,
    "anything-but": lambda wanted, value: value not in (wanted if isinstance(wanted, list) else [wanted]),
    "exists": lambda wanted, _: wanted,
}
