"""The JSON schemas of the commands' results, as documented."""

import json
from typing import Any

import jsonschema
from scavenger_ops.toolchain import ROOT

FOLDER = ROOT / "docs" / "reference" / "schemas"


def check_result(name: str, result: object) -> None:
    """Raise ValidationError unless the result has the form that the schema of this name documents."""
    jsonschema.validate(result, read_schema(name), cls=jsonschema.Draft202012Validator)


def read_schema(name: str) -> Any:
    """Return the schema of a command's result, or of an error."""
    return json.loads((FOLDER / f"{name}.schema.json").read_text())
