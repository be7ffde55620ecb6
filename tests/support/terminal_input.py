"""Standard input of a terminal on which somebody answers questions."""

import io


class TerminalInput(io.StringIO):
    """Standard input that is a terminal, with what is typed there."""

    def isatty(self) -> bool:
        """Return True."""
        return True
