"""CloudWatch Logs' filter patterns, as far as `scavenger logs` uses them. Source: FilterAndPatternSyntax.html."""

import operator
import re
from collections.abc import Callable
from typing import Any

from support.pages import pages

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {"=": operator.eq, "!=": operator.ne, ">": operator.gt}
CONDITION = re.compile(r"\$\.([\w.]+) (=|!=|>) (?:\"([^\"]*)\"|(\d+))")
# Matches whatever the field has.
ANYTHING = "*"


def documented_filters() -> set[str]:
    """Return the filter patterns in the documentation."""
    return {found for page in pages().values() for found in re.findall(r"--filter-pattern (.*)", page.text)}


def is_found(line: dict[str, Any], pattern: str) -> bool:
    """Return whether a pattern finds a line: all conditions of one of its alternatives must hold.

    None holds for a missing field.
    """
    alternatives = [each.strip("() ") for each in pattern.strip("{} ").split(" || ")]
    return any(all(_holds(line, condition) for condition in each.split(" && ")) for each in alternatives)


def _holds(line: dict[str, Any], condition: str) -> bool:
    matched = CONDITION.fullmatch(condition)
    if not matched:
        raise ValueError(f"{condition} is not modeled.")
    path, sign, text, number = matched.groups()
    value: Any = line
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if text == ANYTHING:
        return value is not None
    return value is not None and OPERATORS[sign](value, text if number is None else int(number))
