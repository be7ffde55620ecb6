"""What status finds, and how it shows it: each test changes one thing in the facts of a healthy deployment."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import typer
from rich.console import Console
from scavenger_ops.cli import app
from scavenger_ops.status.alarms import KEYS
from scavenger_ops.status.as_json import to_json
from scavenger_ops.status.consistency import RESULTS
from scavenger_ops.status.facts import (
    MISSING,
    AlarmFacts,
    BucketFacts,
    Facts,
    FunctionFacts,
    FunctionSettings,
    MappingFacts,
    MetricFacts,
    TableFacts,
    Unknown,
)
from scavenger_ops.status.findings import find_problems
from scavenger_ops.status.report import make_report
from scavenger_ops.status.screen import show_screen
from scavenger_ops.status.series import MetricSeries
from support.aws_cli import read_command

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
STREAM = "arn:aws:dynamodb:us-east-1:000000000000:table/orders-messages/stream/2026-11-01T00:00:00.000"
KEY = {"messageId": "S", "createdAt": "N"}
MESSAGES = TableFacts("orders-messages", "ACTIVE", item_count=9, write_units=5, stream_arn=STREAM, key=KEY)
STAGING = TableFacts("orders-staging", "ACTIVE", item_count=1234, write_units=5, stream_arn=None, key=KEY)
MAPPING = MappingFacts(
    uuid="11111111-2222-3333-4444-555555555555",
    state="Enabled",
    state_reason="User action",
    changed_at=NOW - timedelta(days=9),
    last_result="OK",
    batch_size=100,
    window_s=60,
    failure_bucket_name="failures",
    stream_arn=STREAM,
    messages_table_name="orders-messages",
    messages_table=MESSAGES,
    counts_events=True,
)
SETTINGS = FunctionSettings("orders-staging", "failures", "orders", staging_key=KEY)
FUNCTION = FunctionFacts("Active", None, "Successful", None, "/aws/lambda/orders", SETTINGS, timeout_s=60)
ALARMS = tuple(
    AlarmFacts(f"orders-{key}", "", "OK", NOW - timedelta(days=9), has_actions=True, is_silenced=False, key=key)
    for key in KEYS
)
HEALTHY = Facts(
    name="orders",
    region="us-east-1",
    at=NOW,
    function=FUNCTION,
    concurrency=-1,
    mappings=(MAPPING,),
    staging_table=STAGING,
    bucket=BucketFacts("failures"),
    metrics=MetricFacts(*[MetricSeries()] * len(fields(MetricFacts))),
    all_alarms=ALARMS,
)

ENABLE = "aws lambda update-event-source-mapping --uuid 11111111-2222-3333-4444-555555555555 --enabled"
LOG = "aws logs tail /aws/lambda/orders --since 1h"
RECONCILE = "scavenger reconcile --staging orders-staging --messages orders-messages"
REDRIVE = "scavenger redrive --bucket failures --function orders"
QUARANTINE = "aws s3 ls --recursive s3://failures/aws/lambda/orders/quarantine/"
LOOK_AGAIN = "scavenger status --name orders"


def points(*values: float) -> MetricSeries:
    """Return a metric with these last values, one a minute."""
    times = [NOW - timedelta(minutes=number) for number in range(len(values), 0, -1)]
    return MetricSeries(tuple(zip(times, values, strict=True)))


def at_minutes_ago(values: Mapping[int, float]) -> MetricSeries:
    """Return a metric with these values, each by how many minutes ago it was."""
    return MetricSeries(tuple(sorted((NOW - timedelta(minutes=minutes), value) for minutes, value in values.items())))


def with_metrics(**series: MetricSeries | None) -> Facts:
    """Change metrics. Unless it is given, `received` agrees with the others."""
    if "received" not in series:
        results = [each for name, each in series.items() if name in RESULTS and each]
        times = sorted({time for each in results for time, _ in each.points})
        sums = [(time, sum(dict(each.points).get(time, 0) for each in results)) for time in times]
        series["received"] = MetricSeries(tuple(sums))
    return replace(HEALTHY, metrics=replace(HEALTHY.metrics, **series))


def with_function(**changes: Any) -> Facts:
    """Change the function."""
    return replace(HEALTHY, function=replace(FUNCTION, **changes))


def with_mapping(**changes: Any) -> Facts:
    """Change the event source mapping."""
    return replace(HEALTHY, mappings=(replace(MAPPING, **changes),))


def with_settings(**changes: Any) -> Facts:
    """Change the function's settings."""
    return with_function(settings=replace(SETTINGS, **changes))


def with_alarms(**changes: Mapping[str, Any]) -> Facts:
    """Change alarms, by their keys with underscores instead of hyphens."""
    changed = {key.replace("_", "-"): change for key, change in changes.items()}
    return replace(HEALTHY, all_alarms=tuple(replace(alarm, **changed.get(str(alarm.key), {})) for alarm in ALARMS))


def screen(facts: Facts, width: int = 80) -> str:
    """Return the screen without a terminal."""
    output = StringIO()
    show_screen(make_report(facts), Console(file=output, width=width, highlight=False))
    return output.getvalue()


def check(command: str) -> None:
    """Raise an error if the AWS CLI, or our CLI, does not accept the command."""
    match shlex.split(command):
        case ["aws", *_] as words:
            read_command(words)
        case ["scavenger", name, *options]:
            ours = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined] # it is a group
            ours.make_context(name, options)
        case words:
            raise AssertionError(words)


def ago(**time: float) -> datetime:
    """Return an earlier time."""
    return NOW - timedelta(**time)


CALL_FAILED = "PROBLEM: Function call failed"
ON_DEMAND = replace(STAGING, write_units=None)
THROTTLED = points(*[1] * 5)


@pytest.mark.parametrize(
    ("facts", "about", "words", "commands"),
    [
        (with_function(state="Failed", state_reason="no"), "function", "orders is Failed (no)", []),
        (with_function(state="Pending"), "function", "still prepares it", [LOOK_AGAIN]),
        (with_function(last_update_status="Failed", last_update_reason="no"), "function", "failed (no)", []),
        (with_settings(error="X is not set."), "function", "X is not set.", []),
        (with_settings(is_dry_run=True), "function", "only counts what it would delete", [RECONCILE]),
        (replace(HEALTHY, mappings=()), "trigger", "no event source mapping", []),
        (with_mapping(state="Deleting"), "trigger", "deletes event source mapping", []),
        (
            with_mapping(state="Disabled", changed_at=ago(hours=3)),
            "trigger",
            "Disabled for 3 h (User action)",
            [ENABLE],
        ),
        (with_mapping(state="Disabling", changed_at=ago(seconds=9)), "trigger", "for 9 s", [ENABLE]),
        (with_mapping(state="Disabled", changed_at=ago(hours=25)), "trigger", "have expired", [ENABLE, RECONCILE]),
        (with_mapping(stream_arn="old"), "trigger", "an old stream", [RECONCILE]),
        (with_mapping(messages_table=replace(MESSAGES, stream_arn=None)), "trigger", "is disabled", [RECONCILE]),
        (with_mapping(messages_table=TableFacts("m", MISSING, None, None, None)), "trigger", "m is missing", []),
        (
            with_mapping(last_result="PROBLEM: Cannot access stream"),
            "trigger",
            "'PROBLEM: Cannot access stream'. That is not a failed invocation",
            [],
        ),
        (with_metrics(errors=points(1, 2)), "faults", "3 errors in the last hour", [LOG]),
        (with_metrics(failed=points(2)), "faults", "2 failed records in the last hour", [LOG]),
        (
            replace(HEALTHY, concurrency=0),
            "throttling",
            "reserved concurrency is 0",
            ["aws lambda delete-function-concurrency --function-name orders"],
        ),
        (
            with_metrics(throttles=points(1)),
            "throttling",
            "1 throttle in the last hour",
            ["aws lambda get-account-settings"],
        ),
        (replace(with_metrics(throttles=points(2)), concurrency=3), "throttling", "(now 3)", []),
        (with_metrics(write_throttles=THROTTLED), "throttling", "raise its write capacity units (now 5)", []),
        (
            replace(with_metrics(write_throttles=THROTTLED), staging_table=ON_DEMAND),
            "throttling",
            "on demand",
            ["aws dynamodb describe-table --table-name orders-staging"],
        ),
        (replace(HEALTHY, staging_table=replace(STAGING, status=MISSING)), "staging", "is missing", []),
        (
            replace(HEALTHY, staging_table=replace(STAGING, status="ARCHIVED")),
            "staging",
            "is ARCHIVED",
            ["aws dynamodb describe-table --table-name orders-staging"],
        ),
        (with_metrics(lag_ms=points(1, 2 * 3_600_000)), "lag", "2 h behind", []),
        (with_metrics(lag_of_day_ms=points(20 * 3_600_000, 1)), "lag", "20 h behind", [RECONCILE]),
        (with_metrics(dropped=points(1, 1)), "given up", "dropped 2 records", [RECONCILE]),
        (replace(HEALTHY, bucket=BucketFacts("failures", exists=False)), "failure bucket", "is missing", []),
        (with_settings(failure_bucket_name=None), "failure bucket", "set for the function.", []),
        (with_mapping(failure_bucket_name=None), "failure bucket", "set for its event source mapping.", []),
        (
            replace(HEALTHY, bucket=BucketFacts("failures", waiting=1, oldest_at=ago(hours=3))),
            "failure bucket",
            "1 object waits, the oldest for 3 h",
            [REDRIVE],
        ),
        (
            replace(
                HEALTHY,
                bucket=BucketFacts("failures", waiting=5000, quarantined=2, has_more=True, oldest_at=ago(days=3)),
            ),
            "failure bucket",
            "5,000+ objects wait, 2+ quarantined, the oldest for at least 3 days",
            [QUARANTINE, REDRIVE],
        ),
        (
            with_alarms(errors={"state": "ALARM"}),
            "alarms",
            "orders-errors",
            ["aws cloudwatch describe-alarms --alarm-names orders-errors"],
        ),
    ],
)
def test_each_problem_is_one_finding_with_the_commands_that_fix_it(
    facts: Facts, about: str, words: str, commands: list[str]
) -> None:
    """There is no other finding. Its row is marked, and each command is on a line of its own, not wrapped."""
    (finding,) = find_problems(facts)
    assert finding.about == about
    assert words in f"{finding.what} {finding.remediation}"
    assert list(finding.commands) == commands
    for command in commands:
        check(command)
    lines = screen(facts, width=40).splitlines()
    assert [line.strip() for line in lines if line.strip() in commands] == commands
    assert [line for line in lines if line.startswith("!") and about in line]


@pytest.mark.parametrize(
    "facts",
    [
        HEALTHY,
        with_mapping(last_result="No records processed", state="Creating", changed_at=ago(minutes=14)),
        with_mapping(state="Updating", changed_at=ago(seconds=9)),
        with_mapping(last_result=CALL_FAILED),
        with_metrics(lag_ms=points(7_200_000, 61_000), lag_of_day_ms=points(18 * 3_600_000)),
        with_metrics(errors=points(0), throttles=points(0), dropped=points(0), given_up=points(7), failed=points(0)),
        # The function bridges that by itself, and Lambda delivers the records that it reports as failed again.
        with_metrics(write_throttles=points(9, 9, 9, 9), unprocessed=points(90), failed=points(4)),
        with_metrics(written=points(*[9] * 15), polled=points(9)),
        replace(HEALTHY, staging_table=replace(STAGING, status="UPDATING")),
        replace(HEALTHY, concurrency=3),
    ],
)
def test_what_passes_by_itself_is_not_a_finding(facts: Facts) -> None:
    """A table without traffic is not a finding either: it has no data points."""
    assert find_problems(facts) == []
    assert screen(facts).endswith("\nAll is well.\n")


CONSEQUENCES = replace(
    HEALTHY,
    metrics=replace(
        HEALTHY.metrics,
        lag_ms=points(7_200_000),
        lag_of_day_ms=points(20 * 3_600_000),
        errors=points(3),
        failed=points(3),
    ),
    all_alarms=with_alarms(errors={"state": "ALARM"}, iterator_age={"state": "ALARM"}).all_alarms,
)


@pytest.mark.parametrize(
    ("cause", "abouts"),
    [
        ({"function": replace(FUNCTION, settings=replace(SETTINGS, error="X is not set."))}, ["function", "lag"]),
        ({"staging_table": replace(STAGING, status=MISSING)}, ["staging", "lag"]),
        ({}, ["faults", "lag"]),
        # Its finding already has the command that counts the lost rows.
        ({"mappings": (replace(MAPPING, state="Disabled", changed_at=ago(hours=30)),)}, ["trigger", "faults"]),
        # These have other causes.
        ({"bucket": BucketFacts("failures", exists=False)}, ["faults", "lag", "failure bucket"]),
        ({"all_alarms": with_alarms(given_up={"state": "ALARM"}).all_alarms}, ["faults", "lag", "alarms"]),
    ],
)
def test_the_consequences_of_a_cause_are_not_findings(cause: dict[str, Any], abouts: list[str]) -> None:
    """Errors, lag and alarms are consequences. Records that may be lost have a command of their own, once."""
    found = find_problems(replace(CONSEQUENCES, **cause))
    assert [finding.about for finding in found] == abouts
    assert sum(RECONCILE in finding.commands for finding in found) == 1


def test_throttles_are_a_consequence_of_a_concurrency_of_zero() -> None:
    """There is one finding, about the concurrency."""
    (finding,) = find_problems(replace(with_metrics(throttles=points(9)), concurrency=0))
    assert "reserved concurrency is 0" in finding.what


def test_a_healthy_deployment_fits_on_a_screen() -> None:
    """The screen is 80 by 24 with the prompt below. Each number is beside its name."""
    busy, none = points(*[120.0] * 15), points(0)
    facts = with_metrics(
        lag_ms=points(75_000, 61_000), deleted=busy, received=busy, written=busy, polled=busy, errors=none
    )
    lines = screen(facts).splitlines()
    assert len(lines) <= 23
    assert max(len(line.rstrip()) for line in lines) <= 80
    text = " ".join(" ".join(lines).split())
    assert "Enabled; batches of 100 records or 60 s now last batch: 'OK' lag" in text
    assert "lag latest 61 s, maximum 75 s 15 min to 14:04" in text
    assert "inserts 120.0 a minute; 120.0 write units a minute 15 min to 14:04 deletes 120.0 a minute 15 min" in text
    assert "errors 0; records - failed" in text
    assert "staging 1,234 rows, counted about every six hours 6 h" in text


def test_what_is_not_known_is_listed_with_the_reason() -> None:
    """Status still shows the rest, and does not say that all is well."""
    denied = Unknown(("failure bucket",), "failure bucket", "s3:ListBucket", "S3 did not answer (AccessDenied).")
    silent = Unknown(("lag", "faults"), "metrics", None, "Read timeout.")
    lines = screen(replace(HEALTHY, bucket=None, metrics=MetricFacts(), unknown=(denied, silent)), 150).splitlines()
    assert "Not known: failure bucket. S3 did not answer (AccessDenied)." in lines
    assert "Not known: metrics. Read timeout." in lines
    assert lines[-1] == "What is known is fine, but not everything is known."
    not_known = [line.split("  ")[1].strip() for line in lines if line.startswith("?")]
    assert not_known == ["lag", "inserts", "deletes", "throttling", "faults", "given up", "failure bucket"]


def test_if_nothing_is_known_nothing_is_wrong() -> None:
    """Status invents nothing: each row is not known."""
    nothing = Facts("orders", "us-east-1", NOW)
    report = make_report(nothing)
    assert report.findings == ()
    assert {row.state for row in report.rows} == {"not known"}
    assert not report.is_well
    assert "All is well" not in screen(nothing)


def missing_facts() -> dict[str, Facts]:
    """Return facts by the name of the one fact that each of them lacks."""
    whole: Any = HEALTHY
    names = ("function", "concurrency", "mappings", "bucket", "staging_table", "all_alarms")
    nothing = {name: replace(whole, **{name: None}) for name in names}
    nothing |= {field.name: with_metrics(**{field.name: None}) for field in fields(MetricFacts)}
    nothing["messages table"] = with_mapping(messages_table=None)
    nothing["settings"] = with_function(settings=None)
    nothing["item count"] = replace(HEALTHY, staging_table=replace(STAGING, item_count=None))
    return nothing


@pytest.mark.parametrize("facts", missing_facts().values(), ids=missing_facts())
def test_no_fact_may_be_missing(facts: Facts) -> None:
    """Even without a reason, a row that lacks a fact is not known, and then not all is well."""
    report = make_report(facts)
    assert "not known" in {row.state for row in report.rows}
    assert not report.is_well
    assert "All is well" not in screen(facts)
    assert not to_json(report)["is_well"]


def test_json_has_the_result_the_findings_and_the_facts() -> None:
    """Times are in ISO 8601. Null is what is not known, or has no data points."""
    unknown = Unknown(("failure bucket",), "failure bucket", "p", "r")
    facts = replace(with_mapping(state="Disabled"), bucket=None, unknown=(unknown,))
    facts = replace(facts, metrics=replace(facts.metrics, errors=points(1, 2), dropped=None))
    told = json.loads(json.dumps(to_json(make_report(facts))))
    assert told["is_well"] is False
    assert [finding["about"] for finding in told["findings"]] == ["trigger", "faults"]
    assert told["at"] == "2026-11-23T14:05:00+00:00"
    assert told["triggers"][0]["messages_table"]["stream_arn"] == STREAM
    assert told["bucket"] is None
    assert told["unknown"] == [
        {"about": ["failure bucket"], "what": "failure bucket", "permission": "p", "reason": "r"}
    ]
    errors, given_up = told["metrics"]["errors"], told["metrics"]["given_up"]
    assert errors.pop("latest_at") == "2026-11-23T14:04:00+00:00"
    assert errors == {"window_s": 3600, "sum": 3, "maximum": 2, "latest": 2}
    assert given_up == {"window_s": 86400, "sum": None, "maximum": None, "latest": None, "latest_at": None}
    assert told["metrics"]["dropped"] is None
    assert to_json(make_report(HEALTHY))["is_well"] is True
    assert to_json(make_report(replace(HEALTHY, unknown=facts.unknown)))["is_well"] is False


def test_json_has_the_state_the_time_and_the_source_of_each_row() -> None:
    """They are the same as on the screen."""
    facts = replace(with_metrics(errors=points(3)), bucket=None)
    rows = {row["name"]: row for row in to_json(make_report(facts))["rows"]}
    assert rows["faults"] == {
        "name": "faults",
        "state": "wrong",
        "text": "errors 3; records - failed, - quarantined",
        "window": "1 h",
        "newest_at": "2026-11-23T14:04:00+00:00",
        "source": "CloudWatch GetMetricData: AWS/Lambda Errors, StagingScavenger Failed, StagingScavenger Quarantined",
    }
    assert rows["failure bucket"]["state"] == "not known"
    assert (rows["staging"]["state"], rows["staging"]["source"]) == ("fine", "DynamoDB DescribeTable")
    assert "StagingScavenger Failed" in screen(facts, width=200)


def test_a_rate_is_of_the_data_points_that_have_arrived() -> None:
    """Here the last three are missing. A burst counts as an average, and without points there is no rate."""
    busy = MetricSeries(points(*[120.0] * 15).points[:-3])
    text = " ".join(screen(with_metrics(deleted=busy, received=MetricSeries(busy.points[:1]))).split())
    assert "deletes 120.0 a minute" in text
    assert "inserts 10.0 a minute; - write units a minute" in text


FAILURES = pytest.mark.parametrize(
    ("metric", "row", "what", "shown"),
    [
        ("errors", "faults", "3 errors in the last hour", "errors 3;"),
        ("failed", "faults", "3 failed records in the last hour", "records 3 failed"),
        ("throttles", "throttling", "3 throttles in the last hour", "function 3"),
    ],
)


@FAILURES
def test_a_failure_is_over_after_15_minutes_of_zeros(metric: str, row: str, what: str, shown: str) -> None:
    """Its numbers stay, without a mark. One zero is enough: a quiet table has few. A new failure is a finding."""
    for zeros in (dict.fromkeys(range(1, 40), 0.0), {25: 0.0}):
        facts = with_metrics(**{metric: at_minutes_ago({50: 0, 40: 3, **zeros})})
        assert find_problems(facts) == []
        assert shown in " ".join(screen(facts).split())
        assert not [line for line in screen(facts).splitlines() if line.startswith("!")]
    (finding,) = find_problems(
        with_metrics(**{metric: at_minutes_ago({40: 2, **dict.fromkeys(range(2, 40), 0.0), 1: 1})})
    )
    assert finding.about == row
    assert f"{what}, the last 60 s ago." in finding.what


@FAILURES
def test_a_failure_without_15_minutes_of_zeros_is_not_known_to_be_over(
    metric: str, row: str, what: str, shown: str
) -> None:
    """It stays a finding for the hour, which says how long ago it was."""
    for after in ({}, {26: 0.0}, dict.fromkeys(range(26, 40), 0.0)):
        facts = with_metrics(**{metric: at_minutes_ago({50: 1, 40: 2, **after})})
        (finding,) = find_problems(facts)
        assert finding.about == row
        assert f"{what}, the last 40 min ago." in finding.what
        assert shown in " ".join(screen(facts).split())


@pytest.mark.parametrize("result", [CALL_FAILED, "FAILED"])
def test_a_failed_result_counts_if_failures_are_not_over(result: str) -> None:
    """The mapping keeps it until the next non-empty batch. Afterwards status only shows it as the last result."""
    failed = with_mapping(last_result=result)
    of_the_last = f"the last non-empty batch ended with '{result}'"
    for metric in ("errors", "failed"):
        metrics = {metric: at_minutes_ago({20: 1})}
        (finding,) = find_problems(replace(failed, metrics=replace(HEALTHY.metrics, **metrics)))
        assert finding.about == "faults"
        assert finding.what.startswith(f"Invocations fail: {of_the_last}; 1 ")
        assert list(finding.commands) == [LOG]
        over = replace(failed, metrics=with_metrics(**{metric: at_minutes_ago({20: 1, 4: 0})}).metrics)
        assert find_problems(over) == []
        lines = screen(over).splitlines()
        assert [line for line in lines if f"last batch: '{result}'" in line]
        assert max(len(line.rstrip()) for line in lines) <= 80


@pytest.mark.parametrize(
    ("refused", "not_known"),
    [
        (["errors"], "the errors of"),
        (["failed"], "the failed records of"),
        (["errors", "failed"], "the errors and failed records of"),
    ],
)
def test_a_failed_result_counts_if_the_failures_are_not_known(refused: list[str], not_known: str) -> None:
    """What is not known is not fine. Without such a result, it is not a finding either."""
    metrics = replace(HEALTHY.metrics, **dict.fromkeys(refused))
    (finding,) = find_problems(replace(with_mapping(last_result=CALL_FAILED), metrics=metrics))
    assert finding.about == "faults"
    assert finding.what.startswith(f"Invocations may fail: the last non-empty batch ended with '{CALL_FAILED}'")
    assert finding.what.endswith(f"; {not_known} the last hour are not known.")
    assert find_problems(replace(HEALTHY, metrics=metrics)) == []


def test_the_last_result_of_a_disabled_mapping_is_not_a_finding() -> None:
    """The mapping reports nothing new until it is enabled."""
    (finding,) = find_problems(with_mapping(state="Disabled", last_result="PROBLEM: Cannot access stream"))
    assert finding.commands[0] == ENABLE


def test_throttling_only_explains_failed_records_of_its_time() -> None:
    """Records that fail before it, or long after it, have another cause."""
    throttled = {"write_throttles": at_minutes_ago({40: 9}), "deleted": at_minutes_ago({24: 1})}
    assert find_problems(with_metrics(failed=at_minutes_ago({40: 2, 25: 2}), **throttled)) == []
    assert find_problems(with_metrics(failed=at_minutes_ago({41: 2, 26: 0}), **throttled)) == []
    for failed in ({40: 2, 10: 3}, {41: 3, 40: 2}):
        (finding,) = find_problems(with_metrics(failed=at_minutes_ago(failed), **throttled))
        assert finding.about == "faults"
        assert "3 failed records in the last hour" in finding.what
    (finding,) = find_problems(with_metrics(failed=at_minutes_ago({40: 2}), write_throttles=None))
    assert finding.about == "faults"


def test_unprocessed_items_do_not_explain_failed_records() -> None:
    """Server errors and broken connections leave unprocessed items too, and it may be that nothing is deleted."""
    each_minute = points(*[9.0] * 60)
    (finding,) = find_problems(with_metrics(failed=each_minute, unprocessed=each_minute, deleted=points(*[0.0] * 15)))
    assert finding.about == "faults"


@FAILURES
def test_a_failure_that_comes_back_is_not_over(metric: str, row: str, what: str, shown: str) -> None:
    """It is over after a longer pause than any other in the hour."""
    zeros = dict.fromkeys(range(1, 60), 0.0)
    facts = with_metrics(**{metric: at_minutes_ago(zeros | {58: 1.0, 38: 1.0, 18: 1.0})})
    (finding,) = find_problems(facts)
    assert finding.about == row
    assert what in finding.what
    assert shown in " ".join(screen(facts).split())
    assert find_problems(with_metrics(**{metric: at_minutes_ago(zeros | {58: 1.0, 40: 1.0, 22: 1.0})})) == []


def test_if_all_records_fail_that_is_a_finding_even_with_throttling() -> None:
    """Here 5,800 of 5,800 fail in an hour. A table that is throttled now and then accepts the retries in the end."""
    each_minute = dict.fromkeys(range(2, 60), 100.0)
    failed = {"failed": at_minutes_ago(each_minute), "received": at_minutes_ago(each_minute)}
    throttled = {"write_throttles": at_minutes_ago({59: 1, 45: 1, 31: 1, 17: 1, 3: 1})}
    zeros = dict.fromkeys(range(2, 60), 0.0)
    (finding,) = find_problems(with_metrics(**failed, **throttled, deleted=at_minutes_ago(zeros)))
    assert finding.about == "faults"
    assert "nothing was deleted for 59 min, and 5,800 records failed" in finding.what
    # The last delete was more than 15 minutes ago, and then less.
    for deleted in ({20: 9.0}, {17: 9.0}):
        (finding,) = find_problems(with_metrics(**failed, **throttled, deleted=at_minutes_ago(zeros | deleted)))
        assert "nothing was deleted" in finding.what
    assert (
        find_problems(with_metrics(**throttled, failed=failed["failed"], deleted=at_minutes_ago(zeros | {5: 9.0})))
        == []
    )


UUID = MAPPING.uuid
INCONSISTENT = {
    "invoked without metrics of its own": (
        {"invocations": at_minutes_ago(dict.fromkeys(range(1, 60), 2.0))},
        "inserts",
        "110 times without an error in the last hour, but the function published no metrics of its own",
        LOG,
    ),
    "passed the filter, but not received": (
        {
            "written": points(*[40.0] * 35),
            "polled": at_minutes_ago(dict.fromkeys(range(1, 36), 40.0)),
            "filtered_out": at_minutes_ago(dict.fromkeys(range(1, 36), 10.0)),
        },
        "inserts",
        "stream records passed the event filter since 13:05, but none reached function orders",
        f"aws lambda get-event-source-mapping --uuid {UUID}",
    ),
    "received no more": (
        {
            "polled": at_minutes_ago(dict.fromkeys(range(1, 36), 40.0)),
            "received": at_minutes_ago({30: 200.0}),
            "deleted": at_minutes_ago({30: 200.0}),
        },
        "inserts",
        "passed the event filter since 13:35",
        f"aws lambda get-event-source-mapping --uuid {UUID}",
    ),
    "neither deleted nor failed": (
        {"received": at_minutes_ago({20: 90.0}), "deleted": at_minutes_ago({20: 60.0, 19: 5})},
        "deletes",
        "received 90 records, but counted 65 as deleted",
        LOG,
    ),
    "no result at all": (
        {"received": at_minutes_ago({20: 90.0}), "deleted": at_minutes_ago({20: 0.0})},
        "deletes",
        "received 90 records, but counted 0 as deleted",
        LOG,
    ),
}


@pytest.mark.parametrize(("metrics", "about", "words", "command"), INCONSISTENT.values(), ids=INCONSISTENT)
def test_metrics_that_contradict_each_other_are_a_finding(
    metrics: dict[str, MetricSeries], about: str, words: str, command: str
) -> None:
    """There is one finding, and it says where to look."""
    (finding,) = find_problems(with_metrics(**metrics))
    assert finding.about == about
    assert words in finding.what
    assert list(finding.commands) == [command]
    check(command)


CONSISTENT = {
    "late": {"invocations": points(2, 2), "polled": points(*[40.0] * 4)},
    "a window of 5 min": {
        "polled": at_minutes_ago(dict.fromkeys(range(1, 10), 40.0)),
        "received": at_minutes_ago({10: 400, 9: 0}),
    },
    "all filtered out": {
        "written": points(*[9.0] * 50),
        "polled": points(*[40.0] * 50),
        "filtered_out": points(*[40.0] * 50),
    },
    "updates": {"received": points(*[9.0] * 50), "ignored": points(*[9.0] * 50)},
    "duplicates": {"received": points(*[9.0] * 50), "duplicates": points(*[9.0] * 50)},
    "a dry run": {"received": points(*[9.0] * 50), "would_delete": points(*[9.0] * 50)},
    "quarantined": {"received": points(*[9.0] * 50), "quarantined": points(*[9.0] * 50)},
    "a batch without records": {"received": at_minutes_ago({20: 0.0}), "invocations": at_minutes_ago({20: 1})},
    "of the last minutes": {"received": points(9, 9), "deleted": points(9)},
}


@pytest.mark.parametrize("metrics", CONSISTENT.values(), ids=CONSISTENT)
def test_metrics_that_agree_or_may_still_arrive_are_not_a_finding(metrics: dict[str, MetricSeries]) -> None:
    """They are late, a batch still fills, an invocation still runs, or the filter matches nothing."""
    rest = {name: at_minutes_ago({}) for name in ("deleted", "failed")}
    slow = replace(with_metrics(**{**rest, **metrics}), mappings=(replace(MAPPING, window_s=300),))
    if "received" in metrics and "polled" in metrics:
        metrics = {**metrics, "deleted": metrics["received"]}
        slow = replace(slow, metrics=replace(slow.metrics, deleted=metrics["received"]))
    assert find_problems(slow) == []


def test_events_that_a_mapping_does_not_count_are_not_known() -> None:
    """Without EventCount there are no points, as on a quiet table. Status does not say then that it reads nothing."""
    busy = with_metrics(written=points(*[9.0] * 20), received=points(*[9.0] * 20), deleted=points(*[9.0] * 20))
    for counts, said in (
        (False, "The mapping counts no events."),
        (None, "Lambda does not say whether the mapping counts events."),
    ):
        for facts in (HEALTHY, busy, with_metrics(written=points(*[9.0] * 20))):
            report = make_report(replace(facts, mappings=(replace(MAPPING, counts_events=counts),)))
            assert report.findings == ()
            assert {row.name for row in report.rows if row.state == "not known"} == {"inserts", "given up"}
            assert said in report.unknown[0].reason
            assert "metrics_config" in report.unknown[0].reason
    assert make_report(with_metrics(received=points(*[9.0] * 20), deleted=points(*[9.0] * 20))).is_well


def test_data_points_show_that_a_mapping_counts_events() -> None:
    """Zeros are points. The points of another mapping do not count."""
    silent = replace(MAPPING, counts_events=None)
    other = replace(silent, uuid="another")
    zeros = points(*[0.0] * 15)
    assert make_report(replace(with_metrics(polled=zeros), mappings=(silent,))).is_well
    facts = with_metrics(polled=MetricSeries(zeros.points, {silent.uuid: zeros, "another": MetricSeries()}))
    report = make_report(replace(facts, mappings=(silent, other)))
    assert [each.what for each in report.unknown] == [
        "what event source mapping another reads, sends to the failure bucket and drops"
    ]
    (finding,) = find_problems(replace(with_metrics(polled=zeros, written=points(*[9.0] * 15)), mappings=(silent,)))
    assert "has read nothing" in finding.what


def together(**parts: MetricSeries) -> MetricSeries:
    """Return the metric of several tables or mappings."""
    times = sorted({time for part in parts.values() for time, _ in part.points})
    sums = tuple((time, sum(dict(part.points).get(time, 0) for part in parts.values())) for time in times)
    return MetricSeries(sums, parts)


TWO = (
    replace(MAPPING, uuid="alive", messages_table_name="a"),
    replace(MAPPING, uuid="other", messages_table_name="b"),
)
EACH = points(*[5.0] * 50)


def with_two(**series: MetricSeries) -> Facts:
    """Return a deployment with two mappings. The function deletes the rows of the first one's records."""
    metrics = {"received": EACH, "deleted": EACH, "invocations": EACH, **series}
    return replace(with_metrics(**metrics), mappings=TWO)


def test_a_mapping_does_not_hide_another_that_reads_nothing() -> None:
    """Status names each mapping that reads nothing, and compares each with its own table."""
    written, nothing = points(*[1000.0] * 50), MetricSeries()
    for dead in (nothing, points(*[0.0] * 50)):
        facts = with_two(written=together(a=written, b=written), polled=together(alive=EACH, other=dead))
        (finding,) = find_problems(facts)
        assert "table b was written to, but event source mapping other has read nothing" in finding.what
    both = find_problems(
        with_two(written=together(a=written, b=written), polled=together(alive=nothing, other=nothing))
    )
    assert [f"mapping {uuid} has" in finding.what for finding, uuid in zip(both, ("alive", "other"), strict=True)]
    quiet = with_two(written=together(a=written, b=nothing), polled=together(alive=EACH, other=nothing))
    assert make_report(quiet).is_well


def test_a_mapping_does_not_hide_records_of_another_that_do_not_arrive() -> None:
    """The function's metrics do not distinguish mappings, but their sum is less than what was read."""
    polled = together(alive=EACH, other=points(*[1000.0] * 50))
    (finding,) = find_problems(with_two(polled=polled))
    assert finding.about == "inserts"
    assert "passed the event filter in the last hour, but only 250 reached function orders" in finding.what
    assert [command.split()[-1] for command in finding.commands] == ["alive", "other"]
    filtered = together(alive=MetricSeries(), other=points(*[1000.0] * 50))
    assert make_report(with_two(polled=polled, filtered_out=filtered)).is_well
    # Records in the failure bucket did not reach the function either, but are known. What fails may be read again.
    assert "only" not in " ".join(f.what for f in find_problems(with_two(polled=polled, given_up=points(60_000.0))))
    failed = at_minutes_ago({40: 1, **dict.fromkeys(range(2, 40), 0.0)})
    assert find_problems(with_two(polled=polled, errors=failed)) == []
    # A mapping that filters out more than it read until then takes nothing from the other.
    late = together(alive=points(*[9.0] * 50), other=MetricSeries())
    (finding,) = find_problems(with_two(polled=together(alive=EACH, other=points(*[9.0] * 50)), filtered_out=late))
    assert [command.split()[-1] for command in finding.commands] == ["other"]


def test_metrics_that_stop_are_noticed_within_the_hour() -> None:
    """The metrics of the first minutes do not make up for the missing ones."""
    invoked = at_minutes_ago(dict.fromkeys(range(1, 50), 5.0))
    told = at_minutes_ago({50: 5.0, 46: 5.0})
    (finding,) = find_problems(with_metrics(invocations=invoked, received=told, deleted=told))
    assert finding.about == "inserts"
    assert "205 times without an error since 13:19, but the function published no metrics" in finding.what
    # Invocations that fail publish none, and those that have just begun still will.
    for fit in (
        {"errors": at_minutes_ago({**dict.fromkeys(range(25, 46), 5.0), **dict.fromkeys(range(1, 25), 0.0)})},
        {"invocations": at_minutes_ago(dict.fromkeys((50, 46, 4, 3, 2, 1), 5.0))},
    ):
        metrics = {"invocations": at_minutes_ago(dict.fromkeys(range(25, 50), 5.0)), **fit}
        assert find_problems(with_metrics(received=told, deleted=told, **metrics)) == []


def test_writes_in_two_minutes_may_have_changed_nothing() -> None:
    """A condition that is not met consumes write units, and makes no record. Writes in three minutes are a sign."""
    assert find_problems(with_metrics(written=at_minutes_ago({10: 1.0}))) == []
    assert find_problems(with_metrics(written=at_minutes_ago({12: 1.0, 10: 900.0}))) == []
    (finding,) = find_problems(with_metrics(written=at_minutes_ago({12: 1.0, 10: 1.0, 8: 1.0})))
    assert "has read nothing" in finding.what


def test_records_filtered_out_a_minute_after_they_were_read_are_not_missing() -> None:
    """It does not matter which minute is the last that is compared."""
    for begin in range(1, 20):
        polled, filtered = at_minutes_ago({begin: 40.0}), at_minutes_ago({begin - 1: 40.0})
        assert find_problems(with_metrics(polled=polled, filtered_out=filtered)) == []


ODD = {
    "no state": (with_function(state=None), "function", "AWS did not return a state."),
    "another state": (with_function(state="Hibernating"), "function", "'Hibernating', which this version"),
    "another update": (with_function(last_update_status="Odd"), "function", "'Odd', which this version"),
    "no update": (with_function(last_update_status=None), "function", "AWS did not return a status."),
    "encrypted": (with_function(settings=None, settings_fault="no"), "function", "you are not allowed to use (no)"),
    "another mapping state": (with_mapping(state="Resting"), "trigger", "'Resting', which this version"),
    "enabling for long": (with_mapping(state="Enabling", changed_at=ago(hours=3)), "trigger", "Enabling for 3 h"),
    "another table status": (replace(HEALTHY, staging_table=replace(STAGING, status="COLD")), "staging", "'COLD'"),
    "of messages": (with_mapping(messages_table=replace(MESSAGES, status="COLD")), "trigger", "'COLD'"),
    "another bucket": (with_mapping(failure_bucket_name="more"), "failure bucket", "The mapping names another bucket"),
    "no alarms": (replace(HEALTHY, all_alarms=()), "alarms", "nothing notifies you when the deployment stops"),
    "another alarm state": (with_alarms(errors={"state": "DOZING"}), "alarms", "'DOZING', which this version"),
    "no data": (with_alarms(stopped={"state": "INSUFFICIENT_DATA"}), "alarms", "It has had no data for 9 days"),
}


@pytest.mark.parametrize(("facts", "about", "words"), ODD.values(), ids=ODD)
def test_an_unexpected_answer_is_not_known(facts: Facts, about: str, words: str) -> None:
    """It is neither wrong nor fine, and has a reason."""
    report = make_report(facts)
    assert report.findings == ()
    assert about in {row.name for row in report.rows if row.state == "not known"}
    assert [each for each in report.unknown if words in each.reason]
    assert not report.is_well


def test_a_new_alarm_without_a_state_is_fine() -> None:
    """CloudWatch needs minutes. Another alarm, which treats missing data as missing, may never have a state."""
    new = {"state": "INSUFFICIENT_DATA", "changed_at": ago(minutes=50)}
    assert make_report(with_alarms(errors=new)).is_well
    assert make_report(with_alarms(errors={"state": "INSUFFICIENT_DATA", "key": None})).rows[-1].state == "wrong"
    others = tuple(replace(alarm, key=None, state="INSUFFICIENT_DATA") for alarm in ALARMS)
    assert make_report(replace(HEALTHY, all_alarms=others)).is_well


def test_alarms_that_notify_nobody_are_shown() -> None:
    """No actions at all are the module's default, so it is not a finding."""
    mute = tuple(replace(alarm, has_actions=False) for alarm in ALARMS)
    report = make_report(replace(HEALTHY, all_alarms=mute))
    assert report.is_well
    assert report.rows[-1].text == "none of 8 on; no actions: they notify nobody"


def test_your_own_alarms_may_have_no_actions() -> None:
    """The module's alarms have some. Your own may also have disabled actions, as parts of other alarms have."""
    for change in ({"has_actions": False}, {"is_silenced": True}):
        own = replace(ALARMS[0], name="orders-mine", key=None, **change)  # type: ignore[arg-type]
        assert make_report(replace(HEALTHY, all_alarms=(*ALARMS, own))).is_well
        report = make_report(replace(HEALTHY, all_alarms=(own,)))
        assert (report.is_well, report.rows[-1].text) == (True, "none of 1 on; no actions: they notify nobody")


WRONG = {
    "no bucket, and no alarm given-up": (
        replace(
            with_settings(failure_bucket_name=None),
            mappings=(replace(MAPPING, failure_bucket_name=None),),
            bucket=None,
            all_alarms=ALARMS[:3] + ALARMS[4:],
        ),
        "failure bucket",
        "No failure bucket is set",
    ),
    "switched off": (with_alarms(stopped={"is_silenced": True}), "alarms", "The actions of 1 of 8 alarms are disabled"),
    "missing": (replace(HEALTHY, all_alarms=ALARMS[:7]), "alarms", "of this deployment are missing: orders-stopped."),
    "mute": (with_alarms(errors={"has_actions": False}), "alarms", "1 of 8 alarms have no actions"),
    "no partial responses": (with_mapping(reports_failures=False), "trigger", "without ReportBatchItemFailures"),
    "another key": (
        replace(HEALTHY, staging_table=replace(STAGING, key={"messageId": "S"})),
        "staging",
        "has the key messageId (S), but function orders is set to createdAt (N) and messageId (S)",
    ),
    "another type": (replace(HEALTHY, staging_table=replace(STAGING, key={**KEY, "createdAt": "S"})), "staging", "key"),
    "a key of messages": (with_mapping(messages_table=replace(MESSAGES, key={"id": "S"})), "trigger", "the key id (S)"),
    **{
        f"{name} {status}": (facts, row, f"is {status}")
        for status in (
            "CREATING",
            "DELETING",
            "ARCHIVING",
            "ARCHIVED",
            "INACCESSIBLE_ENCRYPTION_CREDENTIALS",
            "REPLICATION_NOT_AUTHORIZED",
        )
        for name, facts, row in (
            ("staging", replace(HEALTHY, staging_table=replace(STAGING, status=status)), "staging"),
            ("messages", with_mapping(messages_table=replace(MESSAGES, status=status)), "trigger"),
        )
    },
}


@pytest.mark.parametrize(("facts", "about", "words"), WRONG.values(), ids=WRONG)
def test_a_deployment_that_cannot_work_has_a_finding(facts: Facts, about: str, words: str) -> None:
    """There is one finding, with commands that can be run."""
    (finding,) = find_problems(facts)
    assert finding.about == about
    assert words in finding.what
    for command in finding.commands:
        check(command)
    assert not make_report(facts).is_well


def test_with_a_key_mapping_the_messages_table_may_have_another_key() -> None:
    """The function makes the staging key from it."""
    facts = with_settings(has_key_mapping=True)
    table = replace(MESSAGES, key={"id": "S"})
    assert make_report(replace(facts, mappings=(replace(MAPPING, messages_table=table),))).is_well


def test_throttles_have_no_stated_cause_if_the_limit_is_not_known() -> None:
    """The commands show both limits."""
    (finding,) = find_problems(replace(with_metrics(throttles=points(1)), concurrency=None))
    assert "It is not known" in finding.remediation
    assert len(finding.commands) == 2
    for command in finding.commands:
        check(command)


def test_the_age_of_a_lag_depends_on_the_timeout_of_the_function() -> None:
    """If an invocation may take 15 minutes, a point of 10 minutes ago shows the lag of now."""
    facts = replace(with_function(timeout_s=900), metrics=with_metrics(lag_ms=at_minutes_ago({10: 7_200_000})).metrics)
    (finding,) = find_problems(facts)
    assert finding.what.startswith("The function is 2 h behind, and no other finding")


def every_finding() -> list[Any]:
    """Return the findings of all facts in WRONG."""
    return [finding for facts, *_ in WRONG.values() for finding in find_problems(facts)]


def test_no_remediation_needs_another_configuration() -> None:
    """For example, make deploy would create a second stack, and a file of our clone may not exist."""
    lagging = [
        *find_problems(with_metrics(lag_ms=points(7_200_000))),
        *find_problems(replace(HEALTHY, mappings=())),
        *every_finding(),
    ]
    text = " ".join(f"{finding.remediation} {' '.join(finding.commands)}" for finding in lagging)
    for word in ("make deploy", "tfvars", "max_requests_in_flight", ".venv"):
        assert word not in text
    assert "batch_size, memory_size or parallelization_factor" in text


@pytest.mark.parametrize("polled", [MetricSeries(), points(*[0.0] * 15)])
def test_a_mapping_that_reads_nothing_of_the_writes_is_a_finding(polled: MetricSeries) -> None:
    """A mapping that never polled has no metric, and one that polls an old stream has zeros."""
    unread = with_metrics(written=points(*[600.0] * 15), polled=polled)
    (finding,) = find_problems(unread)
    assert finding.about == "trigger"
    assert "has read nothing in the last 15 minutes" in finding.what
    (command,) = finding.commands
    check(command)
    # Something else stops it.
    assert [
        found.about for found in find_problems(replace(unread, metrics=replace(unread.metrics, errors=points(3))))
    ] == ["faults"]


@pytest.mark.parametrize(
    ("written", "polled", "changed_at"),
    [
        (points(*[600.0] * 15), points(*[0.0] * 14, 1.0), ago(days=1)),
        # The metric of its polling has not arrived yet.
        (points(*[600.0] * 4), MetricSeries(), ago(days=1)),
        # It may not have begun to poll.
        (points(*[600.0] * 15), MetricSeries(), ago(minutes=14)),
        (points(*[0.0] * 15), points(*[0.0] * 15), ago(days=1)),
        (MetricSeries(), MetricSeries(), ago(days=1)),
        (points(*[600.0] * 15), None, ago(days=1)),
        (None, MetricSeries(), ago(days=1)),
    ],
)
def test_a_mapping_that_may_have_nothing_to_read_is_not_a_finding(
    written: MetricSeries | None, polled: MetricSeries | None, changed_at: datetime
) -> None:
    """A quiet table has nothing to read, and metrics may be late or not known."""
    assert (
        find_problems(
            replace(with_metrics(written=written, polled=polled), mappings=(replace(MAPPING, changed_at=changed_at),))
        )
        == []
    )


def test_a_lag_that_shrinks_is_not_a_finding() -> None:
    """For example after a pause: its row says so, without a mark. Records close to their expiry are still a finding."""
    hours = {minutes: (2 + minutes / 15) * 3_600_000 for minutes in range(1, 15)}
    facts = with_metrics(lag_ms=at_minutes_ago(hours))
    assert find_problems(facts) == []
    assert "lag latest 2 h and shrinking, maximum 2 h 15 min" in " ".join(screen(facts).split())
    (finding,) = find_problems(with_metrics(lag_ms=at_minutes_ago(hours), lag_of_day_ms=points(19.5 * 3_600_000)))
    assert "was 19 h behind" in finding.what


def test_a_lag_that_is_not_known_to_shrink_is_a_finding() -> None:
    """If Lambda has invoked nothing since, the finding says when the lag was measured."""
    (finding,) = find_problems(with_metrics(lag_ms=at_minutes_ago({14: 3 * 3_600_000, 10: 2 * 3_600_000})))
    assert finding.what.startswith(
        "The function was 2 h behind when Lambda last invoked it, 10 min ago, and no other finding"
    )
    facts = with_metrics(lag_ms=at_minutes_ago({3: 2 * 3_600_000}))
    (finding,) = find_problems(facts)
    assert finding.what.startswith("The function is 2 h behind, and no other finding")
    assert "latest 2 h, maximum 2 h" in screen(facts)


def test_a_dry_run_shows_what_it_counts() -> None:
    """The row of deletes says that they are only counted."""
    busy = points(*[120.0] * 15)
    facts = replace(with_settings(is_dry_run=True), metrics=with_metrics(would_delete=busy).metrics)
    assert "deletes 120.0 a minute, only counted (dry run)" in " ".join(screen(facts).split())


def test_a_short_lag_is_shown_without_a_trend() -> None:
    """A short lag does not matter, so neither does its trend."""
    assert "latest 30 min, maximum 50 min" in screen(with_metrics(lag_ms=points(3_000_000, 1_800_000)))


def test_a_table_without_a_count_is_not_shown_as_empty() -> None:
    """A table that DynamoDB creates has no count."""
    facts = replace(HEALTHY, staging_table=replace(STAGING, item_count=None))
    assert "? staging not known 6 h" in " ".join(screen(facts).split())
