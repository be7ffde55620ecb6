"""What ends the process. It imports next to nothing, so that Ctrl-C is handled as soon as the command begins."""

import os
import signal

# What a shell adds to the number of the signal that has ended a command.
SIGNALLED = 128
# Ctrl-C, the end by another process, and that of the terminal.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_STANDARD_ERROR = 2
# What shows how far it is hides it.
_SHOW_CURSOR = b"\x1b[?25h"


def handle(handler: "signal._HANDLER", *more: signal.Signals) -> "dict[signal.Signals, signal._HANDLER]":
    """Handle the signals that end a process, and more, and return the handlers before.

    What is ignored stays so: nohup asks for that.
    """
    heeded = [number for number in (*ENDING, *more) if signal.getsignal(number) != signal.SIG_IGN]
    return {number: signal.signal(number, handler) for number in heeded}


def end_at_once(number: int, _: object) -> None:
    """Handle a signal: end the process, whatever it is doing."""
    try:
        os.write(_STANDARD_ERROR, (_SHOW_CURSOR if os.isatty(_STANDARD_ERROR) else b"") + b"Interrupted.\n")
    except OSError:
        pass
    finally:
        os._exit(SIGNALLED + number)


def unwind(number: int, _: object) -> None:
    """Handle a signal: leave all `with` blocks, undisturbed by another one, and end the process."""
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(SIGNALLED + number)
