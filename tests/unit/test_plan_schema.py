"""The JSON of a plan is as its schema says."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import ValidationError
from scavenger_ops.cli import app
from support.schemas import check_result
from typer.testing import CliRunner

LOSSY = ("--inserts", "200", "--peak", "800", "--parallelization-factor", "10", "--timeout", "15")
LARGE = ("--inserts", "1000000", "--billing-mode", "PAY_PER_REQUEST", "--memory-size", "1769")


def plan(*arguments: str) -> Any:
    """Return the JSON of a plan."""
    return json.loads(CliRunner().invoke(app, ["plan", *arguments, "--json"]).stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--inserts", "2"),
        LOSSY,
        LARGE,
        ("--inserts", "2", "--simulate", "steady"),
        ("--inserts", "2", "--peak", "3", "--simulate", "burst"),
        ("--inserts", "2", "--simulate", "poison"),
        ("--inserts", "2", "--match-attributes", "--event-names", "INSERT", "--event-names", "MODIFY"),
    ],
)
def test_a_plan_has_the_fields_of_the_schema(arguments: tuple[str, ...]) -> None:
    """No field is missing, and none is undocumented."""
    check_result("plan", plan(*arguments))


def test_a_plan_without_better_settings_has_the_fields_of_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has null instead."""
    monkeypatch.setattr("scavenger_ops.plan.advice.is_feasible", lambda _: False)
    result = plan("--inserts", "2")
    assert result["better"] is None
    check_result("plan", result)


def test_a_plan_whose_picture_cannot_be_written_has_the_fields_of_the_schema(tmp_path: Path) -> None:
    """It has the error beside the plan."""
    (tmp_path / "lag.svg").symlink_to("/dev/full")
    result = plan("--inserts", "2", "--simulate", "throttled", "--picture", str(tmp_path / "lag.svg"))
    assert result["error"]["exit_code"] == 1
    check_result("plan", result)


@pytest.mark.parametrize(
    ("path", "value"),
    [(("keeps_up",), "yes"), (("undocumented",), 1), (("estimate", "shards"), 0), (("error",), "none")],
)
def test_the_schema_refuses_another_form(path: tuple[str, ...], value: Any) -> None:
    """It refuses other types, other fields, and figures that cannot be."""
    result = plan("--inserts", "2")
    *objects, field = path
    changed = result
    for name in objects:
        changed = changed[name]
    changed[field] = value
    with pytest.raises(ValidationError):
        check_result("plan", result)
