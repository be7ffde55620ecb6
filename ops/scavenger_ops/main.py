"""The `scavenger` command, from its start to its end."""

import sys

from scavenger_ops.signals import end_at_once, handle


def main() -> None:
    """Run the command, and end the process with its exit code."""
    handle(end_at_once)
    # Imported here, as in _run: the import takes half a second, and Ctrl-C may come in it.
    from scavenger_ops.process import end, open_streams  # noqa: PLC0415

    open_streams()
    end(_run())


def _run() -> int:
    try:
        from scavenger_ops.cli import app  # noqa: PLC0415

        app()
    except SystemExit as exit_:
        if exit_.code is None or isinstance(exit_.code, int):
            return exit_.code or 0
        # As Python does with a text: write it to standard error, and exit with 1.
        sys.stderr.write(f"{exit_.code}\n")
        return 1
    except BaseException:  # noqa: BLE001 - a defect of this program: report all that is known
        sys.excepthook(*sys.exc_info())
        return 1
    return 0
