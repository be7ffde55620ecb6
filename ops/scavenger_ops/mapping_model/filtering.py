"""Decides which records the mapping's filter lets through."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

# Where a record has nothing that a pattern names.
_NOTHING: Mapping[str, Any] = {}

_CONDITIONS: dict[str, Callable[[Any, Any], bool]] = {
    "prefix": lambda wanted, value: isinstance(value, str) and value.startswith(wanted),
    "suffix": lambda wanted, value: isinstance(value, str) and value.endswith(wanted),
    "equals-ignore-case": lambda wanted, value: isinstance(value, str) and value.casefold() == wanted.casefold(),
    "anything-but": lambda wanted, value: value not in (wanted if isinstance(wanted, list) else [wanted]),
    "exists": lambda wanted, _: wanted,
}


def passes(patterns: Sequence[Mapping[str, Any]], record: Mapping[str, Any]) -> bool:
    """Tell whether a record matches one of the patterns; no pattern at all lets everything through.

    Source: invocation-eventfiltering.html.
    """
    return not patterns or any(_matches(pattern, record) for pattern in patterns)


def _matches(pattern: Mapping[str, Any], value: object) -> bool:
    fields = value if isinstance(value, Mapping) else _NOTHING
    return all(_fits(wanted, fields.get(name, _NOTHING)) for name, wanted in pattern.items())


def _fits(wanted: object, value: object) -> bool:
    if isinstance(wanted, Mapping):
        return _matches(wanted, value)
    if not isinstance(wanted, list):
        raise NotImplementedError(f"{wanted!r} is no list of values or conditions, as a filter pattern has them.")
    if value is _NOTHING:
        return {"exists": False} in wanted
    # Of a list, one value is enough.
    values = value if isinstance(value, list) else [value]
    return any(_meets(condition, each) for condition in wanted for each in values)


def _meets(condition: object, value: object) -> bool:
    if not isinstance(condition, Mapping):
        # True is no 1 here.
        return type(condition) is type(value) and condition == value
    ((name, wanted),) = condition.items()
    if name not in _CONDITIONS:
        raise NotImplementedError(
            f"The model's filter has no {name}, which records of a DynamoDB stream have no use for."
        )
    return _CONDITIONS[name](wanted, value)
