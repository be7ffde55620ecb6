"""Each result in JSON has a documented form, also an error."""

import json

import jsonschema
import pytest
from scavenger_ops.cli import COMMANDS, app
from support.schemas import FOLDER, check_result, read_schema
from typer import Abort
from typer.main import get_command
from typer.testing import CliRunner

GROUP = get_command(app).commands  # type: ignore[attr-defined]  # it is a group
WITH_JSON = [
    name for name, command in GROUP.items() if "--json" in {opt for each in command.params for opt in each.opts}
]


def objects(schema: object) -> list[dict[str, object]]:
    """Return all objects with properties in a schema."""
    if isinstance(schema, list):
        return [found for part in schema for found in objects(part)]
    if not isinstance(schema, dict):
        return []
    own = [schema] if "properties" in schema and "type" in schema else []
    return own + [found for part in schema.values() for found in objects(part)]


def test_each_command_with_json_has_a_schema_and_no_other() -> None:
    """The one besides is that of an error."""
    assert len(WITH_JSON) < len(COMMANDS)
    names = {path.name.removesuffix(".schema.json").replace("-", " ") for path in FOLDER.glob("*.json")}
    assert names == {*WITH_JSON, "error"}


@pytest.mark.parametrize("name", [*WITH_JSON, "error"])
def test_a_schema_is_strict_and_complete(name: str) -> None:
    """A field that it lacks, or that the result lacks, is an error. So it documents every field."""
    schema = read_schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    for each in objects(schema):
        assert each.get("additionalProperties") is False, each
        properties, required = each["properties"], each["required"]
        assert isinstance(properties, dict)
        assert isinstance(required, list)
        assert set(required) <= set(properties)
    assert schema["properties"]["schema_version"] == {"const": 1}


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["status", "--region", ""], 2),
        (["status", "--no-such-option"], 2),
        (["plan"], 2),
        (["status", "orders", "--profile", "there-is-none"], 3),
    ],
    ids=repr,
)
def test_an_error_is_json_too(arguments: list[str], exit_code: int) -> None:
    """Whichever it is, and also in words on standard error."""
    ran = CliRunner().invoke(app, [*arguments, "--json"])
    result = json.loads(ran.stdout)
    check_result("error", result)
    assert (ran.exit_code, result["error"]["exit_code"]) == (exit_code, exit_code)
    assert result["error"]["message"][:40] in ran.stderr


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--since", "5"], ["orders", "--profile", "there-is-none"]])
def test_where_each_line_is_json_an_error_is_a_line(arguments: list[str]) -> None:
    """A script reads it as all lines, also if the command is called wrongly."""
    ran = CliRunner().invoke(app, ["logs", *arguments, "--json"])
    (line,) = ran.stdout.splitlines()
    check_result("error", json.loads(line))


def test_an_answer_that_does_not_come_is_json_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input may end where a question is asked."""

    def ask(*_: object, **__: object) -> None:
        raise Abort

    monkeypatch.setattr("scavenger_ops.status.cli.use_aws", ask)
    ran = CliRunner().invoke(app, ["status", "orders", "--json"])
    check_result("error", json.loads(ran.stdout))
    assert (ran.exit_code, json.loads(ran.stdout)["error"]["message"]) == (1, "Nothing was done.")
