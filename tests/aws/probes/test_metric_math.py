"""How CloudWatch computes expressions over metrics with gaps, and over those without any value."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aws.account import Aws
from aws.probes.conftest import Record
from aws.probes.question import AwsQuestion
from aws.run_names import name_of
from aws.waiting import wait_for

ALARMS = "modules/monitoring/alarms.tf"
STOPPED = "docs/decisions/0050-a-mapping-that-does-not-read-has-an-alarm.md"
NAMESPACE = "StagingScavengerTests"
PERIOD_S = 300
# Values of a metric with gaps, by how many periods ago they were written.
WRITTEN = {9: 5.0, 8: 7.0, 3: 4.0, 2: 9.0}
PERIODS = 12

FILLED = AwsQuestion(
    "fill-of-a-metric-without-values",
    "Which values has FILL(m, 0) for a metric that has none?",
    STOPPED,
    None,
    "No change: a - a * (b > 0) decides.",
)
FILLED_SERIES = AwsQuestion(
    "fill-of-a-series-beside-a-metric-without-values",
    "Which values has TIME_SERIES(0) + m for a metric that has none?",
    STOPPED,
    None,
    "No change.",
)
WITHOUT_OTHER = AwsQuestion(
    "difference-to-a-metric-without-values",
    "Is a - a * (b > 0) equal to a where b has no value?",
    STOPPED,
    "a",
    "If FILL does not fill it either, `stopped` never starts for a mapping that has never polled.",
)
EPOCHS = AwsQuestion(
    "epoch-of-a-metric-with-gaps",
    "For which periods has EPOCH(m) a value?",
    ALARMS,
    "each period",
    "`stopped` looks at older periods; a table that is written to less than once an hour may start it.",
)
DIFFERENCES = AwsQuestion(
    "diff-across-a-gap",
    "Which values has DIFF(m) after values of 5, 7, a gap, 4, 9?",
    ALARMS,
    [2.0, -3.0, 5.0],
    "`iterator-age` depends only on the lag.",
)

# Values of expressions: by their time, the earliest first.
Values = list[tuple[datetime, float]]
Compute = Callable[[str], Values]


@pytest.fixture(scope="module")
def compute(aws: Aws) -> Compute:
    """Write a metric with gaps. Return a function that computes with it as `a`, and with one without values as `b`."""
    cloudwatch, dimensions = aws.client("cloudwatch"), [{"Name": "Run", "Value": name_of(aws.run_id)}]
    now = datetime.now(UTC)
    this_period = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)
    times = {ago: this_period - timedelta(seconds=ago * PERIOD_S) for ago in (*WRITTEN, PERIODS)}
    cloudwatch.put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {"MetricName": "WithGaps", "Dimensions": dimensions, "Timestamp": times[ago], "Value": value}
            for ago, value in WRITTEN.items()
        ],
    )

    def metric(name: str) -> dict[str, Any]:
        found = {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": dimensions}
        return {"Metric": found, "Period": PERIOD_S, "Stat": "Sum"}

    def compute(expression: str) -> Values:
        answer = cloudwatch.get_metric_data(
            MetricDataQueries=[
                {"Id": "a", "MetricStat": metric("WithGaps"), "ReturnData": False},
                {"Id": "b", "MetricStat": metric("WithoutValues"), "ReturnData": False},
                {"Id": "result", "Expression": expression, "Period": PERIOD_S},
            ],
            StartTime=times[PERIODS],
            EndTime=this_period,
            ScanBy="TimestampAscending",
        )
        (result,) = answer["MetricDataResults"]
        return list(zip(result["Timestamps"], result["Values"], strict=True))

    wait_for("the metric has its values", lambda: numbers(compute("a * 1")) == [*WRITTEN.values()])
    return compute


def numbers(values: Values) -> list[float]:
    """Return the values without their times."""
    return [value for _, value in values]


@pytest.mark.not_local("metric math")
def test_a_metric_without_values_is_filled(compute: Compute, record: Record) -> None:
    """With zeros, or not at all."""
    record(FILLED, sorted(set(numbers(compute("FILL(b, 0)")))))
    record(FILLED_SERIES, sorted(set(numbers(compute("TIME_SERIES(0) + b")))))


@pytest.mark.not_local("metric math")
def test_a_difference_to_a_metric_without_values(compute: Compute, record: Record) -> None:
    """The alarm `stopped` compares the table's writes with what the mapping polled."""
    found = numbers(compute("a - a * (b > 0)"))
    record(WITHOUT_OTHER, "a" if found == [*WRITTEN.values()] else found)


@pytest.mark.not_local("metric math")
def test_the_epoch_of_a_metric_with_gaps(compute: Compute, record: Record) -> None:
    """The alarm `stopped` takes the time of a period from it."""
    found = len(compute("EPOCH(a)"))
    names = {PERIODS: "each period", len(WRITTEN): "each period with a value"}
    record(EPOCHS, names.get(found, f"{found} of {PERIODS} periods, {len(WRITTEN)} with a value"))


@pytest.mark.not_local("metric math")
def test_differences_across_a_gap(compute: Compute, record: Record) -> None:
    """The alarm `iterator-age` stays silent while the lag shrinks."""
    record(DIFFERENCES, numbers(compute("DIFF(a)")))
