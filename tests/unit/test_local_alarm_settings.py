"""The local AWS reads and writes the Query protocol with all settings of an alarm."""

import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from ministack.services import cloudwatch
from scavenger_ops.local import alarm_settings
from scavenger_ops.local.alarm_settings import read_query, to_xml

# As Terraform's provider sends an alarm on an expression.
QUERY = {
    "AlarmName": ["orders-errors"],
    "ComparisonOperator": ["GreaterThanThreshold"],
    "EvaluationPeriods": ["1"],
    "Threshold": ["0"],
    "InsufficientDataActions.member.1": ["topic"],
    "Metrics.member.1.Id": ["rate"],
    "Metrics.member.1.Expression": ["errors / invocations"],
    "Metrics.member.1.ReturnData": ["true"],
}
METRICS = [{"Id": "rate", "Expression": "errors / invocations", "ReturnData": True}]


@pytest.fixture
def _installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install the module."""
    for name in ("_put_metric_alarm", "_describe_alarms"):
        monkeypatch.setattr(cloudwatch, name, getattr(cloudwatch, name))
    alarm_settings.install()
    yield
    vars(cloudwatch)["_alarms"].clear()


def put(parameters: dict[str, list[str]], sent: dict[str, Any] | None = None) -> int:
    """Send an alarm in the Query protocol or, if there is one in `sent`, in JSON. Return the status."""
    answer: tuple[int, object, object] = cloudwatch._put_metric_alarm(parameters, sent or {}, False, bool(sent))  # noqa: FBT003, SLF001 - there is no other
    return answer[0]


def describe(**parameters: str) -> tuple[int, ET.Element]:
    """Return status and body of a description in the Query protocol, without the namespace."""
    asked = {name: [value] for name, value in parameters.items()}
    status, _, body = cloudwatch._describe_alarms(asked, {}, False)  # noqa: FBT003, SLF001 - there is no other
    return status, ET.fromstring(body.decode().replace(' xmlns="', ' about="'))  # noqa: S314 - our own


def describe_json() -> list[dict[str, Any]]:
    """Return all alarms as a client gets them in JSON."""
    _, _, body = cloudwatch._describe_alarms({}, {}, False, True)  # noqa: FBT003, SLF001 - there is no other
    found: list[dict[str, Any]] = json.loads(body)["MetricAlarms"]
    return found


@pytest.mark.usefixtures("_installed")
def test_an_alarm_on_an_expression_keeps_its_metrics() -> None:
    """It has no metric of its own, with the settings that come with one."""
    assert put(QUERY) == 200
    (alarm,) = describe_json()
    assert (alarm["Metrics"], alarm["InsufficientDataActions"]) == (METRICS, ["topic"])
    assert alarm.keys().isdisjoint(alarm_settings.OF_ONE_METRIC)


@pytest.mark.usefixtures("_installed")
def test_both_protocols_keep_the_same() -> None:
    """JSON has numbers and lists where the Query protocol has text."""
    put(QUERY)
    of_query = describe_json()
    structure = {"AlarmName": "orders-errors", "Threshold": 0, "EvaluationPeriods": 1, "Metrics": METRICS}
    structure |= {"ComparisonOperator": "GreaterThanThreshold", "InsufficientDataActions": ["topic"]}
    assert put({}, structure) == 200
    names = ("Metrics", "InsufficientDataActions", "Threshold", "EvaluationPeriods", "ComparisonOperator")
    (before,), (after,) = of_query, describe_json()
    assert {name: before[name] for name in names} == {name: after[name] for name in names}


@pytest.mark.usefixtures("_installed")
def test_an_alarm_on_a_metric_keeps_it() -> None:
    """Its settings are there, and no expression."""
    put({"AlarmName": ["orders"], "MetricName": ["Errors"], "Namespace": ["AWS/Lambda"], "Period": ["300"]})
    (alarm,) = describe_json()
    assert (alarm["MetricName"], alarm["Period"], alarm.get("Metrics")) == ("Errors", 300, None)


@pytest.mark.usefixtures("_installed")
def test_nothing_is_kept_of_a_refused_alarm() -> None:
    """CloudWatch takes at most 50 tags."""
    tags = {f"Tags.member.{number}.{part}": [f"t{number}"] for number in range(1, 52) for part in ("Key", "Value")}
    assert put({**QUERY, **tags}) == 400
    assert describe_json() == []


@pytest.mark.usefixtures("_installed")
def test_the_query_protocol_describes_all_settings() -> None:
    """Also what MiniStack leaves out there. Only the alarms that are asked for are described."""
    put(QUERY)
    put({**QUERY, "AlarmName": ["payments-errors"]})
    status, body = describe(**{"AlarmNames.member.1": "orders-errors"})
    assert status == 200
    (alarm,) = body.findall("DescribeAlarmsResult/MetricAlarms/member")
    assert alarm.findtext("AlarmName") == "orders-errors"
    assert alarm.findtext("InsufficientDataActions/member") == "topic"
    assert alarm.findtext("Metrics/member/Expression") == "errors / invocations"
    assert alarm.findtext("Metrics/member/ReturnData") == "true"
    assert alarm.find("Period") is None


@pytest.mark.usefixtures("_installed")
def test_a_refused_description_is_an_error_of_its_protocol() -> None:
    """XML, as the client expects it."""
    status, body = describe(MaxRecords="0")
    assert (status, body.tag) == (400, "ErrorResponse")
    assert body.findtext("Error/Code") == "ValidationError"


def test_parameters_become_a_structure() -> None:
    """Lists keep their order, also beyond nine. Numbers and truth values are what they are in JSON."""
    sent = {
        "AlarmName": ["orders"],
        "Metrics.member.1.Id": ["errors"],
        "Metrics.member.1.MetricStat.Period": ["300"],
        "Metrics.member.1.MetricStat.Metric.Dimensions.member.1.Name": ["FunctionName"],
        "Metrics.member.1.ReturnData": ["false"],
        **{f"OKActions.member.{number}": [str(number)] for number in range(1, 12)},
    }
    assert read_query(sent) == {
        "AlarmName": "orders",
        "Metrics": [
            {
                "Id": "errors",
                "MetricStat": {"Period": 300, "Metric": {"Dimensions": [{"Name": "FunctionName"}]}},
                "ReturnData": False,
            }
        ],
        "OKActions": [str(number) for number in range(1, 12)],
    }


def test_a_structure_becomes_xml() -> None:
    """A value that is null is left out, and a time is written as in XML."""
    structure = {
        "MetricAlarms": [{"ActionsEnabled": True, "Unit": None, "AlarmDescription": "a < b", "OKActions": ["x", "y"]}],
        "StateUpdatedTimestamp": 1_800_000_000,
    }
    assert "".join(to_xml(structure)) == (
        "<MetricAlarms><member><ActionsEnabled>true</ActionsEnabled><AlarmDescription>a &lt; b</AlarmDescription>"
        "<OKActions><member>x</member><member>y</member></OKActions></member></MetricAlarms>"
        "<StateUpdatedTimestamp>2027-01-15T08:00:00Z</StateUpdatedTimestamp>"
    )
