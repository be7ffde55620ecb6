"""What the user chose for a verification."""

from pathlib import Path
from typing import NamedTuple

from reconciler.explained_error import RefusedError

from scavenger_ops.duration import format_duration
from scavenger_ops.program import scavenger

TIMEOUT_S = 300
# For what comes after the batching window: polling, the invocation with its cold start, the delete.
RESERVE_S = 120


class VerifyOptions(NamedTuple):
    """The command's options. Without a time-out, it follows from the batching window."""

    timeout_s: int | None = None
    message_file: Path | None = None
    is_confirmed: bool = False


def choose_timeout_s(given_s: int | None, batching_window_s: int) -> int:
    """Return the time-out: 5 minutes, or longer for a long batching window. Raises RefusedError if none can succeed."""
    long_enough_s = max(TIMEOUT_S, batching_window_s + RESERVE_S)
    if given_s is not None and given_s <= batching_window_s:
        raise RefusedError(
            f"--timeout {format_duration(given_s)} is not longer than the batching window of {batching_window_s} s, "
            "for which Lambda may collect a batch before it invokes the function. Nothing was written. Leave --timeout "
            f"out, or use {format_duration(long_enough_s)} or longer."
        )
    return long_enough_s if given_s is None else given_s


def command_again(function: str, options: VerifyOptions) -> str:
    """Return the command that verifies again with these options."""
    timeout = ("--timeout", format_duration(options.timeout_s)) if options.timeout_s else ()
    message = ("--message", str(options.message_file)) if options.message_file else ()
    return scavenger("verify", function, *timeout, *message)
