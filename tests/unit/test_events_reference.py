"""docs/reference/events.md describes the events, the log lines and the failure objects as the code has them."""

import json
import re
from typing import Any

import pytest
from scavenger.metric_names import METRICS
from scavenger.records import read_event
from scavenger.settings import KeyedTable, Settings
from scavenger_ops.redrive.failure_object import read_failure_object
from scavenger_ops.toolchain import ROOT
from support.pages import pages

PAGE = pages()["docs/reference/events.md"]
EXAMPLES: list[dict[str, Any]] = [json.loads(fence.text) for fence in PAGE.fences if fence.language == "json"]
SETTINGS = Settings(KeyedTable("staging", {"messageId": "S", "createdAt": "N"}), None, 8)


def examples_with(key: str) -> list[dict[str, Any]]:
    """Return the examples that have this key."""
    return [example for example in EXAMPLES if key in example]


def test_the_event_of_the_page_asks_for_a_delete() -> None:
    """The second example is a redrive's."""
    first, redrive = (read_event(example, SETTINGS) for example in examples_with("Records"))
    assert [deletion.row.key["messageId"] for deletion in first.deletions] == [{"S": "6f1c"}]
    assert (first.is_redrive, redrive.is_redrive) == (False, True)


def test_the_page_has_each_message_that_the_function_logs() -> None:
    """The page has its level too."""
    sources = "".join(path.read_text() for path in sorted((ROOT / "lambda_src" / "scavenger").glob("*.py")))
    logged = set(re.findall(r"logger\.(debug|info|warning|error)\(\s*\"([^\"]+)\"", sources))
    documented = set(re.findall(r"^\| `([A-Z]+)` \| `([^`]+)` \|", PAGE.text, re.MULTILINE))
    assert documented == {(level.upper(), message) for level, message in logged}


def test_the_page_has_each_field_of_the_summary_line() -> None:
    """The figures, and the errors by their names."""
    (table,) = re.findall(r"^\| field of `Batch done` .*\n((?:\|.*\n)+)", PAGE.text, re.MULTILINE)
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == {*METRICS, "faults"}
    (line,) = examples_with("level")
    assert {*METRICS} - {"would_delete", "superseded"} <= line.keys()
    assert line["received"] == sum(line[name] for name in ("deleted", "duplicates", "ignored", "quarantined", "failed"))


@pytest.mark.parametrize(
    "example", examples_with("payload"), ids=lambda example: example["requestContext"]["condition"]
)
def test_a_failure_object_of_the_page_is_one_that_redrive_reads(example: dict[str, Any]) -> None:
    """It has a condition, a function and a record. The table on the page names each of its fields."""
    found = read_failure_object(json.dumps(example).encode())
    assert (found.condition, len(found.records)) == (example["requestContext"]["condition"], 1)
    assert found.function == example["requestContext"]["functionArn"]
    fields = {f"{key}.{name}" if name else key for key, inner in example.items() for name in names_in(inner)}
    assert [field for field in sorted(fields) if f"`{field}`" not in PAGE.text] == []


def names_in(value: object) -> list[str]:
    """Return the keys of an object, or one empty name of anything else."""
    return list(value) if isinstance(value, dict) else [""]


def test_the_function_quarantines_what_the_page_shows() -> None:
    """The record of the example is malformed for the reason that the example has."""
    (example,) = examples_with("reasons")
    batch = read_event(json.loads(example["payload"]), SETTINGS)
    assert [rejection.reason for rejection in batch.malformed] == example["reasons"]


def test_the_page_of_metrics_has_each_metric_with_its_unit() -> None:
    """They are in the table of the function's own metrics."""
    text = pages()["docs/reference/metrics-and-alarms.md"].text
    (section,) = re.findall(r"^## Metrics of the function\n(.*?)^## ", text, re.MULTILINE | re.DOTALL)
    documented = dict(re.findall(r"^\| `(\w+)` \| (\w+)", section, re.MULTILINE))
    assert documented == {name: unit.lower() for name, unit in METRICS.values()}
