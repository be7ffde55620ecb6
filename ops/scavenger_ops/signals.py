"""Handlers of the signals that end the process. This module imports almost nothing, so they are set at the start."""

# The part of `signal` without its enumerations, whose creation takes milliseconds.
import _signal as signal  # type: ignore[import-not-found]  # only CPython has it
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from signal import _HANDLER

# A shell's exit code of a command that a signal ended is this plus the signal's number.
SIGNALLED = 128
# Ctrl-C, `kill`, and a closed terminal.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_STANDARD_OUTPUT, _STANDARD_ERROR = 1, 2
# What an interrupted command says, also in its JSON. It is written here, since command.py may not be imported yet.
INTERRUPTED = "Interrupted."
_INTERRUPTED_JSON = '{"schema_version": 1, "error": {"message": "%s", "exit_code": %d}}\n'
# A progress bar hides the cursor.
_SHOW_CURSOR = "\x1b[?25h"


def handle(handler: "_HANDLER", *more: int) -> "dict[int, _HANDLER]":
    """Set a handler for the signals that end a process, and for `more`. Return the handlers that it replaced.

    Ignored signals stay ignored, as nohup wants it.
    """
    handled = [number for number in (*ENDING, *more) if signal.getsignal(number) != signal.SIG_IGN]
    return {number: signal.signal(number, handler) for number in handled}


def end_at_once(number: int, _: object) -> None:
    """Handle a signal: end the process at once. With --json, the result is an error, unless there is one already."""
    _write(_STANDARD_ERROR, (_SHOW_CURSOR if os.isatty(_STANDARD_ERROR) else "") + f"{INTERRUPTED}\n")
    if lacks_json():
        _write(_STANDARD_OUTPUT, _INTERRUPTED_JSON % (INTERRUPTED, SIGNALLED + number))
    os._exit(SIGNALLED + number)


def _write(descriptor: int, text: str) -> None:
    """Write a text, if the stream still takes it."""
    try:
        os.write(descriptor, text.encode())
    except OSError:
        return


def lacks_json() -> bool:
    """Return whether a script waits for JSON (--json) of which nothing is written yet."""
    # `local` passes the options of its command on.
    is_wanted = "--json" in sys.argv[1:] and sys.argv[1:2] != ["local"]
    return is_wanted and not getattr(getattr(getattr(sys.stdout, "buffer", None), "raw", None), "has_written", False)


def unwind(number: int, _: object) -> None:
    """Handle a signal: ignore further ones, leave all `with` blocks, and end the process."""
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(SIGNALLED + number)
