"""The key of an item, in DynamoDB's attribute value form, and when two of them are of the same item."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

Key = Mapping[str, Mapping[str, str | bytes]]


def key_identity(key: Mapping[str, Any]) -> object:
    """Return something hashable that is equal for keys of the same item.

    Neither the order of the attributes counts nor how a number is spelled: DynamoDB stores 1, 1.0, 01 and 1E0 as one
    number, and sends back another spelling than it was sent.
    Source: HowItWorks.NamingRulesDataTypes.html.
    """
    return frozenset(
        [
            (name, kind, _number(content) if kind == "N" else content)
            for name, value in key.items()
            for kind, content in value.items()
        ]
    )


def _number(text: str) -> Decimal | str:
    """Return a number by its value, exactly; what is none stands for itself."""
    try:
        number = Decimal(text)
    except (InvalidOperation, TypeError, ValueError):
        return text
    return number if number.is_finite() else text
