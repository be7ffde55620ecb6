"""The local AWS reads and writes the Query protocol with all settings of an alarm."""

from scavenger_ops.local.alarm_settings import read_query, to_xml


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
