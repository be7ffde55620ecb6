"""The JSON schemas of the commands' results, in docs/reference/schemas."""

import json
from typing import Any

from jsonschema import Draft202012Validator
from scavenger_ops.toolchain import ROOT

SCHEMAS = ROOT / "docs" / "reference" / "schemas"


def read_schema(command: str) -> dict[str, Any]:
    """Return the schema of a command's result."""
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{command}.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    return schema


def mismatches(command: str, result: Any) -> list[str]:
    """Return where a command's result differs from its schema."""
    errors = Draft202012Validator(read_schema(command)).iter_errors(result)
    return [f"{error.json_path}: {error.message}" for error in errors]
