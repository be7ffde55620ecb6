"""The deployed alarms start and end as documented, by CloudWatch's rules, in normal operation and during faults."""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from python_terraform import IsFlagged
from scavenger_ops.toolchain import ROOT
from support.alarm_rules import AlarmRule, History, Minutes, Rules, is_on, read_alarm, times_on
from support.deployment import Deployment
from support.operations import DAY, HOUR, MILLISECONDS, Operation, record

INSERTS = 600.0
# CloudWatch may look at more periods than the alarm has. AWS does not document how many.
MORE_PERIODS = 2

# Either functions fill a metric without values, or arithmetic treats missing values as 0. If neither were true,
# `stopped` could not detect a mapping that has never polled.
ALL_RULES = [
    Rules(),
    Rules(fills_absent=False, delay=3),
    Rules(absent_is_zero=False, delay=3),
    Rules(more_periods=MORE_PERIODS, delay=3),
    Rules(more_periods=MORE_PERIODS, fills_absent=False),
    Rules(more_periods=MORE_PERIODS, absent_is_zero=False),
]


def plan(deployment: Deployment, folder: Path, **options: str) -> dict[str, Any]:
    """Return a plan for the deployment: MiniStack returns neither the statistics nor the expressions of alarms."""
    code, _, error = deployment.terraform("plan", out=str(folder / "plan"), refresh=False, **options)
    assert code in (0, 2), error
    code, shown, error = deployment.terraform("show", str(folder / "plan"), json=IsFlagged)
    assert code == 0, error
    return json.loads(shown)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def planned(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> dict[str, AlarmRule]:
    """Return the deployed alarms by key."""
    modules = plan(deployment, tmp_path_factory.mktemp("plan"))["planned_values"]["root_module"]["child_modules"]
    resources = [resource for module in modules for resource in module["resources"]]
    alarms = [resource for resource in resources if resource["type"] == "aws_cloudwatch_metric_alarm"]
    return {alarm["index"]: read_alarm(alarm["values"]) for alarm in alarms}


@pytest.fixture(scope="module")
def alarms(planned: dict[str, AlarmRule]) -> dict[str, AlarmRule]:
    """Return the alarms as if their mapping had been created in minute 0."""
    (made_at,) = re.findall(r"\b\d{10}\b", planned["stopped"].expression)
    stopped = replace(planned["stopped"], expression=planned["stopped"].expression.replace(made_at, "0"))
    return {**planned, "stopped": stopped}


def test_the_alarm_stopped_has_the_creation_time_of_its_mapping(planned: dict[str, AlarmRule]) -> None:
    """It is in seconds since 1970, from the clock of the machine that runs Terraform."""
    (made_at,) = re.findall(r">= (\d+)\)", planned["stopped"].expression)
    assert timedelta() <= datetime.now(UTC) - datetime.fromtimestamp(int(made_at), UTC) < timedelta(hours=2)


def test_a_new_mapping_replaces_only_the_alarm_stopped(deployment: Deployment, tmp_path: Path) -> None:
    """The other alarms keep their state. A new alarm would notify again."""
    mapping = "module.scavenger.aws_lambda_event_source_mapping.this"
    changes = plan(deployment, tmp_path, replace=mapping)["resource_changes"]
    new = [change for change in changes if "create" in change["change"]["actions"]]
    assert [change["index"] for change in new if change["type"] == "aws_cloudwatch_metric_alarm"] == ["stopped"]
    assert mapping in [change["address"] for change in new]


def steady(_: int) -> float:
    """Return the same number of inserts each minute."""
    return INSERTS


def by_day(minute: int) -> float:
    """Return more inserts by day than by night: a quarter to seven quarters of the mean."""
    return INSERTS * (1 + 0.75 * math.sin(2 * math.pi * minute / DAY))


def seldom(minute: int) -> float:
    """Return one insert at random times, on average every 90 minutes."""
    return float(Random(minute).random() < 1 / 90)  # noqa: S311 - the same in each run


def burst_of(records: float, begins: int = 120) -> Callable[[int], float]:
    """Return a function that inserts so many records in five minutes, and none before and after."""
    return lambda minute: records / 5 if begins <= minute < begins + 5 else 0.0


def by_the_hour(minute: int) -> float:
    """Return the inserts of an hour in its first two minutes."""
    return 30 * INSERTS if minute % HOUR < 2 else 0.0


def stuck_beside_others(lasts: int, tried_each: int) -> Minutes:
    """Return the lag of a blocked shard that is seldom retried, beside shards that are not blocked."""
    return {
        minute: (minute - 60) * MILLISECONDS if minute >= 60 and minute % tried_each == 0 else 1000.0
        for minute in range(lasts)
    }


def without(*minutes: range) -> Callable[[int], bool]:
    """Return when a mapping polls that is paused during these minutes."""
    return lambda minute: not any(minute in pause for pause in minutes)


def until(end: int) -> Callable[[int], float]:
    """Return what the function deletes if it is not invoked after a minute."""
    return lambda minute: 1800.0 if minute < end else 0.0


def each(minutes: range, value: float = 1.0) -> Minutes:
    """Return a metric that has a value in each of these minutes."""
    return dict.fromkeys(minutes, value)


# No action is needed, so no alarm may start.
ORDINARY = {
    "first deployment beside a stream of 19 hours": Operation(by_day, streams_from=-19 * HOUR, lasts=12 * HOUR),
    "first deployment, with a new stream": Operation(steady, streams_from=-10),
    "first deployment with a mapping that starts late": Operation(steady, polls=without(range(15))),
    "replay that catches up fast": Operation(steady, lambda _: 10 * INSERTS, streams_from=-19 * HOUR),
    "replay that catches up slowly": Operation(
        steady, lambda _: 1.25 * INSERTS, streams_from=-19 * HOUR, lasts=9 * HOUR
    ),
    "pause of 90 minutes": Operation(steady, polls=without(range(200, 290)), lasts=9 * HOUR),
    "pause of 170 minutes, slow to catch up": Operation(
        steady, lambda _: 1.25 * INSERTS, polls=without(range(200, 370)), streams_from=0, lasts=15 * HOUR
    ),
    "pause of 110 minutes in bursts of writes": Operation(
        lambda minute: burst_of(9000.0, 198)(minute) + burst_of(9000.0, 255)(minute) + burst_of(9000.0, 300)(minute),
        polls=without(range(198, 308)),
        streams_from=0,
    ),
    "pause of 90 minutes with an import in it": Operation(
        lambda minute: INSERTS / 4 + burst_of(60 * 1200.0, 202)(minute), polls=without(range(200, 290)), lasts=9 * HOUR
    ),
    "first deployment on a table that is written to by the hour": Operation(
        by_the_hour, lambda _: 1.5 * INSERTS, streams_from=-19 * HOUR, lasts=12 * HOUR
    ),
    "two pauses of an hour": Operation(steady, polls=without(range(200, 260), range(275, 335)), streams_from=0),
    "a quiet table": Operation(lambda _: 0.0),
    "a table that is written to once in three hours": Operation(
        lambda minute: float(minute % 180 == 59), lasts=24 * HOUR
    ),
    "a table that is seldom written to": Operation(seldom, lasts=24 * HOUR),
    "pause of a day without writes": Operation(lambda _: 0.0, polls=without(range(60, 20 * HOUR)), lasts=20 * HOUR),
    "a burst that takes two hours to delete": Operation(burst_of(120 * 1800.0), streams_from=0),
    "two errors": Operation(steady, also={"Errors": {100: 1.0, 101: 1.0}}),
    "fourteen minutes of throttled deletes": Operation(steady, also={"WriteThrottleEvents": each(range(100, 114), 25)}),
    "fourteen minutes without concurrency": Operation(
        steady, lambda minute: 0.0 if 100 <= minute < 114 else 1800.0, also={"Throttles": each(range(100, 114), 4)}
    ),
    "throttled for a minute, each half hour": Operation(
        steady, also={name: each(range(9, 360, 30)) for name in ("Throttles", "WriteThrottleEvents")}
    ),
}

# Action is needed, and exactly these alarms start.
FAULTS = {
    "a mapping that never polls": (Operation(steady, polls=lambda _: False, lasts=15 * HOUR), {"stopped"}),
    "a mapping on an old stream": (Operation(steady, lambda _: 0.0, streams_from=0, lasts=9 * HOUR), {"stopped"}),
    "pause of four hours": (Operation(steady, polls=without(range(200, 440)), lasts=9 * HOUR), {"stopped"}),
    "pause of 21 hours": (
        Operation(steady, polls=without(range(200, 200 + 21 * HOUR)), streams_from=0, lasts=26 * HOUR),
        {"stopped", "given-up"},
    ),
    "first deployment beside a stream of a day": (Operation(steady, streams_from=-DAY, lasts=9 * HOUR), {"given-up"}),
    "a function that is too slow": (Operation(steady, lambda _: INSERTS / 2, streams_from=0), {"iterator-age"}),
    "a lag that neither grows nor shrinks": (
        Operation(steady, steady, polls=without(range(60, 150)), streams_from=0),
        {"iterator-age"},
    ),
    "a lag that grows irregularly": (
        Operation(steady, lambda minute: 0.0 if minute % 50 < 25 else 1.5 * INSERTS, streams_from=0, lasts=15 * HOUR),
        {"iterator-age"},
    ),
    "a lag of hours that comes and goes by the hour": (
        Operation(
            steady, lambda minute: 0.0 if minute % 60 < 30 else 2 * INSERTS, streams_from=-3 * HOUR, lasts=15 * HOUR
        ),
        {"iterator-age"},
    ),
    "a blocked shard beside others": (
        Operation(steady, also={"IteratorAge": stuck_beside_others(15 * HOUR, 25)}, streams_from=0, lasts=15 * HOUR),
        {"iterator-age"},
    ),
    "a burst that takes three hours to delete": (Operation(burst_of(180 * 1800.0), streams_from=0), {"iterator-age"}),
    "invocations that fail": (Operation(steady, also={"Errors": each(range(100, 110), 4)}), {"errors"}),
    "no concurrency": (
        Operation(steady, until(100), also={"Throttles": each(range(100, 280))}, streams_from=0, lasts=280),
        {"throttles"},
    ),
    "no concurrency, and ten minutes between two tries": (
        Operation(steady, until(100), also={"Throttles": each(range(100, 280, 10))}, streams_from=0, lasts=280),
        {"throttles"},
    ),
    "too few write units": (
        Operation(steady, also={"WriteThrottleEvents": each(range(100, 140), 25)}),
        {"write-throttling"},
    ),
    "a record that cannot be deleted": (Operation(steady, also={"Quarantined": {100: 1.0}}), {"quarantined"}),
    "a bucket that denies the write": (Operation(steady, also={"DroppedEventCount": {100: 1.0}}), {"dropped"}),
}


def pages(alarms: Mapping[str, AlarmRule], operation: Operation, rules: Rules) -> dict[str, list[range]]:
    """Return when each alarm is on, without alarms that never start."""
    history = History(record(operation))
    on = {key: list(times_on(alarm, history, range(1, operation.lasts), rules)) for key, alarm in alarms.items()}
    return {key: times for key, times in on.items() if times}


@pytest.mark.parametrize("rules", ALL_RULES, ids=repr)
@pytest.mark.parametrize("operation", ORDINARY.values(), ids=ORDINARY)
def test_no_alarm_starts_in_normal_operation(alarms: dict[str, AlarmRule], operation: Operation, rules: Rules) -> None:
    """That holds with each possible reading of CloudWatch's undocumented rules, and with late metrics."""
    assert pages(alarms, operation, rules) == {}


@pytest.mark.parametrize("rules", ALL_RULES, ids=repr)
@pytest.mark.parametrize(("operation", "expected"), FAULTS.values(), ids=FAULTS)
def test_a_fault_starts_exactly_its_alarms(
    alarms: dict[str, AlarmRule], operation: Operation, expected: set[str], rules: Rules
) -> None:
    """Each starts once, with each possible reading of CloudWatch's undocumented rules, and with late metrics."""
    found = pages(alarms, operation, rules)
    assert found.keys() == expected
    assert {key: len(times) for key, times in found.items()} == dict.fromkeys(expected, 1)


@pytest.mark.parametrize("rules", ALL_RULES, ids=repr)
def test_no_alarm_detects_a_stopped_mapping_of_a_table_that_is_seldom_written_to(
    alarms: dict[str, AlarmRule], rules: Rules
) -> None:
    """docs/reference/metrics-and-alarms.md says so: a write that was just made looks the same."""
    operation = Operation(lambda minute: float(minute % 200 == 59), polls=lambda _: False, lasts=24 * HOUR)
    assert pages(alarms, operation, rules) == {}


@pytest.mark.parametrize(
    ("key", "metric"),
    [
        ("errors", "Errors"),
        ("given-up", "OnFailureDestinationDeliveredEventCount"),
        ("dropped", "DroppedEventCount"),
        ("quarantined", "Quarantined"),
    ],
)
@pytest.mark.parametrize("rules", ALL_RULES, ids=repr)
def test_a_value_that_is_15_minutes_late_starts_its_alarm(
    alarms: dict[str, AlarmRule], key: str, metric: str, rules: Rules
) -> None:
    """An invocation may take that long, while others write zeros."""
    history = History({metric: {**each(range(200), 0.0), 100: 3.0}})
    assert any(is_on(alarms[key], history, now, rules) for now in range(101 + 15, 125))


# The number of columns of the table of figures in metrics-and-alarms.md, and the minute in which the faults begin.
FIGURES = 8
BEGINS = 5 * HOUR


def fault(key: str, lasts: int, *, has_traffic: bool) -> History:
    """Return the metrics of a fault, and of the time before it and, with traffic, after it."""
    span = range(BEGINS + lasts + 8 * HOUR)
    busy, faulty = span if has_traffic else range(BEGINS + lasts), range(BEGINS, BEGINS + lasts)
    if key == "stopped":
        polled = [minute for minute in span if minute not in faulty]
        return History({"ConsumedWriteCapacityUnits": each(busy), "PolledEventCount": dict.fromkeys(polled, 1.0)})
    zeros = {} if key == "write-throttling" else each(busy, 0.0)
    if key == "iterator-age":
        # The lag grows, and is an hour when the fault begins.
        growing = {minute: (minute - BEGINS + HOUR) * MILLISECONDS for minute in range(BEGINS - HOUR, faulty.stop)}
        return History({"IteratorAge": {**zeros, **growing}})
    metric = {
        "errors": "Errors",
        "throttles": "Throttles",
        "given-up": "OnFailureDestinationDeliveredEventCount",
        "dropped": "DroppedEventCount",
        "quarantined": "Quarantined",
        "write-throttling": "WriteThrottleEvents",
    }
    return History({metric[key]: {**zeros, **each(faulty, 3.0)}})


def documented() -> list[list[str]]:
    """Return the rows of the table of figures in docs/reference/metrics-and-alarms.md, by the alarms' keys."""
    lines = (ROOT / "docs" / "reference" / "metrics-and-alarms.md").read_text().splitlines()
    rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    return [row for row in rows if len(row) == FIGURES]


def test_the_docs_name_each_alarm_with_its_periods(alarms: dict[str, AlarmRule]) -> None:
    """The table of figures has them."""
    described = {key: f"{alarm.breaches} of {alarm.of} x {alarm.period_s // 60} min" for key, alarm in alarms.items()}
    assert {key: periods for key, _, _, periods, *_ in documented()} == described


@pytest.mark.parametrize("row", documented(), ids=lambda row: row[0])
def test_an_alarm_starts_and_ends_when_the_docs_say(alarms: dict[str, AlarmRule], row: list[str]) -> None:
    """That holds with each possible reading of CloudWatch's undocumented rules, up to twice the alarm's own periods."""
    key, *_, shortest, begins, ends, quiet = row
    alarm, lasts = alarms[key], 5 * HOUR
    rules = [replace(each_rule, more_periods=more) for each_rule in ALL_RULES for more in (0, MORE_PERIODS, alarm.of)]
    begun: set[int] = set()
    ended: set[int] = set()
    ended_quietly: set[int] = set()
    for has_traffic, ends_of in ((True, ended), (False, ended_quietly)):
        history = fault(key, lasts, has_traffic=has_traffic)
        for rule in rules:
            # Exactly once.
            (time,) = times_on(alarm, history, range(BEGINS - HOUR, BEGINS + lasts + 7 * HOUR), rule)
            begun.add(time.start - BEGINS)
            ends_of.add(time.stop - BEGINS - lasts)
    assert span_of(begun) == begins
    assert span_of(ended) == ends
    assert str(max(ended_quietly)) == quiet

    def begins_after(minutes: int) -> bool:
        history, span = fault(key, minutes, has_traffic=True), range(BEGINS, BEGINS + 6 * HOUR)
        return any(list(times_on(alarm, history, span, rule)) for rule in ALL_RULES)

    assert begins_after(int(shortest))
    assert not begins_after(int(shortest) - 1)


def span_of(minutes: set[int]) -> str:
    """Return the minimum and the maximum, as the docs write them."""
    return str(min(minutes)) if len(minutes) == 1 else f"{min(minutes)} to {max(minutes)}"


def test_no_description_claims_a_longer_duration_than_the_alarm_proves(deployment: Deployment) -> None:
    """The duration in a description is shorter than the shortest fault that starts the alarm."""
    words = {"for more than an hour": 60, "for more than 15 minutes": 15, "in each of three hours": 120}
    shortest = {row[0]: int(row[4]) for row in documented()}
    prefix = f"{deployment.outputs['function_name']}-"
    pages_of_alarms = deployment.cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix)
    found = [alarm for page in pages_of_alarms for alarm in page["MetricAlarms"]]
    said = {alarm["AlarmName"].removeprefix(prefix): alarm["AlarmDescription"].split(". ")[0] for alarm in found}
    assert said.keys() == shortest.keys()
    for key, meaning in said.items():
        claimed = [minutes for text, minutes in words.items() if text in meaning.lower()]
        assert bool(claimed) == (shortest[key] > 1), key
        assert all(minutes < shortest[key] for minutes in claimed), key
