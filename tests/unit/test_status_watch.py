"""A watched deployment is shown again and again."""

from dataclasses import replace
from io import StringIO

import pytest
from reconciler.explained_error import ExplainedError, NoAwsError
from rich.console import Console
from scavenger_ops.status.report import StatusReport, make_report
from scavenger_ops.status.watch import fit, watch
from support.status_facts import HEALTHY


class Enough(Exception):  # noqa: N818 - not an error
    """The test has seen enough."""


def watched(*reports: StatusReport | ExplainedError, height: int = 40) -> list[str]:
    """Return what is on the terminal after each read."""
    output, left = StringIO(), iter(reports)

    def read() -> StatusReport:
        report = next(left, Enough())
        if isinstance(report, Exception):
            raise report
        return report

    console = Console(file=output, width=80, height=height, force_terminal=True, highlight=False, color_system=None)
    with pytest.raises((Enough, ExplainedError)):
        watch(read, console, wait=lambda _: None)
    return output.getvalue().split("\x1b[H\x1b[J")[1:]


def test_each_read_replaces_the_screen() -> None:
    """The newest state is at the same place."""
    shown = watched(make_report(HEALTHY), make_report(replace(HEALTHY, concurrency=0)))
    verdicts = [screen.splitlines()[0] for screen in shown]
    assert verdicts == ["✓ orders · us-east-1 · all is well", "✗ orders · us-east-1 · 1 problem"]


def test_an_error_after_the_first_read_is_shown_and_may_pass() -> None:
    """The network may be back at the next read."""
    shown = watched(make_report(HEALTHY), NoAwsError("No network."), make_report(HEALTHY))
    assert [screen.split()[0] for screen in shown] == ["✓", "error:", "✓"]


def test_an_error_at_the_first_read_ends_it() -> None:
    """It is a wrong name, or there are no credentials."""
    assert watched(NoAwsError("No credentials.")) == []


def test_the_verdict_stays_on_a_low_terminal() -> None:
    """What does not fit is left out, also if a long line takes two of the terminal."""
    (screen,) = watched(make_report(HEALTHY), height=10)
    assert screen.startswith("✓ orders")
    assert len(screen.splitlines()) == 9
    assert fit("a\n" + "b" * 30 + "\nc\nd\n", width=20, height=5) == "a\n" + "b" * 30 + "\nc\n"
