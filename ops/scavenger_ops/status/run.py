"""The command: what a person who is woken wants to know first: does it work, and if not, what fixes it."""

from rich.console import Console

from scavenger_ops.command import EXIT_NOT_OK, EXIT_OK, show
from scavenger_ops.status.as_json import to_json
from scavenger_ops.status.reader import read_facts
from scavenger_ops.status.report import judge
from scavenger_ops.status.screen import show_screen


def run(name: str, *, as_json: bool) -> int:
    """Show the state of the deployment of that name, and give the exit code: 1 if something is wrong or not known.

    Raises CommandError if there is no such function, or nothing can be read of it.
    """
    report = judge(read_facts(name))
    if as_json:
        show((), to_json(report), as_json=True)
    else:
        show_screen(report, Console(highlight=False))
    return EXIT_OK if report.is_well else EXIT_NOT_OK
