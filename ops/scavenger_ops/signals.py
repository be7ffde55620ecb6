"""Handlers of the signals that end the process. This module imports almost nothing, so they are set at the start."""

# The part of `signal` without its enumerations, whose creation takes milliseconds.
import _signal as signal  # type: ignore[import-not-found]  # only CPython has it
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from signal import _HANDLER

# A shell's exit code of a command that a signal ended is this plus the signal's number.
SIGNALLED = 128
# Ctrl-C, `kill`, and a closed terminal.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_STANDARD_ERROR = 2
# A progress bar hides the cursor.
_SHOW_CURSOR = b"\x1b[?25h"


def handle(handler: "_HANDLER", *more: int) -> "dict[int, _HANDLER]":
    """Set a handler for the signals that end a process, and for `more`. Return the handlers that it replaced.

    Ignored signals stay ignored, as nohup wants it.
    """
    handled = [number for number in (*ENDING, *more) if signal.getsignal(number) != signal.SIG_IGN]
    return {number: signal.signal(number, handler) for number in handled}


def end_at_once(number: int, _: object) -> None:
    """Handle a signal: end the process at once."""
    try:
        os.write(_STANDARD_ERROR, (_SHOW_CURSOR if os.isatty(_STANDARD_ERROR) else b"") + b"Interrupted.\n")
    except OSError:
        pass
    finally:
        os._exit(SIGNALLED + number)


def unwind(number: int, _: object) -> None:
    """Handle a signal: ignore further ones, leave all `with` blocks, and end the process."""
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(SIGNALLED + number)
