"""How status reads AWS's answers that the deployment of the integration tests does not give."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws
from reconciler.aws.ask import RetryPolicy
from reconciler.aws.clients import connect
from reconciler.aws.errors import AwsError
from reconciler.explained_error import ExplainedError
from reconciler.function_name import FunctionName, parse_function_name
from scavenger_ops.status.alarms import choose_alarms, list_alarms
from scavenger_ops.status.cloudwatch import UnknownMetric, read_metrics
from scavenger_ops.status.facts import MISSING, BucketFacts
from scavenger_ops.status.function import function_facts
from scavenger_ops.status.series import MetricSeries
from scavenger_ops.status.storage import read_bucket, read_table
from scavenger_ops.toolchain import ROOT

RETRY_POLICY = RetryPolicy(attempt_timeout_s=5, total_timeout_s=5)
NAMES: Any = {"function": ["orders"], "staging": ["orders-staging"], "messages": [], "mapping": ["uuid-1", "uuid-2"]}
VARIABLES = {
    "STAGING_MESSAGES_TABLE_NAME": "orders-staging",
    "STAGING_MESSAGES_TABLE_KEY": '{"messageId": "S"}',
    "MAX_REQUESTS_IN_FLIGHT": "8",
    "FAILURE_BUCKET_NAME": "failures",
    "POWERTOOLS_SERVICE_NAME": "orders",
}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with mock_aws():
        yield


def publish(name: str, dimension: tuple[str, str], *points: tuple[float, float], namespace: str = "AWS/Lambda") -> None:
    """Publish a metric, of Lambda by default. Each point is how many minutes ago it was, and its value."""
    boto3.client("cloudwatch").put_metric_data(
        Namespace=namespace,
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [{"Name": dimension[0], "Value": dimension[1]}],
                "Timestamp": datetime.now(UTC) - timedelta(minutes=minutes),
                "Value": value,
            }
            for minutes, value in points
        ],
    )


def put_alarm(name: str, **settings: Any) -> None:
    """Create an alarm that is on."""
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name, EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold", Threshold=1, **settings
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="too high")


def of(dimension: str, value: str) -> dict[str, Any]:
    """Return a metric with this dimension."""
    dimensions = [{"Name": dimension, "Value": value}]
    return {"MetricName": "Errors", "Namespace": "AWS/Lambda", "Dimensions": dimensions}


def configuration(**changes: Any) -> dict[str, Any]:
    """Return the configuration of a function, as Lambda returns it."""
    plain = {"FunctionName": "orders", "State": "Active", "Environment": {"Variables": VARIABLES}}
    return {**plain, **changes}


def test_each_metric_is_read_in_its_own_window() -> None:
    """The newest point is the latest, though CloudWatch returns it first. Points before the window do not count."""
    publish("IteratorAge", ("FunctionName", "orders"), (3, 900), (3, 100), (1, 500), (20, 9_000))
    publish("Errors", ("FunctionName", "orders"), (50, 1), (70, 10))
    publish("Errors", ("FunctionName", "another"), (50, 100))
    metrics: Any = read_metrics(connect("cloudwatch"), NAMES, datetime.now(UTC), RETRY_POLICY)
    assert (metrics["lag_ms"].latest, metrics["lag_ms"].maximum) == (500, 900)
    assert metrics["lag_of_day_ms"].maximum == 9_000
    assert metrics["errors"].total == 1


def test_the_last_run_of_the_reconciler_is_found_after_a_week() -> None:
    """Each run is a point of its own, also a second one within the hour; of two within a minute, the worse counts."""
    run, week = ("service", "orders"), 7 * 24 * 60
    publish(
        "UnprocessedRows", run, (15 * 24 * 60, 9), (week + 30, 7), (week, 5), (week, 4), namespace="StagingScavenger"
    )
    publish("FailedSegments", run, (week + 30, 2), (week, 0), namespace="StagingScavenger")
    metrics: Any = read_metrics(connect("cloudwatch"), NAMES, datetime.now(UTC), RETRY_POLICY)
    assert [value for _, value in metrics["unprocessed_rows"].points] == [7, 5]
    assert [value for _, value in metrics["failed_segments"].points] == [2, 0]
    assert metrics["oldest_unprocessed_s"].points == ()


def test_metrics_of_several_mappings_are_added_up() -> None:
    """Also those of a day. A metric may have no points. Status does not ask for metrics whose resource has no name."""
    publish("DroppedEventCount", ("EventSourceMappingUUID", "uuid-1"), (1300, 1))
    publish("DroppedEventCount", ("EventSourceMappingUUID", "uuid-2"), (10, 2))
    metrics: Any = read_metrics(connect("cloudwatch"), NAMES, datetime.now(UTC), RETRY_POLICY)
    assert metrics["dropped"].total == 3
    assert [metrics["dropped"].of(name).total for name in ("uuid-1", "uuid-2", "uuid-3")] == [1, 2, None]
    assert metrics["retries_exhausted"].points == metrics["written"].points == ()
    assert "deleted" not in metrics


AT = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
POINT = {"Timestamps": [AT - timedelta(minutes=2)], "Values": [1.0], "StatusCode": "Complete"}
# The results of each query, page by page. All other queries have only the point.
RESULTS: dict[str, tuple[list[dict[str, Any]], ...]] = {
    "errors_0": ([{**POINT, "StatusCode": "PartialData"}], [{**POINT, "Timestamps": [AT - timedelta(minutes=3)]}]),
    "throttles_0": ([{**POINT, "StatusCode": "Forbidden"}],),
    "lag_ms_0": ([{**POINT, "StatusCode": "InternalError"}],),
    "write_throttles_0": (),
    "retries_exhausted_0": ([{**POINT, "StatusCode": "PartialData"}],),
    "dropped_1": ([], [{**POINT, "StatusCode": "Odd"}]),
    "polled_0": ([POINT, POINT],),
    "filtered_out_0": ([{**POINT, "Values": []}],),
    "invocations_0": ([{**POINT, "Values": [math.nan]}],),
    "lag_of_day_ms_0": ([{"Timestamps": [], "Values": []}],),
    "unprocessed_rows_0": ([{**POINT, "StatusCode": "Forbidden"}],),
    "oldest_unprocessed_s_0": (),
    "failed_segments_0": (),
}


class CloudWatch:
    """A fake of CloudWatch that answers in two pages."""

    def __init__(self, *messages: str) -> None:
        """Take the messages about the answer as a whole."""
        self.messages = messages

    def get_metric_data(self, **request: Any) -> dict[str, Any]:
        """Return a page."""
        page = int(request.get("NextToken", "0"))
        results = [
            {"Id": query["Id"], **result}
            for query in request["MetricDataQueries"]
            for result in (*RESULTS.get(query["Id"], ([POINT],)), [], [])[page]
        ]
        token = {} if page else {"NextToken": "1"}
        return {"MetricDataResults": results, "Messages": [{"Value": text} for text in self.messages], **token}


def test_a_metric_that_is_missing_in_an_answer_is_not_known() -> None:
    """It is not empty: an empty metric would be fine. The request as a whole succeeds."""
    metrics: Any = read_metrics(cast("Any", CloudWatch()), NAMES, AT, RETRY_POLICY)
    assert metrics.pop("errors").total == 2
    assert metrics.pop("written") == MetricSeries()
    assert metrics == {
        "throttles": UnknownMetric("Forbidden"),
        "lag_ms": UnknownMetric("InternalError"),
        "write_throttles": UnknownMetric("no result"),
        "retries_exhausted": UnknownMetric("PartialData"),
        "dropped": UnknownMetric("Odd"),
        "polled": UnknownMetric("two results in one answer"),
        "filtered_out": UnknownMetric("1 timestamps with 0 values"),
        "invocations": UnknownMetric("an impossible value"),
        "lag_of_day_ms": UnknownMetric("no result"),
        "unprocessed_rows": UnknownMetric("Forbidden"),
        "oldest_unprocessed_s": UnknownMetric("no result"),
        "failed_segments": UnknownMetric("no result"),
    }
    assert [name for name, metric in metrics.items() if metric.is_denial] == ["throttles", "unprocessed_rows"]


def test_a_message_about_the_whole_answer_makes_all_of_it_unknown() -> None:
    """AWS sends one if something is missing."""
    metrics = read_metrics(cast("Any", CloudWatch("too many")), {"function": ["orders"]}, AT, RETRY_POLICY)
    assert set(metrics.values()) == {UnknownMetric("too many")}


def read_alarms(parts: list[str], *, is_complete: bool = True) -> dict[str, Any]:
    """Return the alarms of orders, by name."""
    alarms = list_alarms(connect("cloudwatch"), "orders", RETRY_POLICY)
    return {alarm.name: alarm for alarm in choose_alarms(alarms, "orders", parts, is_complete=is_complete)}


@pytest.mark.parametrize("page", ["docs/how-to/alarms.md", "operations.md"])
def test_an_alarm_of_the_module_is_recognized_by_its_description(page: str) -> None:
    """An earlier version named another page."""
    description = f"Means. What to do: {page}, section stopped."
    put_alarm(
        "orders-stopped", **of("FunctionName", "orders"), Period=60, Statistic="Sum", AlarmDescription=description
    )
    assert read_alarms(["orders"])["orders-stopped"].key == "stopped"


def test_the_module_names_the_page_by_which_its_alarms_are_recognized() -> None:
    """The page is at the end of each description in modules/monitoring."""
    text = (ROOT / "modules" / "monitoring" / "alarms.tf").read_text()
    assert "What to do: docs/how-to/alarms.md, section ${key}." in text


def test_only_the_alarms_of_the_deployment_are_read() -> None:
    """An alarm of another deployment may have the same prefix, but has other dimensions, also in an expression."""
    statistic = {"Period": 60, "Statistic": "Sum"}
    theirs, ours = of("FunctionName", "orders-test"), of("EventSourceMappingUUID", "uuid-2")
    description = "Means. What to do: docs/how-to/alarms.md, section errors."
    put_alarm(
        "orders-errors", **of("FunctionName", "orders"), **statistic, AlarmDescription=description, AlarmActions=["arn"]
    )
    put_alarm("orders-test-errors", **theirs, **statistic)
    put_alarm("orders-dropped", **of("EventSourceMappingUUID", "uuid-9"), **statistic)
    for name, metric in (("orders-test-stopped", theirs), ("orders-stopped", ours)):
        query = {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False}
        put_alarm(name, Metrics=[query, {"Id": "e", "Expression": "FILL(m, 0)"}], ActionsEnabled=False)
    alarms = read_alarms(["orders", "uuid-2"])
    assert alarms.keys() == {"orders-errors", "orders-stopped"}
    errors, stopped = alarms["orders-errors"], alarms["orders-stopped"]
    assert (errors.state, errors.reason, errors.key) == ("ALARM", "too high", "errors")
    assert (errors.has_actions, errors.is_silenced) == (True, False)
    assert (stopped.key, stopped.has_actions, stopped.is_silenced) == (None, False, True)
    # If the mapping is not known, its alarms are recognized by their names.
    assert read_alarms(["orders"], is_complete=False).keys() == {"orders-errors", "orders-stopped", "orders-dropped"}


@pytest.mark.parametrize(
    "name",
    [
        "orders",
        "orders:$LATEST",
        "orders:live",
        "function:orders",
        "000000000000:function:orders",
        "arn:aws:lambda:us-east-1:000000000000:function:orders",
        "arn:aws-us-gov:lambda:us-east-1:000000000000:function:orders:7",
    ],
)
def test_a_function_has_several_forms_of_its_name(name: str) -> None:
    """CloudWatch uses the plain name."""
    assert parse_function_name(name, "us-east-1") == FunctionName("orders", "000000000000" if "0000" in name else None)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("arn:aws:lambda:eu-west-1:000000000000:function:orders", "Add --region eu-west-1"),
        ("arn:aws:s3:::bucket", "is not the name or ARN of a function"),
        ("", "is not the name or ARN of a function"),
        ("a b", "is not the name or ARN of a function"),
    ],
)
def test_a_name_of_something_else_is_refused(name: str, words: str) -> None:
    """Metrics and alarms are read in the Region of the AWS settings."""
    with pytest.raises(ExplainedError, match=words):
        parse_function_name(name, "us-east-1")


def test_the_failure_bucket_is_counted_up_to_a_limit() -> None:
    """Quarantined objects are counted separately. Objects with another prefix do not count."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="failures")
    for name in ("aws/lambda/orders/quarantine/1", "aws/lambda/uuid/shard/1", "aws/lambda/uuid/shard/2", "mine/1"):
        s3.put_object(Bucket="failures", Key=name, Body=b"{}")
    bucket = read_bucket(connect("s3"), "failures", RETRY_POLICY)
    assert (bucket.waiting, bucket.quarantined, bucket.has_more) == (3, 1, False)
    assert bucket.oldest_at is not None
    assert datetime.now(UTC) - bucket.oldest_at < timedelta(minutes=1)
    counted = read_bucket(connect("s3"), "failures", RETRY_POLICY, max_objects=2)
    assert (counted.waiting, counted.has_more) == (2, True)


class BrokenListing:
    """A fake of S3 that lists one object and says that there are more, but has no token for them."""

    def list_objects_v2(self, **_: str) -> dict[str, Any]:
        """Return a page."""
        return {"Name": "failures", "IsTruncated": True, "Contents": [{"Key": "aws/lambda/1", "LastModified": AT}]}


def test_a_listing_that_breaks_off_is_not_known() -> None:
    """It does not have all objects. A listing of another bucket is refused too."""
    with pytest.raises(AwsError, match="it has more pages, but no token for them"):
        read_bucket(cast("Any", BrokenListing()), "failures", RETRY_POLICY)
    with pytest.raises(AwsError, match="Name is not others"):
        read_bucket(cast("Any", BrokenListing()), "others", RETRY_POLICY)


def test_a_bucket_that_is_empty_or_missing_is_not_an_error() -> None:
    """The two have different facts."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="failures")
    assert read_bucket(connect("s3"), "failures", RETRY_POLICY) == BucketFacts("failures")
    assert read_bucket(connect("s3"), "another", RETRY_POLICY) == BucketFacts("another", exists=False)


@pytest.mark.parametrize(("billing_mode", "write_units"), [("PROVISIONED", 5), ("PAY_PER_REQUEST", None)])
def test_a_table_is_read_with_its_write_units_and_its_stream(billing_mode: str, write_units: int | None) -> None:
    """An on-demand table has no write units. A disabled stream counts as none, though it still has an ARN."""
    dynamodb = boto3.client("dynamodb")
    throughput: Any = (
        {"ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}} if write_units else {}
    )
    dynamodb.create_table(
        TableName="orders-messages",
        KeySchema=[{"AttributeName": "messageId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "messageId", "AttributeType": "S"}],
        BillingMode=cast("Any", billing_mode),
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        **throughput,
    )
    table = read_table(connect("dynamodb"), "orders-messages", RETRY_POLICY)
    assert table.key == {"messageId": "S"}
    assert (table.status, table.item_count, table.write_units) == ("ACTIVE", 0, write_units)
    assert table.stream_arn is not None
    assert "/orders-messages/stream/" in table.stream_arn
    dynamodb.update_table(TableName="orders-messages", StreamSpecification={"StreamEnabled": False})
    assert read_table(connect("dynamodb"), "orders-messages", RETRY_POLICY).stream_arn is None


class EchoingDynamoDB:
    """A fake of DynamoDB that returns the name that it was asked for."""

    def describe_table(self, **request: str) -> dict[str, Any]:
        """Return a table with that name, and nothing else."""
        return {"Table": {"TableName": request["TableName"]}}


def test_a_table_of_another_account_is_read_by_its_arn() -> None:
    """By its name, DynamoDB would return a table of this account, or none."""
    arn = "arn:aws:dynamodb:us-east-1:111111111111:table/orders"
    with pytest.raises(AwsError, match=f"DescribeTable for table {arn}"):
        read_table(cast("Any", EchoingDynamoDB()), "orders", RETRY_POLICY, arn)


def test_a_missing_table_is_not_an_error() -> None:
    """It has a status of its own."""
    assert read_table(connect("dynamodb"), "another", RETRY_POLICY).status == MISSING


def test_the_code_of_the_function_checks_its_settings() -> None:
    """Status takes nothing else from its environment."""
    settings = function_facts(configuration()).settings
    assert settings is not None
    assert (settings.staging_table_name, settings.failure_bucket_name) == ("orders-staging", "failures")
    assert settings.error is None
    assert settings.staging_key == {"messageId": "S"}
    assert not settings.has_key_mapping
    assert settings.match_attributes == {}
    matching = {**VARIABLES, "MATCH_ATTRIBUTES": '{"receivedAt": "acceptedAt"}'}
    compared = function_facts(configuration(Environment={"Variables": matching})).settings
    assert compared is not None
    assert compared.match_attributes == {"receivedAt": "acceptedAt"}
    broken = function_facts(configuration(Environment={"Variables": {**VARIABLES, "MAX_REQUESTS_IN_FLIGHT": "0"}}))
    assert broken.settings is not None
    assert broken.settings.error == "MAX_REQUESTS_IN_FLIGHT is '0': set it to a whole number from 1 to 50."
    bare = function_facts(configuration(Environment={})).settings
    assert bare is not None
    assert bare.error is not None
    assert "STAGING_MESSAGES_TABLE_NAME is not set" in bare.error


def test_settings_that_cannot_be_decrypted_are_not_known() -> None:
    """They do not count as missing. The log group is the default one, unless the function has another."""
    denied = {"ErrorCode": "AccessDeniedException", "Message": "no"}
    function = function_facts(configuration(Environment={"Error": denied}))
    assert function.settings is None
    assert function.log_group_name == "/aws/lambda/orders"
    assert function_facts(configuration(LoggingConfig={"LogGroup": "mine"})).log_group_name == "mine"
