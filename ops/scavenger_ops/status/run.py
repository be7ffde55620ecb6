"""The command `scavenger status`: whether a deployment works and, if not, how to fix it."""

from scavenger_ops.command import EXIT_NOT_OK, EXIT_OK, show_json
from scavenger_ops.screen import open_console
from scavenger_ops.status.as_json import to_json
from scavenger_ops.status.fact_reader import read_facts
from scavenger_ops.status.report import make_report
from scavenger_ops.status.screen import show_screen
from scavenger_ops.status.watch import watch


def run(name: str, *, as_json: bool, is_watched: bool = False) -> int:
    """Show the state of the deployment, and return the exit code: 1 if something is wrong or not known.

    A watched one is shown until a signal ends the process. Raises ExplainedError if the function does not exist, or if
    nothing about it can be read.
    """
    if is_watched:
        watch(lambda: make_report(read_facts(name)), open_console())
    report = make_report(read_facts(name))
    if as_json:
        show_json(to_json(report))
    else:
        show_screen(report, open_console())
    return EXIT_OK if report.is_well else EXIT_NOT_OK
