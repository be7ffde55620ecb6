"""Decides which records the mapping's filter lets through.

It knows patterns of text, truth and null, as modules/scavenger allows them; of others it does not guess.
"""

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

    Raises NotImplementedError, as check does, and for a value that is a list or an object.
    Source: invocation-eventfiltering.html.
    """
    return not patterns or any(_matches(pattern, record) for pattern in patterns)


def check(pattern: object) -> None:
    """See that a pattern is one that is known here; raise NotImplementedError, which names what is not."""
    if isinstance(pattern, Mapping):
        for wanted in pattern.values():
            check(wanted)
    elif not isinstance(pattern, list):
        raise NotImplementedError(f"{pattern!r} is no list of values or conditions")
    else:
        for condition in pattern:
            _check_condition(condition)


def _check_condition(condition: object) -> None:
    if isinstance(condition, Mapping) and len(condition) == 1:
        ((name, wanted),) = condition.items()
        texts = wanted if name == "anything-but" and isinstance(wanted, list) else [wanted]
        kind: type = bool if name == "exists" else str
        is_known = name in _CONDITIONS and all(isinstance(text, kind) for text in texts)
    else:
        is_known = condition is None or isinstance(condition, str | bool)
    if not is_known:
        raise NotImplementedError(f"{condition!r} is no condition of a stream's records that is known here")


def _matches(pattern: Mapping[str, Any], value: object) -> bool:
    fields = value if isinstance(value, Mapping) else _NOTHING
    return all(_fits(wanted, fields.get(name, _NOTHING)) for name, wanted in pattern.items())


def _fits(wanted: object, value: object) -> bool:
    if isinstance(wanted, Mapping):
        return _matches(wanted, value)
    check(wanted)
    conditions: Any = wanted
    if value is _NOTHING:
        return {"exists": False} in conditions
    if isinstance(value, list | Mapping):
        raise NotImplementedError("what a filter makes of lists and objects is not known here")
    return any(_meets(condition, value) for condition in conditions)


def _meets(condition: object, value: object) -> bool:
    if not isinstance(condition, Mapping):
        # True is no 1 here.
        return type(condition) is type(value) and condition == value
    ((name, wanted),) = condition.items()
    return _CONDITIONS[name](wanted, value)
