"""Decides which records the mapping's filter lets through."""

from collections.abc import Mapping, Sequence
from typing import Any


def passes(patterns: Sequence[Mapping[str, Any]], record: Mapping[str, Any]) -> bool:
    """Tell whether a record matches one of the patterns; no pattern at all lets everything through.

    Source: invocation-eventfiltering.html.
    """
    return not patterns or any(_matches(pattern, record) for pattern in patterns)


def _matches(pattern: Mapping[str, Any], value: object) -> bool:
    return isinstance(value, Mapping) and all(
        name in value and _fits(wanted, value[name]) for name, wanted in pattern.items()
    )


def _fits(wanted: object, value: object) -> bool:
    if isinstance(wanted, Mapping):
        return _matches(wanted, value)
    if not isinstance(wanted, list) or any(isinstance(one, Mapping) for one in wanted):
        raise NotImplementedError(f"The model's filter knows equality only, not {wanted!r}. Write a list of values.")
    return value in wanted
