"""What status reports besides the facts: findings, and what is not known."""

from dataclasses import dataclass
from typing import Literal

# The rows of the screen.
RowName = Literal[
    "function",
    "trigger",
    "lag",
    "inserts",
    "deletes",
    "throttling",
    "faults",
    "given up",
    "failure bucket",
    "staging",
    "alarms",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem: the row that shows it, what is wrong, and the remediation in words and commands.

    The commands can be copied as they are. They come after the words.
    """

    about: RowName
    what: str
    remediation: str
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that is not known: the rows that need it, what it is, the missing permission if any, and the reason."""

    about: tuple[RowName, ...]
    what: str
    permission: str | None
    reason: str
