"""The report of a comparison begins with the verdict, and ends with what was or was not deleted."""

import json
from collections import Counter
from dataclasses import replace
from functools import partial

import pytest
from reconciler.explained_error import ExplainedError, NoAwsError
from scavenger_ops.reconcile.as_json import to_json
from scavenger_ops.reconcile.options import command_for
from scavenger_ops.reconcile.report import ReconcileReport
from scavenger_ops.reconcile.screen import show_screen
from support.drawn_screens import WIDTHS, draw, too_long
from support.reconcile import APPLY
from support.schemas import check_result, documented_example

from bench.pictures.screens.reconcile import AGELESS, CLEAN, COUNTED, DELETED, ON_AWS, SCREENS, STOPPED, SUPERSEDED

VERDICTS = {
    "counted": (COUNTED, "✓ orders · us-east-1 · 1,204 rows can be deleted", 0),
    "deleted": (DELETED, "✓ orders · us-east-1 · 1,204 rows deleted", 0),
    "stopped": (STOPPED, "✗ orders · us-east-1 · not finished: 410 rows deleted so far", 1),
    "unknown age": (AGELESS, "✗ orders · us-east-1 · 1,204 rows deleted, 12 rows of unknown age", 1),
    "superseded": (SUPERSEDED, "✓ orders · us-east-1 · 1,204 rows deleted", 0),
    "clean": (CLEAN, "✓ orders · us-east-1 · nothing to delete", 0),
    "on AWS": (ON_AWS, "✗ orders · us-east-1 · not finished: 1,204 rows deleted, 3 of 20 segments failed", 1),
    "stopped while it counts": (
        replace(COUNTED, is_finished=False),
        "✗ orders · us-east-1 · not finished: 1,601 rows compared so far",
        1,
    ),
    "tables": (replace(CLEAN, deployment=None), "✓ orders-staging · us-east-1 · nothing to delete", 0),
}


def lines_of(report: ReconcileReport) -> list[str]:
    """Return the lines of the screen."""
    return draw(partial(show_screen, report)).splitlines()


@pytest.mark.parametrize(("report", "verdict", "code"), VERDICTS.values(), ids=VERDICTS)
def test_the_first_line_is_the_verdict(report: ReconcileReport, verdict: str, code: int) -> None:
    """The exit code says the same."""
    assert (lines_of(report)[0], report.exit_code) == (verdict, code)


CONCLUSIONS = {
    "counted": (COUNTED, "Nothing was deleted. To delete 1,204 rows: scavenger reconcile orders --apply"),
    "deleted": (DELETED, "1,204 rows were deleted from orders-staging."),
    "one": (replace(DELETED, counts=Counter(deleted=1)), "1 row was deleted from orders-staging."),
    "stopped": (
        STOPPED,
        "410 rows were deleted from orders-staging. To continue: scavenger reconcile orders --apply",
    ),
    "resumed": (AGELESS, "1,204 rows were deleted from orders-staging, by this run and earlier ones."),
    "clean": (CLEAN, "Nothing was deleted."),
    "none": (replace(DELETED, counts=CLEAN.counts), "Nothing was deleted."),
    "stopped while it counts": (
        replace(COUNTED, is_finished=False),
        "Nothing was deleted. To continue: scavenger reconcile orders",
    ),
    "on AWS": (
        ON_AWS,
        "1,204 rows were deleted from orders-staging. To start again: scavenger reconcile orders --on-aws --apply",
    ),
    "killed before": (replace(DELETED, is_exact=False), "At least 1,204 rows were deleted from orders-staging."),
}


@pytest.mark.parametrize(("report", "conclusion"), CONCLUSIONS.values(), ids=CONCLUSIONS)
def test_the_last_line_says_what_was_deleted(report: ReconcileReport, conclusion: str) -> None:
    """It has the command that comes next, if any."""
    assert lines_of(report)[-1] == conclusion


def test_the_last_line_is_bold(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what people look for."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    assert lines_of(CLEAN)[-1] == "\x1b[1mNothing was deleted.\x1b[0m"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("state", SCREENS)
def test_nothing_is_cut_on_a_narrow_terminal(state: str, width: int) -> None:
    """Only commands, which are copied, may be longer than the terminal."""
    text = draw(SCREENS[state], width)
    assert too_long(text, width, "scavenger reconcile", "aws stepfunctions") == []
    assert "…" not in text


@pytest.mark.parametrize("state", SCREENS)
def test_an_ascii_terminal_is_enough(state: str) -> None:
    """It has neither marks nor dots."""
    assert draw(SCREENS[state], encoding="ascii").split(": ")[0] in ("OK", "PROBLEM")


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (AGELESS, "12 rows skipped: createdAt does not show their age."),
        (DELETED, "2 rows skipped: changed after they were read."),
        (SUPERSEDED, "8 rows kept: receivedAt is not the same as in the message."),
        (
            COUNTED,
            "50 rows of orders-staging match no message and are older than 1h; the oldest is 22 h old.",
        ),
        (
            replace(COUNTED, unprocessed=1, older_than_s=5400),
            "1 row of orders-staging matches no message and is older than 90m; the oldest",
        ),
        (
            replace(COUNTED, unprocessed=3, older_than_s=0, oldest_unprocessed_s=None),
            "3 rows of orders-staging match no message. Nothing was deleted.",
        ),
        (replace(DELETED, has_zoneless=True), "Some rows have a createdAt without a time zone."),
        (replace(DELETED, is_exact=False), "An earlier run of this comparison was killed."),
        (replace(ON_AWS, is_exact=False), "Some segments were stopped before they told their counts"),
        (ON_AWS, "of their rows were compared: 4, 12 (AwsError); 7 (RefusedError). Why the first one did:"),
        (replace(DELETED, unanswered=1), "1 delete got no response"),
    ],
)
def test_what_was_left_out_or_is_uncertain_is_said(report: ReconcileReport, words: str) -> None:
    """The counts alone do not tell why."""
    assert words in " ".join(" ".join(lines_of(report)).split())


@pytest.mark.parametrize("report", [replace(COUNTED, unprocessed=0), replace(COUNTED, is_by_message=True)])
def test_without_unprocessed_rows_nothing_is_said_of_them(report: ReconcileReport) -> None:
    """If messages are scanned, they are not known."""
    assert "match no message" not in " ".join(lines_of(report))


def test_if_messages_are_scanned_they_are_counted() -> None:
    """The rows are among them."""
    counts = Counter({"deletable": 2, "without a row of its own": 5})
    report = replace(COUNTED, is_by_message=True, counts=counts)
    assert [line.split() for line in lines_of(report)[2:4]] == [["messages", "7"], ["without", "a", "row", "5"]]
    assert (to_json(report)["rows"], to_json(report)["messages_without_a_row_of_their_own"]) == (2, 5)


@pytest.mark.parametrize("report", [COUNTED, DELETED, STOPPED, AGELESS, SUPERSEDED, replace(CLEAN, deployment=None)])
def test_the_json_is_as_its_schema_says(report: ReconcileReport) -> None:
    """Its verdict is the sentence of the screen."""
    result = {"schema_version": 1, **json.loads(json.dumps(to_json(report)))}
    check_result("reconcile", result)
    assert lines_of(report)[0].endswith(result["verdict"])


def test_the_documented_json_is_as_the_schema_says() -> None:
    """It is an example in the reference."""
    check_result("reconcile", documented_example("reconcile"))


@pytest.mark.parametrize(("error", "code"), [(ExplainedError("No."), 1), (NoAwsError("No."), 3)])
def test_an_error_is_a_part_of_the_result(error: ExplainedError, code: int) -> None:
    """Its exit code is that of the command."""
    report = replace(STOPPED, error=error)
    assert (to_json(report)["error"], report.exit_code) == ({"message": "No.", "exit_code": code}, code)


def test_the_command_has_the_options_that_were_given() -> None:
    """Defaults are left out."""
    tables = ("--staging", "s", "--messages", "m")
    defaults = APPLY._replace(max_read_units=None, max_write_units=None, is_confirmed=False)
    assert command_for(("orders",), defaults, is_applied=True) == "scavenger reconcile orders --apply"
    given = APPLY._replace(older_than_s=5400, age_attribute="a b", max_read_units=None, max_write_units=2.5)
    words = "--staging s --messages m --older-than 90m --age-attribute 'a b' --max-write-units 2.5"
    assert command_for(tables, given, is_applied=False) == f"scavenger reconcile {words}"
    assert command_for(tables, given, is_applied=True) == f"scavenger reconcile {words} --apply --yes"
