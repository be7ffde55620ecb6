"""How status tells the cause of a problem in words, and that it never calls a function well that lost records."""

import json
from dataclasses import replace
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from reconciler.aws.ask import RetryPolicy
from reconciler.aws.clients import connect
from scavenger_ops.status.facts import BucketFacts, Facts
from scavenger_ops.status.failure_facts import LogFacts, LoggedError, QuarantineReasons
from scavenger_ops.status.problem import Unknown
from scavenger_ops.status.problems import find_problems
from scavenger_ops.status.quarantine_reasons import read_reasons
from scavenger_ops.status.report import make_report
from scavenger_ops.status.storage import read_bucket
from support.status_facts import HEALTHY, RECONCILE, ago, at_minutes_ago, points, with_alarms, with_metrics

RETRY_POLICY = RetryPolicy(attempt_timeout_s=5, total_timeout_s=5)
ERROR = LoggedError(ago(minutes=2), "TableError: The staging table is missing.")
WAITING = BucketFacts("failures", waiting=3, quarantined=2, oldest_at=ago(hours=3))
DENIED = Unknown(("errors",), "the function's log", "logs:FilterLogEvents", "Denied.")


def cause(facts: Facts) -> str | None:
    """Return the cause of the only problem."""
    (problem,) = find_problems(facts)
    return problem.cause


def test_the_cause_of_failed_invocations_is_the_last_error_in_the_log() -> None:
    """It is told with its time."""
    facts = with_metrics(errors=points(3))
    assert cause(replace(facts, log=LogFacts(last_error=ERROR))) == f"{ERROR.sentence} (logged at 14:03:00 UTC)"
    assert cause(facts) == "not known: the log of the last hour has no error."


def test_without_the_permission_to_read_the_log_the_cause_is_not_known() -> None:
    """The permission is named. Without a problem, the row of errors is not known then."""
    facts = replace(HEALTHY, log=None, unknown=(DENIED,))
    (row,) = [row for row in make_report(facts).rows if row.name == "errors"]
    assert (row.state, make_report(facts).is_well) == ("not known", False)
    failing = replace(facts, metrics=with_metrics(errors=points(3)).metrics)
    assert cause(failing) == "not known: logs:FilterLogEvents is missing."
    assert cause(replace(failing, unknown=())) == "not known: the log could not be read."


def test_the_cause_of_quarantined_objects_are_the_reasons_in_them() -> None:
    """The most frequent first; the rest is counted."""
    reasons = QuarantineReasons({"rare": 1, "frequent": 1_200, "some": 3, "more": 2, "none": 1})
    told = cause(replace(HEALTHY, bucket=WAITING, quarantine_reasons=reasons))
    assert told == "1,200 records: frequent; 3 records: some; 2 records: more; and 2 other reasons."


def test_if_the_objects_may_not_be_read_the_log_has_the_reasons() -> None:
    """If it has none, it is not known, and why."""
    denied = replace(HEALTHY, bucket=WAITING, quarantine_reasons=QuarantineReasons(fault="s3:GetObject is missing."))
    assert cause(replace(denied, log=LogFacts(quarantine_reasons={"odd": 2}))) == "2 records: odd."
    assert cause(denied) == "not known: s3:GetObject is missing."
    assert make_report(denied).unknown == ()


def test_the_cause_of_exhausted_retries_is_the_last_error() -> None:
    """Lambda's own objects name no reason."""
    facts = replace(HEALTHY, bucket=replace(WAITING, quarantined=0))
    assert cause(facts) is None
    assert str(cause(replace(facts, log=LogFacts(last_error=ERROR)))).startswith(ERROR.sentence)


def test_the_cause_of_an_alarm_is_the_reason_of_its_state() -> None:
    """It is CloudWatch's."""
    facts = with_alarms(errors={"state": "ALARM", "reason": "Threshold Crossed"})
    assert cause(facts) == "orders-errors: Threshold Crossed"


LOST = LogFacts(last_error=ERROR, unkept_records=2, unkept_error=ERROR)


@pytest.mark.parametrize(
    "metrics",
    [{}, {"failed": points(2)}, {"failed": at_minutes_ago({50: 2, **dict.fromkeys(range(2, 50), 0.0)})}],
    ids=["without metrics", "failing", "over"],
)
def test_a_function_that_could_not_keep_a_record_is_never_well(metrics: dict[str, Any]) -> None:
    """Whatever its metrics say: there is one problem, with the command that finds the rows."""
    facts = replace(with_metrics(**metrics), log=LOST)
    (problem,) = find_problems(facts)
    assert (problem.about, problem.commands) == ("errors", (RECONCILE,))
    assert "could neither delete nor quarantine 2 records in the last hour" in problem.what
    assert str(problem.cause).startswith(ERROR.sentence)
    assert not make_report(facts).is_well


def test_errors_besides_records_that_could_not_be_kept_are_another_problem() -> None:
    """They may have another cause."""
    facts = replace(with_metrics(errors=points(1), failed=points(2)), log=LOST)
    whats = [problem.what for problem in find_problems(facts)]
    assert len(whats) == 2
    assert whats[1].startswith("Invocations fail: 1 error in the last hour")


def test_an_invoked_function_without_a_log_group_is_not_known() -> None:
    """Before the first invocation, that is fine."""
    without = replace(HEALTHY, log=LogFacts(exists=False))
    assert make_report(without).is_well
    invoked = replace(without, metrics=with_metrics(invocations=points(1)).metrics)
    (unknown,) = make_report(invoked).unknown
    assert "There is no log group /aws/lambda/orders." in unknown.reason


def test_the_reasons_of_the_newest_objects_are_read() -> None:
    """Nothing else of them: an item's attributes are in the payload. Something else in the bucket has no reasons."""
    folder = "aws/lambda/orders/quarantine/"
    bodies = {
        f"{folder}{number}": json.dumps({"reasons": [f"r{number}", "all"], "payload": "x"}) for number in range(6)
    }
    bodies |= {f"{folder}page": "<html>", f"{folder}large": " " * 1_000_001, "aws/lambda/uuid/shard/9": "{}"}
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="failures")
        for key, body in bodies.items():
            s3.put_object(Bucket="failures", Key=key, Body=body)
        keys = read_bucket(connect("s3"), "failures", RETRY_POLICY).newest_quarantined
        read = [f"{folder}{name}" for name in ("page", "1")]
        reasons = read_reasons(connect("s3"), "failures", read, RETRY_POLICY)
    assert len(keys) == 5
    assert all(key.startswith(folder) and "large" not in key for key in keys)
    assert reasons == QuarantineReasons({"r1": 1, "all": 1})


class RefusingBucket:
    """A fake of S3 that returns no object."""

    def __init__(self, code: str) -> None:
        """Take the code of the error."""
        self.code = code

    def get_object(self, **_: str) -> Any:
        """Raise an error of the client."""
        raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, "GetObject")


def test_objects_that_cannot_be_read_are_not_an_error() -> None:
    """The reason says whom the bucket allows, or is that of AWS."""
    denied = read_reasons(cast("Any", RefusingBucket("AccessDenied")), "failures", ["a"], RETRY_POLICY)
    assert denied.records == {}
    assert "s3:GetObject is missing, or the policy of the bucket does not allow" in str(denied.fault)
    gone = read_reasons(cast("Any", RefusingBucket("NoSuchKey")), "failures", ["a"], RETRY_POLICY)
    assert "GetObject" in str(gone.fault)
    assert "NoSuchKey" in str(gone.fault)
