"""Makes the process's output streams safe against write errors, and ends the process."""

import io
import os
import select
import sys
from typing import NoReturn, TextIO

from scavenger_ops.signals import INTERRUPTED, SIGNALLED, lacks_json

_STANDARD_OUTPUT, _STANDARD_ERROR = 1, 2
# As of a defect of this program.
WITHOUT_RESULT = "The command ended without a result. Standard error says why."


class _Stream(io.FileIO):
    """Standard output or error. It drops what cannot be written, and keeps the first error.

    So no writer (Typer, Rich) ends in a traceback, and the command's work continues.
    """

    failure: OSError | None = None
    # Whether anything was to be written.
    has_written = False

    def write(self, content: "io.ReadableBuffer") -> int:  # type: ignore[name-defined]
        """Write all of the content; after an error, drop it."""
        self.has_written = True
        view = memoryview(content).cast("B")
        written = 0
        while written < len(view) and self.failure is None:
            try:
                count = super().write(view[written:])
            except OSError as error:
                self.failure = error
            else:
                written += count or 0
                if count is None:
                    # Another program may have set the shared terminal to non-blocking writes.
                    select.select((), (self,), ())
        return len(view)


def open_streams() -> None:
    """Replace standard output and error by streams to which no write raises."""
    # Replace closed descriptors: the next socket would get their number. The replacement is read-only.
    while (descriptor := os.open(os.devnull, os.O_RDONLY)) <= _STANDARD_ERROR:
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - the argument has no name
    os.close(descriptor)
    sys.stdout, sys.stderr = _open(_STANDARD_OUTPUT, sys.stdout), _open(_STANDARD_ERROR, sys.stderr)


def _open(descriptor: int, before: TextIO | None) -> io.TextIOWrapper:
    raw = _Stream(descriptor, "w", closefd=False)
    encoding = getattr(before, "encoding", None)
    # Characters that the terminal's encoding lacks, and half characters, are written as escapes.
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, "backslashreplace", line_buffering=raw.isatty())


def is_output_lost() -> bool:
    """Return whether standard output could not be written, such as after the reader of a pipe has ended."""
    return _failure_of_output() is not None


def end(code: int) -> NoReturn:
    """End the process at once. A normal exit of Python would wait for threads that still wait for a response.

    A failed command with --json that has no result writes an error as its result. If part of the result could not be
    written, end with 1 and say so on standard error, unless the reader of a pipe has ended.
    """
    sys.stdout.flush()
    if code and lacks_json():
        # Imported here: only few commands end so, and the import may have failed.
        from scavenger_ops.command import show_json_error  # noqa: PLC0415

        show_json_error(INTERRUPTED if code > SIGNALLED else WITHOUT_RESULT, code)
        sys.stdout.flush()
    failure = _failure_of_output()
    # Who closed the pipe (`| head -1`) has read enough, and wants no error.
    if failure and not isinstance(failure, BrokenPipeError):
        sys.stderr.write(f"error: Part of the result could not be written to standard output ({failure.strerror}).\n")
    sys.stderr.flush()
    os._exit(code or 1 if failure else code)


def _failure_of_output() -> OSError | None:
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return raw.failure if isinstance(raw, _Stream) else None
