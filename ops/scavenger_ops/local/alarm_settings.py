"""Keeps and returns all settings of an alarm on the local AWS.

MiniStack forgets some settings of an alarm. Of those that it keeps, it returns only some to a client that speaks the
Query protocol, as Terraform's provider does.
Source: API_PutMetricAlarm.html, API_MetricAlarm.html.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any

from ministack.services import cloudwatch

PUT = cloudwatch._put_metric_alarm  # noqa: SLF001 - there is no public function
DESCRIBE = cloudwatch._describe_alarms  # noqa: SLF001 - likewise
# What MiniStack does not keep, from one protocol or from all.
FORGOTTEN = ("EvaluateLowSampleCountPercentile", "InsufficientDataActions", "Metrics", "ThresholdMetricId")
# What MiniStack sets for an alarm on an expression, and CloudWatch does not.
OF_ONE_METRIC = ("Dimensions", "ExtendedStatistic", "MetricName", "Namespace", "Period", "Statistic", "Unit")
# The values of the Query protocol are all text.
READ: dict[str, Callable[[str], Any]] = {"Period": int, "ReturnData": lambda text: text == "true"}
TIMES = ("AlarmConfigurationUpdatedTimestamp", "StateUpdatedTimestamp")

# An answer: status, _, body.
Answer = tuple[int, dict[str, str], bytes]


def install() -> None:
    """Let MiniStack use the functions of this module."""
    cloudwatch._put_metric_alarm = put  # noqa: SLF001 - there is no other
    cloudwatch._describe_alarms = describe  # noqa: SLF001 - likewise


def put(parameters: Mapping[str, Any], sent: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Answer:  # noqa: FBT001, FBT002 - as MiniStack calls it
    """Create or update an alarm, and keep all that was sent."""
    answer: Answer = PUT(parameters, sent, is_cbor, is_json)
    settings = sent if is_cbor or is_json else read_query(parameters)
    if answer[0] == 200:  # noqa: PLR2004 - HTTP's OK
        alarm = cloudwatch._alarms[settings["AlarmName"]]  # noqa: SLF001 - there is no other
        alarm |= {name: settings[name] for name in FORGOTTEN if name in settings}
        for name in OF_ONE_METRIC if alarm.get("Metrics") else ():
            alarm.pop(name, None)
    return answer


def describe(parameters: Mapping[str, Any], sent: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Answer:  # noqa: FBT001, FBT002 - as MiniStack calls it
    """Describe alarms with all their settings, in each protocol."""
    if is_cbor or is_json:
        found: Answer = DESCRIBE(parameters, sent, is_cbor, is_json)
        return found
    status, _, body = DESCRIBE(parameters, read_query(parameters), False, True)  # noqa: FBT003 - as above
    if status != 200:  # noqa: PLR2004 - HTTP's OK
        refused: Answer = DESCRIBE(parameters, {}, False)  # noqa: FBT003 - as above
        return refused
    result = f"<DescribeAlarmsResult>{''.join(to_xml(json.loads(body)))}</DescribeAlarmsResult>"
    answer: Answer = cloudwatch._xml(200, "DescribeAlarmsResponse", result)  # noqa: SLF001 - there is no other
    return answer


def read_query(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a request in the Query protocol, such as `Metrics.member.1.Id`, as a structure."""
    tree: dict[str, Any] = {}
    for name in parameters:
        *parents, last = name.split(".")
        place = tree
        for part in parents:
            place = place.setdefault(part, {})
        place[last] = READ.get(last, str)(cloudwatch._p(parameters, name))  # noqa: SLF001 - there is no other
    return {name: _with_lists(value) for name, value in tree.items()}


def _with_lists(value: Any) -> Any:  # noqa: ANN401 - a structure of any kind
    if not isinstance(value, dict):
        return value
    if "member" in value:
        return [_with_lists(each) for _, each in sorted(value["member"].items(), key=lambda item: int(item[0]))]
    return {name: _with_lists(each) for name, each in value.items()}


def to_xml(structure: Mapping[str, Any]) -> Iterator[str]:
    """Return a structure in the XML of the Query protocol, without values that are null."""
    for name, value in structure.items():
        if value is not None:
            yield f"<{name}>{''.join(_content(name, value))}</{name}>"


def _content(name: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - a structure of any kind
    if isinstance(value, dict):
        yield from to_xml(value)
    elif isinstance(value, list):
        for each in value:
            yield f"<member>{''.join(_content('', each))}</member>"
    elif isinstance(value, bool):
        yield str(value).lower()
    else:
        yield escape(cloudwatch._ts_iso(value) if name in TIMES else str(value))  # noqa: SLF001 - there is no other
