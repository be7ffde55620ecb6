"""What the status command makes of AWS's answers, where the deployment of the integration tests gives no such ones."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from moto import mock_aws
from scavenger_ops.status.cloudwatch import read_alarms, read_metrics
from scavenger_ops.status.facts import MISSING, Bucket, Unknown
from scavenger_ops.status.function import read_function
from scavenger_ops.status.series import Series
from scavenger_ops.status.storage import read_bucket, read_table

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef

DIMENSIONS = {
    "function": ["orders"],
    "service": None,
    "staging": ["orders-staging"],
    "messages": [],
    "mapping": ["uuid-1", "uuid-2"],
}
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


def publish(name: str, dimension: tuple[str, str], *points: tuple[float, float]) -> None:
    """Publish a metric of Lambda's: minutes ago, and value."""
    boto3.client("cloudwatch").put_metric_data(
        Namespace="AWS/Lambda",
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
    """Make an alarm that is on."""
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name, EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold", Threshold=1, **settings
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="too high")


def of(dimension: str, value: str) -> dict[str, Any]:
    """Make a metric with this dimension."""
    dimensions = [{"Name": dimension, "Value": value}]
    return {"MetricName": "Errors", "Namespace": "AWS/Lambda", "Dimensions": dimensions}


def configuration(**changes: Any) -> "FunctionConfigurationResponseTypeDef":
    """Make the configuration of a function, as Lambda gives it."""
    plain = {"FunctionName": "orders", "State": "Active", "Environment": {"Variables": VARIABLES}}
    return cast("FunctionConfigurationResponseTypeDef", {**plain, **changes})


def test_each_metric_is_read_in_its_own_window() -> None:
    """The newest point is the latest, though CloudWatch gives it first; what is older does not count."""
    publish("IteratorAge", ("FunctionName", "orders"), (3, 900), (3, 100), (1, 500), (20, 9_000))
    publish("Errors", ("FunctionName", "orders"), (50, 1), (70, 10))
    publish("Errors", ("FunctionName", "another"), (50, 100))
    unknown: list[Unknown] = []
    metrics = read_metrics(boto3.client("cloudwatch"), DIMENSIONS, datetime.now(UTC), unknown)
    assert metrics.lag_ms is not None
    assert (metrics.lag_ms.latest, metrics.lag_ms.maximum) == (500, 900)
    assert metrics.lag_of_day_ms is not None
    assert metrics.lag_of_day_ms.maximum == 9_000
    assert metrics.errors is not None
    assert metrics.errors.total == 1
    assert unknown == []


def test_metrics_of_several_mappings_come_together() -> None:
    """A day's, even; of what has no data points there are none, and what nobody can ask for is not known."""
    publish("DroppedEventCount", ("EventSourceMappingUUID", "uuid-1"), (1300, 1))
    publish("DroppedEventCount", ("EventSourceMappingUUID", "uuid-2"), (10, 2))
    unknown: list[Unknown] = []
    metrics = read_metrics(boto3.client("cloudwatch"), DIMENSIONS, datetime.now(UTC), unknown)
    assert metrics.dropped is not None
    assert metrics.dropped.total == 3
    assert metrics.given_up == metrics.written == Series()
    assert metrics.deleted is None
    assert unknown == []


# Of each page, if not just one that is whole.
STATUSES: dict[str, tuple[str, ...]] = {
    "errors_0": ("PartialData", "Complete"),
    "throttles_0": ("Forbidden",),
    "lag_ms_0": ("InternalError",),
    "write_throttles_0": (),
    "given_up_0": ("PartialData",),
    "dropped_1": ("InternalError", "InternalError"),
}


class CloudWatch:
    """A CloudWatch that answers in two pages."""

    def get_paginator(self, operation: str) -> "CloudWatch":
        """Return itself."""
        assert operation == "get_metric_data"
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        """Return one point a page and status; of a metric without a status, nothing."""
        for page in (0, 1):
            answers = [
                (query["Id"], STATUSES.get(query["Id"], ("Complete",))) for query in request["MetricDataQueries"]
            ]
            yield {
                "MetricDataResults": [
                    {"Id": name, "Timestamps": [request["EndTime"]], "Values": [1.0], "StatusCode": statuses[page]}
                    for name, statuses in answers
                    if page < len(statuses)
                ]
            }


def test_a_metric_that_aws_answers_without_is_not_known() -> None:
    """Not empty: an empty one would be well. The request as a whole succeeds."""
    unknown: list[Unknown] = []
    metrics = read_metrics(cast("Any", CloudWatch()), DIMENSIONS, datetime.now(UTC), unknown)
    assert metrics.errors is not None
    assert metrics.errors.total == 2
    assert metrics.throttles is metrics.lag_ms is metrics.write_throttles is metrics.given_up is metrics.dropped is None
    assert metrics.lag_of_day_ms is not None
    assert set(unknown) == {
        Unknown("metric Throttles", "cloudwatch:GetMetricData", "GetMetricData: Forbidden"),
        Unknown("metric IteratorAge", None, "GetMetricData: InternalError"),
        Unknown("metric WriteThrottleEvents", None, "GetMetricData: no answer"),
        Unknown("metric OnFailureDestinationDeliveredEventCount", None, "GetMetricData: PartialData"),
        Unknown("metric DroppedEventCount", None, "GetMetricData: InternalError"),
    }


def test_alarms_that_are_on_are_read_but_not_those_of_another_deployment() -> None:
    """One whose name begins with the same has other dimensions, in an expression too."""
    statistic = {"Period": 60, "Statistic": "Sum"}
    theirs, ours = of("FunctionName", "orders-test"), of("EventSourceMappingUUID", "uuid-2")
    put_alarm("orders-errors", **of("FunctionName", "orders"), **statistic)
    put_alarm("orders-test-errors", **theirs, **statistic)
    for name, metric in (("orders-test-stopped", theirs), ("orders-stopped", ours)):
        query = {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False}
        put_alarm(name, Metrics=[query, {"Id": "e", "Expression": "FILL(m, 0)"}])
    alarms = read_alarms(boto3.client("cloudwatch"), "orders", DIMENSIONS)
    assert {(alarm.name, alarm.reason) for alarm in alarms} == {
        ("orders-errors", "too high"),
        ("orders-stopped", "too high"),
    }


def test_the_failure_bucket_is_counted_up_to_a_limit() -> None:
    """Quarantined objects apart, and nothing that lies elsewhere."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="failures")
    for name in ("aws/lambda/orders/quarantine/1", "aws/lambda/uuid/shard/1", "aws/lambda/uuid/shard/2", "mine/1"):
        s3.put_object(Bucket="failures", Key=name, Body=b"{}")
    bucket = read_bucket(s3, "failures")
    assert (bucket.waiting, bucket.quarantined, bucket.has_more) == (3, 1, False)
    assert bucket.oldest_at is not None
    assert datetime.now(UTC) - bucket.oldest_at < timedelta(minutes=1)
    counted = read_bucket(s3, "failures", most_objects=2)
    assert (counted.waiting, counted.has_more) == (2, True)


def test_a_bucket_that_is_empty_or_missing_is_no_error() -> None:
    """They are two different things."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="failures")
    assert read_bucket(s3, "failures") == Bucket("failures")
    assert read_bucket(s3, "another") == Bucket("another", exists=False)


@pytest.mark.parametrize(("billing_mode", "write_units"), [("PROVISIONED", 5), ("PAY_PER_REQUEST", None)])
def test_a_table_is_read_with_its_write_units_and_its_stream(billing_mode: str, write_units: int | None) -> None:
    """None on demand; and a stream that is switched off counts for none, though it still has an ARN."""
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
    table = read_table(dynamodb, "orders-messages")
    assert (table.status, table.item_count, table.write_units) == ("ACTIVE", 0, write_units)
    assert table.stream_arn is not None
    assert "/orders-messages/stream/" in table.stream_arn
    dynamodb.update_table(TableName="orders-messages", StreamSpecification={"StreamEnabled": False})
    assert read_table(dynamodb, "orders-messages").stream_arn is None


def test_a_table_that_is_missing_is_no_error() -> None:
    """It is a fact."""
    assert read_table(boto3.client("dynamodb"), "another").status == MISSING


def test_the_functions_own_code_says_what_is_wrong_with_its_settings() -> None:
    """Nothing else of its environment is taken."""
    settings = read_function(configuration()).settings
    assert settings is not None
    assert (settings.staging_table_name, settings.failure_bucket_name) == ("orders-staging", "failures")
    assert settings.error is None
    broken = read_function(configuration(Environment={"Variables": {**VARIABLES, "MAX_REQUESTS_IN_FLIGHT": "0"}}))
    assert broken.settings is not None
    assert broken.settings.error == "MAX_REQUESTS_IN_FLIGHT is '0': set it to a whole number from 1 to 50."
    bare = read_function(configuration(Environment={})).settings
    assert bare is not None
    assert bare.error is not None
    assert "STAGING_MESSAGES_TABLE_NAME is not set" in bare.error


def test_settings_that_cannot_be_decrypted_are_not_known() -> None:
    """Not missing. The log group is the default one, unless it says otherwise."""
    denied = {"ErrorCode": "AccessDeniedException", "Message": "no"}
    function = read_function(configuration(Environment={"Error": denied}))
    assert function.settings is None
    assert function.log_group_name == "/aws/lambda/orders"
    assert read_function(configuration(LoggingConfig={"LogGroup": "mine"})).log_group_name == "mine"
