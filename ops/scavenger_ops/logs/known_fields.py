"""The messages that the function logs, and the fields of each that are shown: nothing else of a line is.

A test compares them with what the function's code logs.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from scavenger.redaction import redact, redact_code

from scavenger_ops.text import figure, seconds

# - figure, seconds: a number.
# - sentence: a text that says why. It is shown after the message.
# - name, names: a name or a number in a text, or a list of them.
# - counts: numbers by the name of an error.
# - key: the key of an item. The function logs keys at debug level only.
Kind = Literal["figure", "seconds", "sentence", "name", "names", "counts", "key"]

SUMMARY = "Batch done"
FAILED = "failed"

KNOWN_FIELDS: Mapping[str, Mapping[str, Kind]] = {
    SUMMARY: {
        "received": "figure",
        "deleted": "figure",
        "would_delete": "figure",
        "superseded": "figure",
        "duplicates": "figure",
        "ignored": "figure",
        "quarantined": "figure",
        FAILED: "figure",
        "requests": "figure",
        "unprocessed": "figure",
        "write_units": "figure",
        "oldest_record_age_s": "seconds",
        "faults": "counts",
    },
    "Record quarantined": {"reason": "sentence", "sequence_number": "name", "object": "name"},
    "Record of a redrive cannot be deleted": {"reason": "sentence", "sequence_number": "name"},
    "Records that cannot be deleted are not quarantined, but reported as failed": {
        "reason": "sentence",
        "sequence_numbers": "names",
    },
    "Deletes stopped": {"reason": "sentence"},
    "Delete asked for": {"key": "key", "sequence_number": "name"},
}
# Shown even if they are zero. Other figures that are zero tell nothing.
_ALWAYS_SHOWN = ("received", "deleted")
# The longest name is the key of an object. Source: object-keys.html.
_MOST_NAME_CHARACTERS = 1024


class Field(NamedTuple):
    """A field of a line: its name, its value for JSON, and how it is shown. `text` is empty if it tells nothing."""

    name: str
    value: Any
    text: str
    is_sentence: bool = False


def read_fields(message: str, level: str, line: Mapping[str, Any]) -> Iterator[Field]:
    """Yield the known fields of a line with this message. A field with a value of another kind is left out."""
    for name, kind in KNOWN_FIELDS.get(message, {}).items():
        if kind != "key" or level == "DEBUG":
            types, read = _READERS[kind]
            value = line.get(name)
            # In Python, True is an int.
            if isinstance(value, types) and not isinstance(value, bool):
                value = read(value)
                yield Field(name, value, _show(name, kind, value), kind == "sentence")


def printable(text: object) -> str:
    """Return a name with a space for each character that a terminal does not show. `redact` would cut long names."""
    return "".join(each if each.isprintable() else " " for each in str(text)[:_MOST_NAME_CHARACTERS])


def _names(values: list[object]) -> list[str | None]:
    # The function logs null for a record without a sequence number.
    return [printable(each) if each else None for each in values]


def _counts(values: dict[str, object]) -> dict[str, object]:
    return {redact_code(name): count for name, count in values.items() if isinstance(count, int)}


# The type of each kind's values, and what removes everything else from them.
_READERS: Mapping[Kind, tuple[type | tuple[type, ...], Callable[[Any], Any]]] = {
    "figure": ((int, float), lambda number: number),
    "seconds": ((int, float), lambda number: number),
    "sentence": (str, redact),
    "name": (str, printable),
    "names": (list, _names),
    "counts": (dict, _counts),
    "key": (dict, lambda key: key),
}


def _show(name: str, kind: Kind, value: Any) -> str:  # noqa: ANN401 - depends on the kind
    if kind == "sentence":
        return str(value)
    if kind in ("figure", "counts", "names") and not value and name not in _ALWAYS_SHOWN:
        return ""
    return f"{_in_words(name)} {_show_value(kind, value)}"


def _in_words(name: str) -> str:
    return name.removesuffix("_s").replace("_", " ")


def _show_value(kind: Kind, value: Any) -> str:  # noqa: ANN401 - depends on the kind
    if kind == "figure":
        return figure(value)
    if kind == "seconds":
        return seconds(value)
    if kind == "names":
        return ", ".join(each or "none" for each in value)
    if kind == "counts":
        return ", ".join(f"{name} {figure(count)}" for name, count in value.items())
    if kind == "key":
        return printable(", ".join(f"{name}={_content(part)}" for name, part in value.items()))
    return str(value)


def _content(part: object) -> str:
    """Return an attribute's content in DynamoDB's form, {"S": "abc"}, without its type."""
    return ", ".join(map(str, part.values())) if isinstance(part, dict) else str(part)
