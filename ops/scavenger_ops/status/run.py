"""The command `scavenger status`: whether a deployment works and, if not, how to fix it."""

from rich.console import Console

from scavenger_ops.command import EXIT_NOT_OK, EXIT_OK, show_json
from scavenger_ops.status.as_json import to_json
from scavenger_ops.status.fact_reader import read_facts
from scavenger_ops.status.report import make_report
from scavenger_ops.status.screen import show_screen


def run(name: str, *, as_json: bool) -> int:
    """Show the state of the deployment, and return the exit code: 1 if something is wrong or not known.

    Raises CommandError if the function does not exist, or if nothing about it can be read.
    """
    report = make_report(read_facts(name))
    if as_json:
        show_json(to_json(report))
    else:
        show_screen(report, Console(highlight=False))
    return EXIT_OK if report.is_well else EXIT_NOT_OK
