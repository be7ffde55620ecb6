"""The `scavenger` command, from its start to its end."""

import sys

from scavenger_ops.signals import end_at_once, handle


def main() -> None:
    """Run the command, and end the process with its exit code."""
    handle(end_at_once)
    # Only now, as below: it takes half a second, in which Ctrl-C may come.
    from scavenger_ops.process import end, open_streams  # noqa: PLC0415

    open_streams()
    end(_run())


def _run() -> int:
    try:
        from scavenger_ops.cli import app  # noqa: PLC0415

        app()
    except SystemExit as left:
        if left.code is None or isinstance(left.code, int):
            return left.code or 0
        # As Python itself does with a text.
        sys.stderr.write(f"{left.code}\n")
        return 1
    except BaseException:  # noqa: BLE001 - a fault of this program, to be reported with all that is known of it
        sys.excepthook(*sys.exc_info())
        return 1
    return 0
