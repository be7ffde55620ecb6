"""An invocation logs one summary line and the same figures as metrics, and no attribute of an item."""

import io
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from scavenger import concurrency_limiter, failure_bucket, telemetry
from scavenger.handler import make_handler
from scavenger.metric_names import METRICS, METRICS_NAMESPACE
from scavenger.settings import KeyedTable, Settings
from scavenger.table_error import TableError
from scavenger_ops.logs.reading import PROBLEMS_PATTERN
from support.context import make_context
from support.dynamodb import Behaviour, FakeDynamoDB, fail_with, leave_unprocessed, reject_any_of
from support.events import KEY_TYPES, event, key, record
from support.failure_bucket import FakeBucket
from support.log_filter import is_found

SETTINGS = Settings(KeyedTable("staging", KEY_TYPES), "failures", 1)
SECRET = "A secret message"

Invoke = Callable[..., list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def bucket(monkeypatch: pytest.MonkeyPatch) -> FakeBucket:
    """Replace the failure bucket."""
    bucket = FakeBucket()
    monkeypatch.setattr(failure_bucket, "s3_client", lambda: bucket)
    return bucket


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Invoke:
    """Return a function that invokes the handler and returns the lines that it wrote."""
    log = io.StringIO()
    monkeypatch.setattr(telemetry.logger.registered_handler, "stream", log)
    monkeypatch.setattr(concurrency_limiter, "SHORTEST_BACKOFF_S", 0.0)

    def invoke(
        *records: Any,
        behaviours: tuple[Behaviour, ...] = (),
        remaining_s: float = 60.0,
        settings: Settings = SETTINGS,
    ) -> list[dict[str, Any]]:
        make_handler(settings, FakeDynamoDB(*behaviours).client)(event(*records), make_context(remaining_s))
        return [json.loads(line) for line in (log.getvalue() + capsys.readouterr().out).splitlines()]

    return invoke


def figures(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of the only summary line."""
    (summary,) = [line for line in lines if line.get("message") == "Batch done"]
    return {field: summary[field] for field in METRICS if field in summary}


def test_the_summary_has_every_figure(invoke: Invoke) -> None:
    """30 deletes, of which 5 are unprocessed once, and a duplicate, an ignored and a malformed record."""
    records = [record(number) for number in range(30)]
    others = [record(3), record(40, event_name="MODIFY"), record(41, Keys=None)]
    summary = figures(invoke(*records, *others, behaviours=(leave_unprocessed(5),)))
    assert summary.pop("oldest_record_age_s") > 0
    assert summary == {
        "received": 33,
        "deleted": 30,
        "duplicates": 1,
        "ignored": 1,
        "quarantined": 1,
        "failed": 0,
        "requests": 2,
        "unprocessed": 5,
        "write_units": 30.0,
    }


def test_a_bad_record_that_is_left_for_the_next_delivery_counts_as_failed(invoke: Invoke) -> None:
    """It comes after a row that is not deleted. The bad record before that is quarantined now."""
    summary = figures(invoke(record(1, Keys=None), record(2), record(3, Keys=None), remaining_s=2.0))
    assert (summary["failed"], summary["quarantined"]) == (2, 1)


@pytest.mark.parametrize("remaining_s", [60.0, 2.0])
@pytest.mark.parametrize("is_writable", [True, False])
def test_every_record_is_accounted_for(
    invoke: Invoke, bucket: FakeBucket, *, is_writable: bool, remaining_s: float
) -> None:
    """Received = deleted + duplicates + ignored + quarantined + failed, whatever goes wrong."""
    bucket.is_writable = is_writable
    records = [record(1), record(1), record(2, event_name="REMOVE"), record(3), {}, record(5)]
    summary = figures(invoke(*records, remaining_s=remaining_s, behaviours=(reject_any_of(key(3)),) * 9))
    parts = [summary[part] for part in ("deleted", "duplicates", "ignored", "quarantined", "failed")]
    assert summary["received"] == sum(parts) == 6
    assert (
        parts
        == {
            (60.0, True): [2, 1, 1, 2, 0],
            (60.0, False): [2, 1, 1, 0, 2],
            (2.0, True): [0, 1, 1, 1, 3],
            (2.0, False): [0, 1, 1, 0, 4],
        }[remaining_s, is_writable]
    )


def test_the_filter_of_errors_finds_the_batches_with_failed_records(invoke: Invoke) -> None:
    """It is applied to the lines that the function writes."""
    found = [is_found(line, PROBLEMS_PATTERN) for line in invoke(record(1))]
    found_after = [is_found(line, PROBLEMS_PATTERN) for line in invoke(record(2), remaining_s=1.0)]
    assert (sum(found), sum(found_after)) == (0, 1)


def test_an_invocation_that_raises_reports_all_records_as_failed(invoke: Invoke) -> None:
    """The worst errors must not be invisible in the metrics."""
    with pytest.raises(TableError):
        invoke(record(1), record(2), behaviours=(fail_with("AccessDeniedException"),))
    lines = invoke()
    summary = next(line for line in lines if line.get("message") == "Batch done")
    embedded = next(line for line in lines if "_aws" in line)
    assert (summary["received"], summary["deleted"], summary["failed"]) == (2, 0, 2)
    assert embedded["Failed"] == [2.0]


def test_the_metrics_are_the_figures_of_the_summary(invoke: Invoke) -> None:
    """CloudWatch reads them from the log, in the embedded metric format."""
    lines = invoke(record(1), record(2))
    (embedded,) = [line for line in lines if "_aws" in line]
    (directive,) = embedded["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == METRICS_NAMESPACE
    assert directive["Dimensions"] == [["service"]]
    expected = figures(lines)
    assert {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]} == {
        name: unit for field, (name, unit) in METRICS.items() if field not in ("would_delete", "superseded")
    }
    assert {field: embedded[METRICS[field][0]] for field in expected} == {
        field: [value] for field, value in expected.items()
    }


def test_a_dry_run_reports_how_many_rows_it_would_delete(invoke: Invoke) -> None:
    """It also reports that it deleted none. With both figures, every record is accounted for."""
    settings = replace(SETTINGS, is_dry_run=True)
    lines = invoke(record(1), record(2), record(2), record(3, Keys=None), settings=settings)
    summary, (embedded,) = figures(lines), [line for line in lines if "_aws" in line]
    parts = [summary[part] for part in ("would_delete", "deleted", "duplicates", "quarantined", "failed", "requests")]
    assert parts == [2, 0, 1, 1, 0, 0]
    assert (embedded["WouldDelete"], embedded["Deleted"]) == ([2.0], [0.0])


def test_superseded_rows_are_a_figure_of_their_own(invoke: Invoke) -> None:
    """They are not deleted. Without match attributes there is no such figure, and no such metric to pay for."""
    settings = replace(SETTINGS, match_attributes={"version": "createdAt"})
    lines = invoke(record(1), record(2), settings=settings, behaviours=(fail_with("ConditionalCheckFailedException"),))
    summary, (embedded,) = figures(lines), [line for line in lines if "_aws" in line]
    assert [summary[part] for part in ("received", "superseded", "deleted", "failed", "write_units")] == [2, 1, 1, 0, 2]
    assert embedded["Superseded"] == [1.0]
    assert (summary["unprocessed"], SECRET in str(lines)) == (0, False)


def test_each_invocation_has_its_own_metrics(invoke: Invoke) -> None:
    """An execution environment serves many invocations."""
    invoke(record(1), record(2))
    embedded = [line for line in invoke(record(3)) if "_aws" in line]
    assert [line["Received"] for line in embedded] == [[1.0]]


def test_a_batch_without_a_creation_time_has_no_age(invoke: Invoke) -> None:
    """An age of zero would be wrong."""
    lines = invoke(record(1, ApproximateCreationDateTime=None))
    assert "oldest_record_age_s" not in figures(lines)
    assert not any("OldestRecordAge" in line for line in lines)


def test_a_quarantined_record_is_logged_with_its_number_its_reason_and_its_object(
    invoke: Invoke, bucket: FakeBucket
) -> None:
    """So it can be found. The line has nothing of its content."""
    lines = invoke(record(7, Keys={"id": {"S": [SECRET]}}))
    (warning,) = [line for line in lines if line.get("level") == "WARNING"]
    assert (warning["sequence_number"], warning["reason"], [warning["object"]]) == (
        "1007",
        "its Keys are not exactly the key attributes of the staging table: createdAt, messageId",
        [*bucket.objects],
    )


def test_records_that_cannot_be_quarantined_are_logged_with_what_to_do(invoke: Invoke, bucket: FakeBucket) -> None:
    """They block their shard until the cause is fixed."""
    bucket.is_writable = False
    (error,) = [line for line in invoke(record(7, Keys={}), {}) if line.get("level") == "ERROR"]
    assert error["sequence_numbers"] == [None, "1007"]
    assert error["reason"].startswith("S3 stored no object in bucket failures (AccessDenied: Access Denied). Lambda")


RECORDS_WITH_SECRETS = (
    record(
        1,
        Keys={**key(1), "messageId": {"S": SECRET}},
        NewImage={"event": {"S": SECRET}},
        OldImage={"event": {"S": SECRET}},
    ),
    record(2, Keys={"id": {"S": {SECRET: SECRET}}}, NewImage={SECRET: {"S": SECRET}}),
    record(3, Keys={**key(1), "messageId": {"B": SECRET}}),
    record(3, Keys={**key(1), "messageId": SECRET, SECRET: SECRET}),
    record(4, event_name="MODIFY", NewImage={"event": {"S": SECRET}}),
)


@pytest.mark.parametrize("log_event", ["true", "false"])
def test_no_attribute_of_an_item_is_logged(invoke: Invoke, log_event: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither key nor image is, whatever environment variables Powertools has."""
    monkeypatch.setenv("POWERTOOLS_LOGGER_LOG_EVENT", log_event)
    assert SECRET not in json.dumps(invoke(*RECORDS_WITH_SECRETS))


def test_keys_are_logged_only_at_debug_level(invoke: Invoke) -> None:
    """They help to find a row. Its other attributes are never logged."""
    assert "message-1" not in json.dumps(invoke(record(1)))
    telemetry.logger.setLevel(logging.DEBUG)
    try:
        lines = invoke(record(1, NewImage={"event": {"S": SECRET}}))
    finally:
        telemetry.logger.setLevel(logging.INFO)
    (debug,) = [line for line in lines if line.get("level") == "DEBUG"]
    assert (debug["key"], debug["sequence_number"]) == (key(1), "1001")
    assert SECRET not in json.dumps(lines)


def test_errors_are_in_the_summary_by_name(invoke: Invoke) -> None:
    """They say why deletes were sent again."""
    (summary,) = [
        line
        for line in invoke(record(1), behaviours=(fail_with("ThrottlingException"),))
        if line.get("message") == "Batch done"
    ]
    assert summary["faults"] == {"ThrottlingException": 1}


def test_timestamps_have_the_form_that_lambda_reads(invoke: Invoke) -> None:
    """Lambda treats a line with another form as INFO, and keeps or drops it accordingly."""
    (summary,) = [line for line in invoke(record(1)) if line.get("message") == "Batch done"]
    assert "T" in summary["timestamp"]
    assert summary["timestamp"].endswith("+00:00")
