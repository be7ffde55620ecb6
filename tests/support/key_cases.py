"""Keys of every type, spelling and length that DynamoDB accepts, and some that it rejects."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from scavenger.keys import key_identity

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Key = dict[str, dict[str, Any]]

# The types of a table's key: each type for the partition key, without a sort key and with each type of one.
KEY_TYPES: tuple[Mapping[str, str], ...] = tuple(
    {"id": hash_type, **({"sort": sort_type} if sort_type else {})}
    for hash_type in "SNB"
    for sort_type in ("", "S", "N", "B")
)

_VALUES: Mapping[str, Callable[[int], str | bytes]] = {
    "S": lambda number: f"message {number}",
    "N": lambda number: str(1652355068000 + number),
    "B": lambda number: b"\xff\x00" + number.to_bytes(2),
}


def key_of(number: int, key_types: Mapping[str, str]) -> Key:
    """Return a key of these types. Each number has a key of its own."""
    return {name: {kind: _VALUES[kind](number)} for name, kind in key_types.items()}


def identities(keys: Iterable[Mapping[str, Any]]) -> set[object]:
    """Return the identities of keys, which do not depend on the spelling of numbers."""
    return {key_identity(key) for key in keys}


def stored(client: "DynamoDBClient", table: str) -> set[object]:
    """Return the identities of the keys of all rows in a table."""
    names = [each["AttributeName"] for each in client.describe_table(TableName=table)["Table"]["KeySchema"]]
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return identities({name: item[name] for name in names} for page in pages for item in page["Items"])


# Numbers, each with other ways to write it. DynamoDB stores and returns one of them.
# Source: HowItWorks.NamingRulesDataTypes.html: 38 digits, from 1E-130 to 9.99...E+125, positive or negative.
NUMBERS: Mapping[str, tuple[str, ...]] = {
    "0": ("-0", "0.000", "0E5", "-0.0E-7"),
    "1": ("1.0", "1E0", "01", "0.1E1", ".1e1", "1."),
    "-1": ("-1.00", "-01", "-10E-1"),
    "1652355068000": ("1652355068000.0", "1.652355068E12", "1652355068E+3"),
    "0.1": (".1", "1E-1", "0.10"),
    "9" * 38: ("9." + "9" * 37 + "E37", "000" + "9" * 38, "9" * 38 + ".0"),
    "-" + "9" * 38: ("-9." + "9" * 37 + "E+37",),
    "0." + "1" * 38: ("1." + "1" * 37 + "E-1",),
    "1E125": ("1" + "0" * 125, "0.1E126"),
    "9." + "9" * 37 + "E125": ("9" * 38 + "E88",),
    "-9." + "9" * 37 + "E125": ("-" + "9" * 38 + "E88",),
    "1E-130": ("0." + "0" * 129 + "1", "10E-131"),
    "-1E-130": ("-0." + "0" * 129 + "1",),
}
BAD_NUMBERS = {
    "39 digits": "1" * 39,
    "too large": "1E126",
    "too small": "1E-131",
    "large negative": "-1E126",
    "small negative": "-1E-131",
}

# All are different, although some look or sort like their neighbours.
STRINGS = (
    *("a", "A", " a", "a ", "a\x00", "\x00", "a\x00b", "\x7f", "\t", "\r\n", '"', "\\", "\\u0061", "\b\f"),
    *("é", "e\u0301", "ß", "ss", "\u0131", "i", "\u2028", "\u202e", "\ufeff", "\ufffd", "\ufffe", "\uffff"),
    *("😀", "👩\u200d💻", "\U0001d4b3", "\U0010ffff", "日本語", "العربية", "null", "{}", "1", "1.0", "%00", "${a}"),
)
BINARIES = (*(bytes([number]) for number in range(256)), b"\x00\x00", b"\x00\x01", bytes(range(256)), b"a" * 2048)

# Source: Constraints.html. é has two bytes.
LONGEST = {
    "S": ("x" * 2048, "y" * 1024),
    "S, two bytes a letter": ("é" * 1024, "é" * 512),
    "B": (b"\xff" * 2048, b"\x00" * 1024),
}
