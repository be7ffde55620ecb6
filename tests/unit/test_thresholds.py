"""The thresholds of the alarms and of `scavenger status` agree, and alarms.tf names the constants of status."""

import re
from datetime import UTC, datetime, timedelta
from importlib import import_module
from math import prod
from typing import Any

import hcl2
import pytest
from scavenger_ops.status.alarms import KEYS, choose_alarms
from scavenger_ops.status.thresholds import LAG_DECREASE_S, LAG_S, LOSING_LAG_S, RECENT_S
from scavenger_ops.terraform_tables import read_blocks
from scavenger_ops.toolchain import ROOT

TEXT = (ROOT / "modules" / "monitoring" / "alarms.tf").read_text()
(_FOUND,) = (block["alarms"] for block in hcl2.loads(TEXT)["locals"])
ALARMS: dict[str, Any] = {key.strip('"'): alarm for key, alarm in _FOUND.items()}
# The text of a comment goes on in the next line.
COMMENTS = re.sub(r"\n +# ", " ", TEXT)
# Each constant of `scavenger status` that a comment names, and the file that defines it.
NAMED = re.findall(r"\b([A-Z_]{4,}) in ops/(scavenger_ops/status/\w+)\.py", COMMENTS)
# Those that are a number of minutes in which something happened.
MINUTES = re.findall(r"in (\d+) of the last (\d+) minutes, (\w+) in ops/(scavenger_ops/status/\w+)\.py", COMMENTS)


def milliseconds(expression: object) -> timedelta:
    """Return the duration of a product of numbers, in milliseconds, as alarms.tf writes it."""
    return timedelta(milliseconds=prod(int(factor) for factor in re.findall(r"\d+", str(expression))))


def constant(name: str, path: str) -> object:
    """Return a constant of the module at a path of ops, without its ending."""
    return getattr(import_module(path.replace("/", ".")), name)


def test_status_reports_a_lag_from_the_threshold_of_its_alarm() -> None:
    """Both are an hour."""
    assert milliseconds(ALARMS["iterator-age"]["threshold"]) == timedelta(seconds=LAG_S)


def test_a_lag_shrinks_by_the_same_amount_for_the_alarm_and_for_status() -> None:
    """Both need a minute."""
    (least,) = re.findall(r"DIFF\(iterator_age\) <= -(\d+)", ALARMS["iterator-age"]["expression"])
    assert milliseconds(least) == timedelta(seconds=LAG_DECREASE_S)


def test_status_reports_lost_records_an_hour_before_the_maximum_record_age() -> None:
    """The function never receives older records by default, so a longer lag is not in its metrics."""
    maximum_s = read_blocks(ROOT, "variable")["maximum_record_age_in_seconds"]["default"]
    assert int(maximum_s) == LOSING_LAG_S + LAG_S


def test_the_comments_name_all_constants_that_agree() -> None:
    """Each is where the comment says it is."""
    assert {name for name, _ in NAMED} == {"LAG_DECREASE_S", "LAG_S", "THROTTLED_MINUTES", "WRITTEN_MINUTES"}
    assert all(constant(name, path) for name, path in NAMED)


@pytest.mark.parametrize(("minutes", "of", "name", "path"), MINUTES, ids=[name for *_, name, _ in MINUTES])
def test_a_comment_has_the_value_of_the_constant_that_it_names(minutes: str, of: str, name: str, path: str) -> None:
    """Status looks at the minutes of RECENT_S."""
    assert constant(name, path) == int(minutes)
    assert int(of) * 60 == RECENT_S


def test_each_threshold_has_a_comment_that_names_status() -> None:
    """The comment is between the alarm's key and its threshold, or beside its expression."""
    alarms = TEXT.split("  alarms = {", 1)[1].split("\n  }\n", 1)[0]
    blocks = re.split(r"\n    (?=[a-z-]+ = )", alarms)[1:]
    assert len(blocks) == len(ALARMS)
    for block in blocks:
        before = block.split("threshold ", 1)[0]
        assert "scavenger status" in before or "ops/scavenger_ops/status/" in before, block


def test_status_knows_each_alarm() -> None:
    """The key of an alarm is at the end of its description."""
    assert set(KEYS) == ALARMS.keys()
    (end,) = re.findall(r'description += "[^"]*(What to do: [^"]*)"', TEXT)
    found = [
        {
            "AlarmName": f"f-{key}",
            "AlarmDescription": end.replace("${key}", key),
            "StateValue": "OK",
            "StateUpdatedTimestamp": datetime.now(UTC),
            "ActionsEnabled": True,
        }
        for key in KEYS
    ]
    assert [alarm.key for alarm in choose_alarms(found, "f", (), is_complete=True)] == list(KEYS)
