"""The JSON of status."""

import json
from dataclasses import replace

from scavenger_ops.status.as_json import to_json
from scavenger_ops.status.problem import Unknown
from scavenger_ops.status.report import make_report
from support.status_facts import HEALTHY, STREAM, points, screen, with_mapping, with_metrics


def test_json_has_the_result_the_findings_and_the_facts() -> None:
    """Times are in ISO 8601. Null is what is not known, or has no data points."""
    unknown = Unknown(("failure bucket",), "failure bucket", "p", "r")
    facts = replace(with_mapping(state="Disabled"), bucket=None, unknown=(unknown,))
    facts = replace(facts, metrics=replace(facts.metrics, errors=points(1, 2), dropped=None))
    result = json.loads(json.dumps(to_json(make_report(facts))))
    assert result["is_well"] is False
    assert [problem["about"] for problem in result["problems"]] == ["event source mapping", "errors"]
    assert result["problems"][1]["cause"].startswith("not known: ")
    assert result["problems"][1]["commands"] == ["scavenger logs orders --since 1h --errors"]
    assert result["at"] == "2026-11-23T14:05:00+00:00"
    assert result["event_source_mappings"][0]["messages_table"]["stream_arn"] == STREAM
    assert result["bucket"] is None
    assert result["unknown"] == [
        {"about": ["failure bucket"], "what": "failure bucket", "permission": "p", "reason": "r"}
    ]
    errors, retries_exhausted = result["metrics"]["errors"], result["metrics"]["retries_exhausted"]
    assert errors.pop("latest_at") == "2026-11-23T14:04:00+00:00"
    assert errors == {"window_s": 3600, "sum": 3, "maximum": 2, "latest": 2}
    assert retries_exhausted == {"window_s": 86400, "sum": None, "maximum": None, "latest": None, "latest_at": None}
    assert result["metrics"]["dropped"] is None
    assert to_json(make_report(HEALTHY))["is_well"] is True
    assert to_json(make_report(replace(HEALTHY, unknown=facts.unknown)))["is_well"] is False


def test_json_has_the_state_the_time_and_the_source_of_each_row() -> None:
    """They are the same as on the screen."""
    facts = replace(with_metrics(errors=points(3)), bucket=None)
    rows = {row["name"]: row for row in to_json(make_report(facts))["rows"]}
    assert rows["errors"] == {
        "name": "errors",
        "state": "wrong",
        "text": "invocations 3, failed records no data, quarantined no data",
        "window": "1 h",
        "newest_at": "2026-11-23T14:04:00+00:00",
        "source": "CloudWatch GetMetricData: AWS/Lambda Errors, StagingScavenger Failed, StagingScavenger Quarantined; "
        "CloudWatch Logs FilterLogEvents",
    }
    assert rows["failure bucket"]["state"] == "not known"
    assert (rows["staging table"]["state"], rows["staging table"]["source"]) == ("fine", "DynamoDB DescribeTable")
    assert "StagingScavenger Failed" in screen(facts, width=200)
