"""What a redrive did with an object and, if the object is still there, why, and what to do about it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple


class RedriveStatus(StrEnum):
    """What happened to an object."""

    REDRIVEN = "redriven"
    # Another redrive removed it first.
    GONE = "gone"
    # Not all of its records are done, or S3 did not return or remove it.
    LEFT = "left"
    # It belongs to another function, or none of its records is from the function's stream.
    FOREIGN = "foreign"
    UNREADABLE = "unreadable"
    # A dry run found it: without --dry-run it would be sent.
    WAITING = "waiting"


# A quarantined object has a reason for each of its records, and most are the same.
MOST_REASONS = 3
STILL_THERE = (RedriveStatus.LEFT, RedriveStatus.FOREIGN, RedriveStatus.UNREADABLE)


class ObjectRemedy(NamedTuple):
    """What to do about an object that is still there, in words and as commands to copy."""

    text: str = ""
    commands: tuple[str, ...] = ()


class RedriveResult(NamedTuple):
    """The result of an object, and how many records it has for the function and are done.

    `condition` and `reasons` say why the records are in the bucket, `problem` why the object is still there.
    """

    name: str
    status: RedriveStatus
    problem: str = ""
    remedy: ObjectRemedy = ObjectRemedy()
    condition: str = ""
    reasons: tuple[str, ...] = ()
    records: int = 0
    done: int = 0
    # The function or S3 failed, and may fail for any other object.
    has_failed: bool = False


class ListedObject(NamedTuple):
    """An object as S3 lists it: its size in bytes, and when it was written, in epoch seconds."""

    name: str
    size: int
    written_at: float


def join_reasons(reasons: Sequence[str]) -> str:
    """Return the first of the reasons, and how many more there are."""
    more = f"; and {len(reasons) - MOST_REASONS:,} more" if len(reasons) > MOST_REASONS else ""
    return f"{'; '.join(reasons[:MOST_REASONS])}{more}"
