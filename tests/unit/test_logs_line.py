"""A line of the log shows what the function is known to log, and nothing else."""

import ast
import json
from typing import Any

import pytest
from scavenger.metric_names import METRICS
from scavenger_ops.logs.known_fields import KNOWN_FIELDS
from scavenger_ops.logs.line import LogLine, read_line
from scavenger_ops.toolchain import ROOT
from support.log_events import ASKED_FOR, DENIED, LEFT_OUT, OBJECT, QUARANTINED, RAISED, SHOWN, STOPPED, SUMMARY, line

SECRET = "A secret message"


def read(told: dict[str, Any] | str) -> LogLine:
    """Return a line that is shown."""
    found = read_line(1, told if isinstance(told, str) else json.dumps(told))
    assert found
    return found


def shown(told: dict[str, Any] | str) -> str:
    """Return everything of a line that is shown, on the screen or in JSON."""
    found = read(told)
    return " ".join([found.level, found.sentence, found.message, *found.details, json.dumps(found.fields)])


def logged_fields() -> dict[str, set[str]]:
    """Return the fields of each message that the function's code logs, from its calls of the logger."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "lambda_src" / "scavenger").glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("logger.") and call.args:
                message = ast.literal_eval(call.args[0])
                found[message] = {str(keyword.arg) for keyword in call.keywords}
    return found


def test_every_field_that_the_function_logs_is_known() -> None:
    """Also those that its summary passes as extra: the figures of the metrics, and the errors by name."""
    logged = logged_fields()
    assert logged.pop("Batch done") == {"extra"}
    known = {message: set(fields) for message, fields in KNOWN_FIELDS.items()}
    assert known.pop("Batch done") == {*METRICS, "faults"}
    assert known == logged


@pytest.mark.parametrize(("told", "is_problem"), SHOWN.values(), ids=SHOWN)
def test_a_line_is_a_problem_if_something_failed(told: dict[str, Any], *, is_problem: bool) -> None:
    """A warning is one too."""
    assert read(told).is_problem == is_problem


def test_a_batch_shows_its_superseded_rows() -> None:
    """They are kept as they should be, so they are no problem."""
    found = read(SHOWN["a batch with superseded rows"][0])
    assert "superseded 8" in found.details
    assert found.fields["superseded"] == 8


@pytest.mark.parametrize("told", LEFT_OUT.values(), ids=LEFT_OUT)
def test_bookkeeping_is_left_out(told: dict[str, Any]) -> None:
    """It says nothing that the other lines do not say."""
    assert read_line(1, json.dumps(told)) is None


@pytest.mark.parametrize("text", ["START RequestId: a Version: 1", "END RequestId: a", "XRAY TraceId: 1-2", "", "\n"])
def test_bookkeeping_in_text_is_left_out(text: str) -> None:
    """Lambda writes it if the function's log is not JSON."""
    assert read_line(1, text) is None


def test_a_summary_shows_the_figures_that_tell_something() -> None:
    """A zero is left out. JSON has all of them."""
    found = read(SUMMARY)
    assert (found.level, found.sentence, found.request_id) == ("INFO", "Batch done", "fc8b8ef2")
    assert list(found.details) == [
        "received 100",
        "deleted 98",
        "duplicates 1",
        "quarantined 1",
        "requests 5",
        "unprocessed 25",
        "write units 98",
        "oldest record age 61 s",
        "faults ThrottlingException 1",
    ]
    assert found.fields["ignored"] == 0


def test_a_dry_run_shows_that_nothing_was_deleted() -> None:
    """Zero deletes are shown."""
    assert {"deleted 0", "would delete 7"} <= set(read(SUMMARY | {"deleted": 0, "would_delete": 7}).details)


def test_an_error_shows_its_reason_as_a_sentence() -> None:
    """Its reason is in JSON too."""
    found = read(STOPPED)
    assert found.sentence == f"Deletes stopped: {DENIED}"
    assert (found.message, found.fields) == ("Deletes stopped", {"reason": DENIED})


def test_a_quarantined_record_shows_where_it_is() -> None:
    """The whole key of its object, to copy."""
    assert list(read(QUARANTINED).details) == [f"sequence number {'1' * 24}", f"object {OBJECT}"]


def test_records_that_are_not_kept_are_named() -> None:
    """One without a sequence number has no name."""
    message = "Records that cannot be deleted are not quarantined, but reported as failed"
    found = read(line("ERROR", message, reason="no", sequence_numbers=["12", None]))
    assert (found.sentence, list(found.details)) == (f"{message}: no", ["sequence numbers 12, none"])


def test_a_key_is_shown_only_at_debug_level() -> None:
    """The function logs keys only there."""
    assert list(read(ASKED_FOR).details) == ["key messageId=m-1", "sequence number 12"]
    assert "m-1" not in shown(ASKED_FOR | {"level": "INFO"})


def test_a_raised_error_shows_its_sentence_without_the_stack() -> None:
    """A stack names files only."""
    assert read(RAISED).sentence == f"TableError: {DENIED}"
    assert "handler.py" not in shown(RAISED)


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        ("success", None, "invocation: 1.2 s, 104 MB"),
        ("timeout", None, "invocation: timeout, 1.2 s, 104 MB"),
        ("error", "Runtime.ExitError", "invocation: error (Runtime.ExitError), 1.2 s, 104 MB"),
    ],
)
def test_an_invocation_shows_how_it_ended(status: str, error: str | None, expected: str) -> None:
    """In JSON and in text alike."""
    metrics = {"durationMs": 1203.2, "maxMemoryUsedMB": 104}
    record = {"requestId": "a", "status": status, "metrics": metrics} | ({"errorType": error} if error else {})
    assert read({"type": "platform.report", "record": record}).sentence == expected
    text = "REPORT RequestId: a\tDuration: 1203.2 ms\tBilled Duration: 2 ms\tMemory Size: 1 MB\tMax Memory Used: 104 MB"
    text += "" if status == "success" else f"\tStatus: {status}"
    text += f"\tError Type: {error}" if error else ""
    assert read(text).sentence == expected
    assert read(text).is_problem == (status != "success")


@pytest.mark.parametrize(
    "told",
    [
        line("INFO", "Something else", event=SECRET, deleted=SECRET),
        SUMMARY | {"item": SECRET, "Keys": {"messageId": {"S": SECRET}}},
        SUMMARY | {"deleted": SECRET, "requests": {"S": SECRET}, "failed": [SECRET]},
        SUMMARY | {"faults": {"Fault": SECRET}},
        STOPPED | {"reason": {"S": SECRET}},
        ASKED_FOR | {"level": "ERROR", "key": SECRET},
        {"type": "platform.report", "record": {"status": "success", "event": SECRET}},
        {"type": "platform.extension", "record": {}, "message": SECRET, "level": SECRET, "errorMessage": ""},
        RAISED | {"stackTrace": [SECRET], "event": SECRET},
    ],
    ids=repr,
)
def test_nothing_else_of_a_line_is_shown(told: dict[str, Any]) -> None:
    """Not an unknown field, and not a known one with another kind of value."""
    found = read_line(1, json.dumps(told))
    assert found is None or SECRET not in shown(told)


@pytest.mark.parametrize(
    "text",
    [
        "Task timed out after 3.00 seconds",
        "[ERROR] TableError: no",
        "scavenger.records.EventError: no",
        '"text"',
        "[1]",
    ],
)
def test_a_line_that_is_not_an_object_is_shown_as_it_is(text: str) -> None:
    """Its level is ERROR if it looks like one."""
    assert read(text).sentence == text
    assert read(text).is_problem == (text[0] not in '"[' or "ERROR" in text)


@pytest.mark.parametrize("text", ["[" * 100_000, "aws_secret_access_key=abc", "Authorization: abc", "\x1b[31m red"])
def test_text_is_redacted(text: str) -> None:
    """There is no credential, no control character and no more than a sentence in it."""
    found = read(text).sentence
    assert "abc" not in found
    assert found.isprintable()
    assert len(found) <= 400


def test_no_control_character_of_a_key_reaches_the_terminal() -> None:
    """Anybody can write an item."""
    found = read(ASKED_FOR | {"key": {"id": {"S": "a\x1b[31m\nb"}}})
    assert all(detail.isprintable() for detail in found.details)
