"""The messages of a schedule: the stream record of each, and the attributes of its row."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from support.events import key, record

from model.item_identity import identity
from model.staged_rows import Attributes

# A row's attributes that must equal those of the message, with the names that the message has for them.
MATCH_ATTRIBUTES = {"receivedAt": "arrivedAt", "attempt": "attempt"}
# The kinds of records. Most are good.
KINDS = (
    *("good",) * 6,
    *("again", "again", "respelled", "insert", "modify", "remove"),
    *("poison", "misfit", "keyless", "unmatchable", "overlong"),
)
# The kinds of records whose keys are those of rows. A record of another kind may have the key of one of these.
GOOD_KINDS = ("good", "insert", "modify", "remove", "unmatchable", "overlong")
# The second and third are equal, as the number is. Each two of the others differ, by a type or a value.
VERSIONS: Sequence[Attributes] = (
    {"receivedAt": {"S": "1"}, "attempt": {"N": "1"}},
    {"receivedAt": {"N": "1"}, "attempt": {"N": "1"}},
    {"receivedAt": {"N": "01.0e0"}, "attempt": {"N": "+1.0"}},
    {"receivedAt": {"S": "1"}, "attempt": {"N": "2"}},
    {"receivedAt": {"S": "2"}, "attempt": {"N": "1"}},
    {"receivedAt": {"B": b"1"}, "attempt": {"N": "1"}},
    {"receivedAt": {"BOOL": True}, "attempt": {"NULL": True}},
    {"receivedAt": {"BOOL": False}, "attempt": {"S": ""}},
)
# Rows that equal no message.
ODD_ROWS: Sequence[Attributes] = (
    {"attempt": {"N": "1"}},
    {"receivedAt": {"S": "1"}},
    {"receivedAt": {"SS": ["1"]}, "attempt": {"N": "1"}},
    {},
)
# What no row can be compared with.
UNMATCHABLE: Sequence[Mapping[str, Any]] = (
    {},
    {"SS": ["1"]},
    {"NS": ["1"]},
    {"L": [{"S": "1"}]},
    {"M": {"S": {"S": "1"}}},
    {"N": "one"},
    {"S": "1", "N": "1"},
    {"B": "?"},
    {"BOOL": 1},
)


@dataclass(frozen=True)
class Message:
    """A message: its stream record, the row that it makes obsolete, and the row that is staged when it comes.

    `key` and `version` are identities (item_identity.py); the version is None if no row can be compared with it.
    `staged` is None if the row is gone.
    """

    kind: str
    record: dict[str, Any]
    key: str
    version: str | None
    staged: Attributes | None

    @property
    def number(self) -> str:
        """The sequence number."""
        return str(self.record["dynamodb"]["SequenceNumber"])


def make_messages(kinds: Sequence[str], event_names: Sequence[str], restaged: float, random: Random) -> list[Message]:
    """Return messages of these kinds. Their keys differ, except for the kinds that repeat a key.

    `restaged` is how likely a row is not as the message says already when its record comes.
    """
    return [_make_message(kind, number, event_names, restaged, random) for number, kind in enumerate(kinds)]


def make_follow_up(keys: Attributes, attributes: Attributes, event_name: str) -> Message:
    """Return the message that a row becomes when it is processed."""
    return _message("good", event_name, keys, attributes, attributes)


def _make_message(kind: str, number: int, event_names: Sequence[str], restaged: float, random: Random) -> Message:
    name = kind.upper() if kind in ("insert", "modify", "remove") else random.choice(event_names)
    keys: dict[str, Any] = key(number)
    if kind in ("again", "respelled"):
        keys = key(number // 2)
    if kind == "respelled":
        keys["createdAt"] = {"N": f"0{number // 2}.0"}
    if kind == "misfit":
        keys = {"id": {"S": str(number)}}
    attributes = random.choice(VERSIONS)
    staged = random.choice([*VERSIONS, *ODD_ROWS, None]) if random.random() < restaged else attributes
    if kind == "overlong":
        attributes = {**attributes, "attempt": {"N": "1" * 39}}
    message = _message(kind, name, keys, attributes, staged)
    if kind == "keyless":
        del message.record["dynamodb"]["Keys"]
    if kind == "unmatchable":
        value = random.choice(UNMATCHABLE)
        message.record["dynamodb"]["NewImage"].pop("arrivedAt")
        message.record["dynamodb"]["NewImage"] |= {"arrivedAt": value} if value else {}
    return message


def _message(
    kind: str, event_name: str, keys: Attributes, attributes: Attributes, staged: Attributes | None
) -> Message:
    image = {**keys, **{MATCH_ATTRIBUTES[name]: _in_event(value) for name, value in attributes.items()}}
    version = None if kind in ("keyless", "misfit", "unmatchable", "overlong") else identity(attributes)
    return Message(kind, record(0, event_name=event_name, Keys=keys, NewImage=image), identity(keys), version, staged)


def _in_event(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
