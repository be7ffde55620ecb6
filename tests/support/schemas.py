"""The JSON schemas of the commands' results, as documented."""

import json
import re
from typing import Any

import jsonschema
from scavenger_ops.toolchain import ROOT

REFERENCE = ROOT / "docs" / "reference"
FOLDER = REFERENCE / "schemas"


def check_result(name: str, result: object) -> None:
    """Raise ValidationError unless the result has the form that the schema of this name documents."""
    jsonschema.validate(result, read_schema(name), cls=jsonschema.Draft202012Validator)


def read_schema(name: str) -> Any:
    """Return the schema of a command's result, or of an error."""
    return json.loads((FOLDER / f"{name.replace(' ', '-')}.schema.json").read_text())


def documented_example(command: str) -> Any:
    """Return the example of a command's JSON in docs/reference/commands.md."""
    text = (REFERENCE / "commands.md").read_text()
    (section,) = re.findall(rf"^### JSON of {command}\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    (example,) = re.findall(r"^```json\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return json.loads(example)
