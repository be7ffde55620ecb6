"""What status learns from the function's log."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from moto import mock_aws
from reconciler.aws.ask import RetryPolicy
from reconciler.aws.clients import connect
from scavenger import failure_bucket, telemetry
from scavenger.batch_delete import DeleteResult
from scavenger.quarantine import quarantine_records
from scavenger.records import ParsedBatch, Rejection
from scavenger.settings import KeyedTable, Settings
from scavenger_ops.logs.line import read_line
from scavenger_ops.status.failure_facts import LogFacts
from scavenger_ops.status.log import log_facts
from scavenger_ops.status.log_reader import ReadLog, read_log
from support.context import make_context
from support.failure_bucket import FakeBucket
from support.log_filter import is_found

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
RETRY_POLICY = RetryPolicy(attempt_timeout_s=5, total_timeout_s=5)
GROUP = "/aws/lambda/orders"
TABLE_ERROR = {"level": "ERROR", "errorType": "TableError", "errorMessage": "The staging table is missing."}

Quarantine = Callable[[str | None], list[str]]


def facts(*lines: str | dict[str, Any]) -> LogFacts:
    """Return the facts in these lines, one a minute."""
    return log_facts(ReadLog(tuple(minutes(*lines))))


def minutes(*lines: str | dict[str, Any]) -> list[Any]:
    """Return these lines with their times, one a minute, the last one of now."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    times = [NOW - timedelta(minutes=len(texts) - 1 - number) for number in range(len(texts))]
    read = (read_line(int(1000 * time.timestamp()), text) for time, text in zip(times, texts, strict=True))
    return [line for line in read if line]


@pytest.fixture
def quarantine(monkeypatch: pytest.MonkeyPatch) -> Quarantine:
    """Return a function that lets the function quarantine a record, and returns what it logs."""
    log = io.StringIO()
    monkeypatch.setattr(telemetry.logger.registered_handler, "stream", log)
    monkeypatch.setattr(failure_bucket, "s3_client", FakeBucket)

    def quarantine(bucket: str | None) -> list[str]:
        log.truncate(log.seek(0))
        batch = ParsedBatch(received=1, malformed=[Rejection("111", {"dynamodb": {}}, "its Keys are not an object")])
        settings = Settings(KeyedTable("staging", {"id": "S"}), bucket, 4)
        quarantine_records(batch, DeleteResult(accepted=True), settings, make_context())
        return log.getvalue().splitlines()

    return quarantine


def test_a_record_that_could_not_be_quarantined_is_not_kept(quarantine: Quarantine) -> None:
    """The lines are those that the function writes. The reason is the error that it logged."""
    found = facts(*quarantine(None))
    assert (found.unkept_records, found.quarantine_reasons) == (1, {})
    assert found.unkept_error == found.last_error
    assert found.unkept_error is not None
    assert found.unkept_error.sentence.startswith("The function has no failure bucket, so records cannot be")


def test_a_record_that_is_quarantined_later_is_kept(quarantine: Quarantine) -> None:
    """Lambda delivers it again. Another one is still not kept, and so is one that was kept before."""
    refused, kept = quarantine(None), quarantine("failures")
    found = facts(*refused, *kept)
    assert (found.unkept_records, found.unkept_error) == (0, None)
    assert found.quarantine_reasons == {"its Keys are not an object": 1}
    others = [line.replace('"111"', '"222"') for line in refused]
    assert facts(*refused, *others, *kept).unkept_records == 1
    assert facts(*kept, *refused).unkept_records == 1


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (TABLE_ERROR, "TableError: The staging table is missing."),
        ({"level": "ERROR", "message": "Deletes stopped", "reason": "No permission."}, "No permission."),
        ({"type": "platform.report", "record": {"status": "timeout"}}, "The invocation ended with timeout."),
        (
            {"type": "platform.report", "record": {"status": "error", "errorType": "Runtime.ExitError"}},
            "The invocation ended with error (Runtime.ExitError).",
        ),
        ("[ERROR] EventError: The event has no list of Records.\nTraceback", "EventError: The event has no list"),
        ("2026-11-23T14:04:00Z 1-2-3 Task timed out after 60.00 seconds", "Task timed out after 60.00 seconds"),
    ],
)
def test_the_last_error_is_a_sentence(line: str | dict[str, Any], sentence: str) -> None:
    """Whether the function logs it, the runtime or Lambda, in either log format."""
    found = facts({**TABLE_ERROR, "errorMessage": "An older error."}, line, {"level": "INFO", "message": "Batch done"})
    assert found.last_error is not None
    assert sentence in found.last_error.sentence
    assert found.last_error.at == NOW - timedelta(minutes=1)


@pytest.mark.parametrize(
    "line",
    [
        {"level": "INFO", "message": "Batch done"},
        {"level": "WARNING", "message": "Record quarantined"},
        {"type": "platform.report", "record": {"status": "success"}},
        {"type": "platform.start", "record": {}},
        {"_aws": {}, "Failed": 3},
        "START RequestId: 1-2-3 Version: $LATEST",
        "[1, 2]",
        "",
    ],
)
def test_other_lines_are_no_errors(line: str | dict[str, Any]) -> None:
    """Most lines of the log are of these kinds."""
    assert facts(line).last_error is None


def test_nothing_that_looks_like_a_secret_is_taken_from_the_log() -> None:
    """An error may have it, if a proxy answered."""
    found = facts({**TABLE_ERROR, "errorMessage": "x-amz-security-token: IQoJb3JpZ2luX2VjEJ"})
    assert found.last_error is not None
    assert "IQoJ" not in found.last_error.sentence


def test_the_log_of_the_last_hour_is_read() -> None:
    """All pages of it, also after an empty one. Older lines are not asked for."""
    times = [int((NOW - timedelta(minutes=minutes)).timestamp() * 1000) for minutes in (70, 50, 5)]
    events = [{"timestamp": time, "message": json.dumps(TABLE_ERROR)} for time in times]
    read = read_log(cast("Any", FakeLogs(events)), GROUP, NOW, RETRY_POLICY)
    assert [line.time_ms for line in read.lines] == times[1:]


def test_a_log_group_that_does_not_exist_has_no_lines() -> None:
    """Lambda makes it when it first invokes a function."""
    with mock_aws():
        assert read_log(connect("logs"), GROUP, NOW, RETRY_POLICY) == ReadLog(exists=False)


def test_cloudwatch_returns_only_the_lines_that_are_needed() -> None:
    """Most lines are of invocations that went well."""
    logs = FakeLogs([])
    read_log(cast("Any", logs), GROUP, NOW, RETRY_POLICY)
    lines: dict[str, dict[str, Any]] = {
        "error": TABLE_ERROR,
        "quarantined": {"level": "WARNING", "message": "Record quarantined"},
        "timeout": {"type": "platform.report", "record": {"status": "timeout"}},
        "success": {"type": "platform.report", "record": {"status": "success"}},
        "summary": {"level": "INFO", "message": "Batch done"},
        "debug": {"level": "DEBUG", "message": "Delete asked for"},
        "metrics": {"_aws": {}, "Failed": 0},
    }
    found = {name for name, line in lines.items() if is_found(line, logs.pattern)}
    assert found == {"error", "quarantined", "timeout"}


class FakeLogs:
    """A fake of CloudWatch Logs that returns the events one by one, with empty pages between them."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        """Take the events."""
        self.events = events
        self.pattern = ""

    def filter_log_events(self, **request: Any) -> dict[str, Any]:
        """Return a page."""
        self.pattern = request["filterPattern"]
        place = int(request.get("nextToken", "0"))
        page = [
            event
            for event in self.events[place // 2 : place // 2 + place % 2]
            if request["startTime"] <= event["timestamp"] <= request["endTime"]
        ]
        return {"events": page, **({"nextToken": str(place + 1)} if place < 2 * len(self.events) else {})}
