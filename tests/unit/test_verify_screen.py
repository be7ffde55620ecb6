"""The screen of verify says whether the deployment works, what is left and, if it does not work, why."""

from dataclasses import replace

import pytest
from reconciler.explained_error import ExplainedError, NoAwsError
from scavenger_ops.verify.as_json import to_json
from scavenger_ops.verify.report import VerifyReport
from scavenger_ops.verify.screen import show_screen
from support.drawn_screens import WIDTHS, draw, too_long
from support.schemas import check_result, documented_example

from bench.pictures.screens.verify import BEGUN, LEFT, SCREENS, STOPPED, VERIFIED

TIMED_OUT = replace(BEGUN, is_timed_out=True, status=STOPPED)
VERDICTS = {
    "works": (VERIFIED, "✓ orders · us-east-1 · it works: the row was deleted after 61 s", 0),
    "left": (replace(VERIFIED, left=[LEFT]), "the row was deleted after 61 s, and 1 item may be left", 1),
    "not deleted": (TIMED_OUT, "✗ orders · us-east-1 · the row was not deleted within 5m", 1),
    "interrupted": (BEGUN, "? orders · us-east-1 · not verified", 1),
    "no network": (replace(BEGUN, error=NoAwsError("No network.")), "? orders · us-east-1 · not verified", 3),
}


def text_of(report: VerifyReport, width: int = 200, encoding: str = "utf-8") -> str:
    """Return what is shown."""
    return draw(lambda console: show_screen(report, console), width, encoding)


@pytest.mark.parametrize(("report", "line", "code"), VERDICTS.values(), ids=VERDICTS)
def test_the_first_line_is_the_verdict(report: VerifyReport, line: str, code: int) -> None:
    """The exit code agrees with it."""
    assert line in text_of(report).splitlines()[0]
    assert report.exit_code == code


@pytest.mark.parametrize("report", [each for each, _, _ in VERDICTS.values()], ids=VERDICTS)
def test_the_json_has_the_documented_form(report: VerifyReport) -> None:
    """With and without an error."""
    check_result("verify", {"schema_version": 1, **to_json(report)})


def test_the_documented_example_has_the_documented_form() -> None:
    """It is the result of the screen that works."""
    check_result("verify", documented_example("verify"))
    assert documented_example("verify") == {"schema_version": 1, **to_json(replace(VERIFIED))}


def test_each_problem_comes_with_its_fix() -> None:
    """As in status, and as data."""
    (problem,) = to_json(TIMED_OUT)["problems"]
    shown = text_of(TIMED_OUT)
    assert all(command in shown for command in problem["commands"])
    assert problem["what"] in shown
    assert "To verify again: scavenger verify orders" in shown


def test_without_the_permissions_of_status_the_reason_is_shown() -> None:
    """The verdict stays."""
    report = replace(BEGUN, is_timed_out=True, status_error=ExplainedError("Allow your role lambda:GetFunction."))
    shown = text_of(report)
    assert "The cause is not known: Allow your role lambda:GetFunction." in shown
    assert "No problem is found" not in shown


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SCREENS)
def test_only_what_is_copied_is_longer_than_the_terminal(name: str, width: int) -> None:
    """On a terminal with few characters, too."""
    for encoding in ("utf-8", "ascii"):
        shown = draw(SCREENS[name], width, encoding)
        assert too_long(shown, width, "aws dynamodb", "aws lambda", "orders-messages {", "To verify again") == []
