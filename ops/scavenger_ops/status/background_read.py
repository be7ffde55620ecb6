"""Reads that run at the same time in the background. Nobody waits for one longer than there is time."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from reconciler.aws.ask import RetryPolicy
from reconciler.aws.background import run_in_background

T = TypeVar("T")

# The share of the time for the first attempt. A request that hangs is sent once more, since a new connection may lead
# to another server.
FIRST_ATTEMPT = 0.6


def start_read(read: Callable[[], T]) -> "Future[T]":
    """Start to read, in a thread that the process does not wait for at its end."""
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(read())
        except Exception as error:  # noqa: BLE001 - it is raised again where the result is asked for
            future.set_exception(error)

    run_in_background(work)
    return future


def seconds_until(time_s: float) -> float:
    """Return the seconds until a moment of the monotonic clock, or zero if it is over."""
    return max(0.0, time_s - time.monotonic())


def retry_policy_until(time_s: float) -> RetryPolicy:
    """Return the retry policy for requests that end by a moment of the monotonic clock."""
    left_s = seconds_until(time_s)
    return RetryPolicy(attempt_timeout_s=FIRST_ATTEMPT * left_s, total_timeout_s=left_s)
