"""Waits for what AWS does in its own time. Each wait is for a condition, and has a deadline."""

import os
import time
from collections.abc import Callable
from itertools import count

from scavenger_ops.local.limits import VARIABLE

# Each look is a request, and a scan takes some of a table's few units.
POLL_S = 0.2 if VARIABLE in os.environ else 2
# A mapping that was made, changed or enabled polls after some minutes (with-ddb.html). How long it waits before it
# tries a batch again is documented nowhere.
MAPPING_TIMEOUT_S = 600
# IAM's changes take effect, logs arrive, and lists are complete after seconds, at times after a minute or two.
SOON_S = 240
# A mapping that is Disabled may deliver for a minute more (ustaxcourt/ef-cms, pull request 1450); the local AWS ends it
# at once. That nothing comes any more can only be seen by waiting.
QUIET_S = 0 if VARIABLE in os.environ else 90


def wait_for(what: str, condition: Callable[[], bool], timeout_s: float = MAPPING_TIMEOUT_S) -> None:
    """Wait until a condition holds. Raises AssertionError, with `what` should have come true, after the time."""
    give_up_at = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < give_up_at, f"{timeout_s:.0f} s have passed, and this is not true: {what}."
        time.sleep(POLL_S)


def wait_until_rows_stay(write: Callable[[str], object], staged: Callable[[], set[str]]) -> None:
    """Wait until a disabled mapping delivers nothing any more: a row stays although its message is written.

    `write` writes both under a name, and `staged` returns the names of all rows. The last row and its message are left.
    """
    names = (f"quiet-{number}" for number in count())

    def stays() -> bool:
        name = next(names)
        write(name)
        time.sleep(QUIET_S)
        return name in staged()

    wait_for("rows stay", stays)
