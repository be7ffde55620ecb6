"""Waits for what AWS does in its own time. Each wait is for a condition, and has a deadline."""

import os
import time
from collections.abc import Callable

from scavenger_ops.local.limits import VARIABLE

# Each look is a request, and on a table with five units a scan takes some of them.
POLL_S = 0.2 if VARIABLE in os.environ else 2
# A new, changed or enabled mapping starts to poll within minutes (with-ddb.html), and then collects a batch.
MAPPING_TIMEOUT_S = 420


def wait_for(what: str, condition: Callable[[], bool], timeout_s: float = MAPPING_TIMEOUT_S) -> None:
    """Wait until a condition holds. Raises AssertionError with `what` was waited for if it does not within the time."""
    give_up_at = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < give_up_at, f"Within {timeout_s:.0f} s, not true: {what}"
        time.sleep(POLL_S)
