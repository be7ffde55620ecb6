"""Removes what a verification wrote, and says what is left."""

import time
from collections.abc import Iterator
from typing import NamedTuple

from reconciler.aws.ask import RetryPolicy
from reconciler.explained_error import ExplainedError

from scavenger_ops.command import say
from scavenger_ops.program import aws
from scavenger_ops.verify.items import MARKER
from scavenger_ops.verify.own_item import OwnItem, RemovalStatus, remove_own
from scavenger_ops.verify.record import key_json
from scavenger_ops.verify.verification import Verification

# For each item. Nothing stops it but a third signal.
_POLICY = RetryPolicy()


class LeftItem(NamedTuple):
    """An item that is left: its table and key, why, and the command that removes it, or shows what replaced it."""

    table_name: str
    key: str
    why: str
    command: str


def clean_up(verification: Verification) -> list[LeftItem]:
    """Remove the items that were written or may have been, and return those that are left, or may be."""
    left_s = verification.settled_at - time.monotonic()
    if left_s > 0:
        say(f"A write got no answer, and DynamoDB may still carry it out. The items are removed in {left_s:.0f} s.")
        time.sleep(left_s)
    left = [each for own in verification.written for each in _remove(verification, own)]
    verification.written.clear()
    return left


def _remove(verification: Verification, own: OwnItem) -> Iterator[LeftItem]:
    table, key = own.table.name, key_json(own.key)
    try:
        status = remove_own(verification.client, own, _POLICY)
        if status is RemovalStatus.GONE and own is verification.unconfirmed:
            why = "DynamoDB did not confirm the write. It is not there now. If it still comes, remove it:"
            yield LeftItem(table, key, why, _removal_command(own))
        if status is RemovalStatus.CHANGED:
            show = aws("dynamodb", "get-item", "--consistent-read", "--table-name", table, "--key", key)
            yield LeftItem(table, key, f"Something else has replaced it: it has no {MARKER} of this run.", show)
    except ExplainedError as error:
        yield LeftItem(table, key, f"It may be left: {error} Then remove it:", _removal_command(own))


def words_after_signal(verification: Verification, signals: int) -> str:
    """Return what to tell after the first signal, that the clean-up comes, and then how to leave without it."""
    if not verification.written:
        return "Stopping." if signals == 1 else "Press Ctrl-C again to end at once."
    if signals == 1:
        return "Stopping. What was written is removed first."
    commands = "".join(f"\n  {_removal_command(own)}" for own in verification.written)
    return f"Removing what was written. Press Ctrl-C again to end at once, then remove it yourself:{commands}"


def _removal_command(own: OwnItem) -> str:
    """Return the command that removes an item, unless something else has replaced it."""
    condition = f"attribute_exists({MARKER})"
    words = ("--table-name", own.table.name, "--key", key_json(own.key), "--condition-expression", condition)
    return aws("dynamodb", "delete-item", *words)
