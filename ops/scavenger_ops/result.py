"""Shows the result of a command that may have ended early: as a screen or as JSON, and the error."""

from collections.abc import Callable, Mapping
from typing import Any

from reconciler.explained_error import ExplainedError
from rich.console import Console

from scavenger_ops.command import say_error, show_json
from scavenger_ops.screen import open_console


def show_result(
    facts: Mapping[str, Any], show_screen: Callable[[Console], None], error: ExplainedError | None, *, as_json: bool
) -> None:
    """Write the result to standard output, and the error, if any, to standard error. The facts have the error, too."""
    if as_json:
        show_json(facts)
    else:
        show_screen(open_console())
    if error:
        say_error(error)
