"""Carries out a verification: writes the row and its message, and waits until the row is deleted."""

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.aws.ask import FIRST_REQUESTS, RetryPolicy, Stopped
from reconciler.aws.errors import AwsError
from reconciler.explained_error import ExplainedError

from scavenger_ops.command import progress_bar, say
from scavenger_ops.verify.deployment import VerifiedDeployment
from scavenger_ops.verify.items import VerifiedItems
from scavenger_ops.verify.own_item import (
    NotAcceptedError,
    OwnItem,
    RemovalStatus,
    is_there,
    put_again,
    put_new,
    remove_own,
)
from scavenger_ops.verify.record import key_json

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A look consumes one read unit of the staging table.
LOOK_INTERVAL_S = 1.0
# A request that got no answer may still be on its way, for example because the network sends its packets again.
LATE_S = 30.0


@dataclass(slots=True)
class Verification:
    """What is written, and what may be there: an item is in `written` before the request that writes it.

    `unconfirmed` is an item whose put failed, although DynamoDB may still carry it out. Until `settled_at`, a moment of
    the monotonic clock, a put without an answer may be carried out. Once `stop` is set, the verification ends.
    """

    deployment: VerifiedDeployment
    row: OwnItem
    message: OwnItem
    before: OwnItem | None
    stop: threading.Event
    written: list[OwnItem] = field(default_factory=list)
    unconfirmed: OwnItem | None = None
    settled_at: float = 0.0

    @property
    def client(self) -> "DynamoDBClient":
        """The client of both tables."""
        return self.deployment.tables.client


def make_verification(deployment: VerifiedDeployment, items: VerifiedItems, stop: threading.Event) -> Verification:
    """Return a verification that has written nothing yet."""
    staging, messages = deployment.tables.staging.table, deployment.tables.messages.table
    before = OwnItem(messages, items.before) if items.before else None
    return Verification(deployment, OwnItem(staging, items.row), OwnItem(messages, items.message), before, stop)


def carry_out(verification: Verification, timeout_s: float) -> float | None:
    """Write the row and its message, and wait until the row is gone. Return after how many seconds it was.

    They count from the request that writes the message. None: the row is still there after `timeout_s`. Raises
    ExplainedError and Stopped. What is written then is in `verification.written`.
    """
    _check_clean_up(verification)
    _write(verification, verification.row)
    if verification.before:
        _write(verification, verification.before)
    _check_that_the_row_stays(verification)
    began_at = time.monotonic()
    _write(verification, verification.message)
    return _wait(verification, began_at, timeout_s)


def _check_clean_up(verification: Verification) -> None:
    """Send the requests of the clean-up before anything is written. Raises ExplainedError if one is not allowed."""
    policy = FIRST_REQUESTS._replace(stop=verification.stop)
    for own in (verification.row, verification.message):
        if remove_own(verification.client, own, policy) is RemovalStatus.CHANGED:
            raise ExplainedError(
                f"Table {own.table.name} already has an item with the key {key_json(own.key)}, which is not "
                "overwritten. Change the key in the file of --message."
            )
    is_there(verification.client, verification.row, policy)


def _write(verification: Verification, own: OwnItem) -> None:
    """Write an item. The second one under a key replaces the first."""
    if verification.stop.is_set():
        raise Stopped
    if own is verification.message and verification.before:
        # Late, it changes nothing: it needs the item that the clean-up removes.
        put_again(verification.client, own)
        return
    verification.written.append(own)
    try:
        may_come_again = put_new(verification.client, own)
    except (AwsError, NotAcceptedError) as error:
        if isinstance(error, AwsError) and error.is_in_doubt:
            verification.unconfirmed, verification.settled_at = own, time.monotonic() + LATE_S
        else:
            verification.written.remove(own)
        raise
    if may_come_again:
        verification.settled_at = time.monotonic() + LATE_S


def _check_that_the_row_stays(verification: Verification) -> None:
    """Raise ExplainedError if the row is gone before there is a message: then its end proves nothing."""
    if not is_there(verification.client, verification.row, RetryPolicy(stop=verification.stop)):
        raise ExplainedError(
            f"The row in {verification.row.table.name} was deleted before its message was written, so nothing is "
            "proved. Something else deletes rows, or processing reacts to them. Stop it, then run this again."
        )


def _wait(verification: Verification, began_at: float, timeout_s: float) -> float | None:
    """Look until the row is gone or the time is up. The last look comes after that."""
    window_s = verification.deployment.batching_window_s
    batch = f" Lambda collects a batch for up to {window_s} s (batching window)." if window_s else ""
    say(f"Waiting until function {verification.deployment.function} has deleted the row.{batch}")
    shown, policy = 0, RetryPolicy(stop=verification.stop)
    with progress_bar("seconds", round(timeout_s)) as advance:
        while True:
            looked_at = time.monotonic()
            is_left = is_there(verification.client, verification.row, policy)
            passed_s = time.monotonic() - began_at
            advance(min(int(passed_s), round(timeout_s)) - shown)
            shown = min(int(passed_s), round(timeout_s))
            if not is_left:
                return passed_s
            if looked_at - began_at >= timeout_s:
                return None
            if verification.stop.wait(LOOK_INTERVAL_S):
                raise Stopped
