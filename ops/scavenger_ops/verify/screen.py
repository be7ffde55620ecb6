"""The screen of a verification: the verdict, what is left, and what status finds if the row was not deleted."""

from rich.console import Console
from rich.text import Text

from scavenger_ops import program
from scavenger_ops.layout import show_head, show_indented, show_sentence
from scavenger_ops.screen import show_verdict
from scavenger_ops.status.screen import show_problems, show_unknown
from scavenger_ops.verify.report import VerifyReport


def show_screen(report: VerifyReport, console: Console) -> None:
    """Show the report."""
    verdict, sentence = report.verdict()
    show_verdict(console, verdict, report.function, report.region, sentence)
    if report.is_timed_out:
        _show_causes(report, console)
    if report.left:
        _show_left(report, console)
    if note := _note(report):
        console.print()
        show_sentence(console, note)
    if not report.is_verified:
        console.print(Text(f"To verify again: {report.again}", style="bold"), soft_wrap=True)


def _show_causes(report: VerifyReport, console: Console) -> None:
    """Show the problems that status finds. If it finds none, show what it does not know, and what to do."""
    if report.status and report.status.problems:
        show_problems(report.status, console)
        return
    if report.status:
        show_unknown(report.status, console)
    console.print()
    reason = f"The cause is not known: {report.status_error}" if report.status_error else "No problem is found."
    show_sentence(
        console,
        f"{reason} In the first minutes after an apply, Lambda may not read the stream yet: then verify again. "
        "Otherwise, look at the log:",
    )
    console.print(Text(f"  {program.scavenger('logs', report.function)}", style="cyan"), soft_wrap=True)


def _show_left(report: VerifyReport, console: Console) -> None:
    show_head(console, "Left in the tables")
    for each in report.left:
        console.print(Text(f"{each.table_name} {each.key}"), soft_wrap=True)
        show_indented(console, each.why)
        console.print(Text(f"    {each.command}", style="cyan"), soft_wrap=True)


def _note(report: VerifyReport) -> str:
    """Return whether anything was written, and is removed. What is left is shown above."""
    if not report.written_to:
        return "Nothing was written."
    return "" if report.left else f"What was written to {' and '.join(report.written_to)} is removed."
