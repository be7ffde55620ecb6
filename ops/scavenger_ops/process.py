"""The streams of the command's process, and its end."""

import io
import os
import select
import sys
from typing import NoReturn, TextIO

_STANDARD_OUTPUT, _STANDARD_ERROR = 1, 2


class _Stream(io.FileIO):
    """Standard output or error; what cannot be written is dropped, and the first reason kept.

    So nothing that writes (Typer, Rich) ends in a traceback, and the command's work goes on.
    """

    failure: OSError | None = None

    def write(self, content: "io.ReadableBuffer") -> int:  # type: ignore[name-defined]
        """Write all of it."""
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
                    # A terminal may be shared with a program that wants no write to block.
                    select.select((), (self,), ())
        return len(view)


def open_streams() -> None:
    """Make standard output and error such that no write to them raises."""
    # What is closed is replaced, or the next connection would be taken for it. From this, nothing can be written to.
    while (descriptor := os.open(os.devnull, os.O_RDONLY)) <= _STANDARD_ERROR:
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - it takes no name
    os.close(descriptor)
    sys.stdout, sys.stderr = _open(_STANDARD_OUTPUT, sys.stdout), _open(_STANDARD_ERROR, sys.stderr)


def _open(descriptor: int, before: TextIO | None) -> io.TextIOWrapper:
    raw = _Stream(descriptor, "w", closefd=False)
    encoding = getattr(before, "encoding", None)
    # A character that the terminal does not have, or half of one, is written as its number.
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, "backslashreplace", line_buffering=raw.isatty())


def end(code: int) -> NoReturn:
    """End the process at once; at a plain exit, Python would wait for threads that still wait for an answer.

    If not all of the result could be written, say so, and end with 1.
    """
    sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    failure = raw.failure if isinstance(raw, _Stream) else None
    if failure:
        sys.stderr.write(f"error: Not all of the result could be written to standard output ({failure.strerror}).\n")
    sys.stderr.flush()
    os._exit(code or 1 if failure else code)
