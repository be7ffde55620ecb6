"""What status reports besides the facts: problems, and what is not known."""

from dataclasses import dataclass
from typing import Literal

# The rows of the screen.
RowName = Literal[
    "function",
    "event source mapping",
    "lag",
    "inserts",
    "deletes",
    "throttling",
    "errors",
    "retries exhausted",
    "failure bucket",
    "staging table",
    "reconciler",
    "alarms",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem: the row that shows it, what is wrong, and the fix in words and commands.

    The commands can be copied as they are. They come after the words. The cause is in the words of the log or of the
    failure bucket; it is None if `what` says all that is known.
    """

    about: RowName
    what: str
    fix: str
    commands: tuple[str, ...] = ()
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that is not known: the rows that need it, what it is, the missing permission if any, and the reason."""

    about: tuple[RowName, ...]
    what: str
    permission: str | None
    reason: str
