"""The report of a redrive begins with the verdict, and says what to do about each object that is left."""

import json
from functools import partial

import pytest
from reconciler.explained_error import NoAwsError
from scavenger_ops.redrive.as_json import to_json
from scavenger_ops.redrive.result import ListedObject, ObjectRemedy, RedriveResult, RedriveStatus
from scavenger_ops.redrive.screen import MOST_OBJECTS, show_screen
from support.drawn_screens import WIDTHS, draw, too_long
from support.schemas import check_result, documented_example

from bench.pictures.screens.redrive import BATCHES, DONE, LEFT, QUARANTINED, SCREENS, WAITING, make_report

GONE = RedriveResult("gone", RedriveStatus.GONE)


@pytest.mark.parametrize(
    ("state", "verdict"),
    {
        "empty": "✓ orders · us-east-1 · The failure bucket is empty.",
        "done": "✓ orders · us-east-1 · 3 of 3 objects redriven",
        "left": "✗ orders · us-east-1 · 1 of 4 objects is left",
        "dry run": "✓ orders · us-east-1 · 4 of 4 objects can be sent again, 1 of them quarantined",
    }.items(),
)
def test_the_first_line_is_the_verdict(state: str, verdict: str) -> None:
    """The rest is laid out under it."""
    assert draw(SCREENS[state]).splitlines()[0] == verdict


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("state", SCREENS)
def test_nothing_is_cut_on_a_narrow_terminal(state: str, width: int) -> None:
    """Only keys and commands, which are copied, may be longer than the terminal."""
    text = draw(SCREENS[state], width)
    assert too_long(text, width, "aws/lambda/", "scavenger redrive") == []
    assert "…" not in text


def test_a_terminal_of_40_columns_gets_blocks() -> None:
    """Columns of four characters cannot be read."""
    lines = draw(SCREENS["left"], 40).splitlines()
    begin = lines.index("retries exhausted")
    assert [line.split() for line in lines[begin + 1 : begin + 3]] == [["objects", "3"], ["left", "0"]]


def test_no_line_is_filled_with_spaces() -> None:
    """They would be copied, too."""
    assert [line for line in draw(SCREENS["left"]).splitlines() if line.startswith("  ") and line.endswith(" ")] == []


@pytest.mark.parametrize("state", SCREENS)
def test_an_ascii_terminal_is_enough(state: str) -> None:
    """It has neither marks nor dots."""
    assert draw(SCREENS[state], encoding="ascii").split(": ")[0] in ("OK", "PROBLEM")


def test_objects_are_counted_by_reason() -> None:
    """Each reason has its objects, those that are left, their records, and the age of the oldest."""
    lines = [" ".join(line.split()) for line in draw(SCREENS["left"], 160).splitlines()]
    assert "retries exhausted 3 0 300 4 h" in lines
    assert f"quarantined: {LEFT.reasons[0]} 1 1 1 5 h" in lines


def test_an_object_that_is_left_is_named_with_its_remedy() -> None:
    """The last line has the command that tries again."""
    lines = draw(SCREENS["left"], 160).splitlines()
    begin = lines.index(QUARANTINED)
    assert LEFT.problem in " ".join(line.strip() for line in lines[begin:])
    assert "    scavenger logs orders" in lines[begin:]
    assert lines[-1] == "When that is fixed, run it again: scavenger redrive orders"


def test_objects_with_the_same_remedy_share_it() -> None:
    """It would hide what differs."""
    results = [LEFT._replace(name=f"{number}") for number in range(3)]
    text = draw(partial(show_screen, make_report(results)))
    assert text.count(LEFT.remedy.text) == 1


def test_a_dry_run_names_the_objects_and_their_reasons() -> None:
    """The last line says that nothing was done, and how to do it."""
    lines = draw(SCREENS["dry run"], 160).splitlines()
    for name in (*BATCHES, QUARANTINED):
        assert name in lines
    assert "  100 records · 2 h · retries exhausted" in [line.rstrip() for line in lines]
    assert lines[-1] == "Nothing was sent or removed. To redrive 4 objects: scavenger redrive orders"


def test_a_dry_run_does_not_promise_that_quarantined_records_will_be_deleted() -> None:
    """The function quarantined them because it could not, and nothing may have changed."""
    warning = "A quarantined object is left again, unless what its reason names is fixed."
    assert warning in draw(SCREENS["dry run"], 160).splitlines()
    batches = make_report([each for each in WAITING if not each.reasons], is_dry_run=True)
    assert batches.verdict() == ("good", "3 of 3 objects can be sent again")
    assert warning not in draw(partial(show_screen, batches), 160)


@pytest.mark.parametrize(("results", "is_dry_run"), [([LEFT] * 30, False), (WAITING[:1] * 30, True)])
def test_the_number_of_objects_on_the_screen_is_limited(results: list[RedriveResult], *, is_dry_run: bool) -> None:
    """The JSON has all objects."""
    report = make_report(
        [each._replace(name=str(number)) for number, each in enumerate(results)], is_dry_run=is_dry_run
    )
    assert len(to_json(report)["objects"]) == 30
    assert f"... and {30 - MOST_OBJECTS} more. --json lists all of them." in draw(partial(show_screen, report))


def test_objects_that_were_not_tried_are_left() -> None:
    """The redrive was interrupted, or ended by an error."""
    report = make_report(DONE)
    report.listed = [*report.listed, ListedObject("late", 1, report.at)]
    assert report.verdict() == ("bad", "1 of 4 objects is left, 1 of them not tried")
    assert draw(partial(show_screen, report)).splitlines()[-1] == "Run it again for the rest: scavenger redrive orders"
    assert (report.exit_code, to_json(report)["objects"][-1]["result"]) == (1, "not_tried")


def test_objects_that_another_redrive_removed_are_not_left() -> None:
    """Two may run at once."""
    report = make_report([*DONE, GONE])
    assert report.verdict() == ("good", "3 of 4 objects redriven, 1 removed by another redrive")
    assert report.exit_code == 0


def test_a_dry_run_says_which_objects_cannot_be_redriven() -> None:
    """They need something else."""
    broken = RedriveResult("x", RedriveStatus.UNREADABLE, "It is no failure object.", ObjectRemedy("Look at it."))
    report = make_report([*WAITING, broken], is_dry_run=True)
    assert report.verdict() == ("bad", "1 of 5 objects cannot be redriven")
    assert "It is no failure object." in draw(partial(show_screen, report))


def test_a_prefix_without_objects_is_named() -> None:
    """The bucket may have others."""
    report = make_report([])
    report.prefix = "aws/lambda/one/"
    assert report.verdict() == ("good", "No object in the failure bucket begins with aws/lambda/one/.")


@pytest.mark.parametrize("results", [[], DONE, [*DONE, LEFT, GONE]])
def test_the_json_is_as_its_schema_says(results: list[RedriveResult]) -> None:
    """Its verdict is the sentence of the screen."""
    report = make_report(results)
    result = {"schema_version": 1, **json.loads(json.dumps(to_json(report)))}
    check_result("redrive", result)
    assert result["verdict"] in draw(partial(show_screen, report))
    assert result["is_done"] is (report.exit_code == 0)


def test_the_documented_json_is_as_the_schema_says() -> None:
    """It is an example in the reference."""
    check_result("redrive", documented_example("redrive"))


def test_an_error_is_a_part_of_the_result() -> None:
    """What was done until then is in it, too. Its exit code is that of the command."""
    report = make_report(DONE)
    report.error = NoAwsError("No network.")
    assert to_json(report)["error"] == {"message": "No network.", "exit_code": 3}
    assert (report.exit_code, report.is_done) == (3, False)


def test_unprintable_characters_are_escaped() -> None:
    """S3 accepts any character in a key."""
    text = draw(partial(show_screen, make_report([LEFT._replace(name="a\n\x1b[2Jb [red]x[/]")])))
    assert "a\\n\\x1b[2Jb [red]x[/]" in text.splitlines()
