"""Shows the state of a deployment on one screen: the verdict, the problems, and then the table."""

from rich.console import Console
from rich.text import Text

from scavenger_ops.layout import wrap
from scavenger_ops.screen import show_verdict
from scavenger_ops.status.problem import Problem, Unknown
from scavenger_ops.status.report import StatusReport
from scavenger_ops.status.table import show_table

# The words before the parts of a problem have this width, and the commands this indentation.
_INDENT = 10


def show_screen(report: StatusReport, console: Console) -> None:
    """Show the verdict, then each problem with its cause and fix, what is not known, and the table."""
    facts = report.facts
    show_verdict(console, report.mark, facts.name, facts.region, report.verdict)
    show_problems(report, console)
    show_unknown(report, console)
    console.print()
    show_table(report, console)
    console.print(Text(f"Read at {facts.at:%Y-%m-%d %H:%M:%S} UTC. Metrics arrive up to three minutes late.", "dim"))


def show_problems(report: StatusReport, console: Console) -> None:
    """Show each problem with its cause and fix."""
    for number, problem in enumerate(report.problems, 1):
        console.print()
        _show_problem(number, problem, console)


def show_unknown(report: StatusReport, console: Console) -> None:
    """Show what is not known, and why."""
    for unknown in report.unknown:
        console.print()
        _show_unknown(unknown, console)


def _show_problem(number: int, problem: Problem, console: Console) -> None:
    _show(f"{number}.", problem.what, console, "red")
    if problem.cause:
        _show("   Cause:", problem.cause, console, "bold")
    _show("   Fix:", problem.fix, console)
    for command in problem.commands:
        # Not wrapped, however long it is, so that it can be copied.
        console.print(Text(" " * _INDENT + command, style="bold cyan"), soft_wrap=True)


def _show_unknown(unknown: Unknown, console: Console) -> None:
    _show("?", f"Not known: {unknown.what}. {unknown.reason}", console, "yellow")


def _show(label: str, text: str, console: Console, style: str = "") -> None:
    """Write a part of a problem after its label, wrapped beside it."""
    indent = " " * (3 if not label.startswith(" ") else _INDENT)
    lines = "\n".join(wrap(text, console.width, f"{label:{len(indent)}}", indent))
    label_style = "dim" if label.startswith(" ") else style
    console.print(Text.assemble((lines[: len(indent)], label_style), (lines[len(indent) :], style)), soft_wrap=True)
