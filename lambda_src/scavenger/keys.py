"""The key of an item, in DynamoDB's attribute value form, and whether two keys are of the same item."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

Key = Mapping[str, Mapping[str, str | bytes]]


def key_identity(key: Mapping[str, Any]) -> object:
    """Return a hashable value that is equal for keys of the same item.

    The order of the attributes does not count. Nor does the spelling of a number: DynamoDB stores 1, 1.0, 01 and 1E0 as
    one number, and returns another spelling than it was sent. Source: HowItWorks.NamingRulesDataTypes.html.
    """
    return frozenset(
        [
            (name, kind, _number(content) if kind == "N" else content)
            for name, value in key.items()
            for kind, content in value.items()
        ]
    )


def _number(text: str) -> Decimal | str:
    """Return the exact value of a number, or the text itself if it is not a number."""
    try:
        number = Decimal(text)
    except (InvalidOperation, TypeError, ValueError):
        return text
    return number if number.is_finite() else text
