"""The root's variables say the same as the modules', and the README the same as the root's."""

import json
import re
from pathlib import Path
from typing import Any

import hcl2
import pytest
from scavenger_ops.toolchain import ROOT

README = (ROOT / "README.md").read_text()
# The root has its own words for these, since there they mean the whole deployment.
OWN_WORDS = {"name", "package_path", "stream_view_type"}


def read(path: Path, kind: str) -> dict[str, dict[str, Any]]:
    """Read the blocks of a kind from a Terraform file, by name."""
    with path.open() as file:
        blocks = hcl2.load(file)[kind]
    return {name.strip('"'): body for block in blocks for name, body in block.items()}


VARIABLES = read(ROOT / "variables.tf", "variable")
OUTPUTS = read(ROOT / "outputs.tf", "output")


def text(value: Any) -> str:
    """Give a default as it is written in Terraform."""
    return value if isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize("module", ["table", "scavenger", "monitoring"])
def test_a_variable_that_is_passed_on_is_the_same_in_the_module(module: str) -> None:
    """Type, default and description; the rule for its values stands in the module alone."""
    inner = read(ROOT / "modules" / module / "variables.tf", "variable")
    for name in (VARIABLES.keys() & inner.keys()) - OWN_WORDS:
        for aspect in ("type", "default", "description", "nullable"):
            assert VARIABLES[name].get(aspect) == inner[name].get(aspect), f"{aspect} of {name}"


@pytest.mark.parametrize("name", VARIABLES)
def test_the_readme_has_the_variable_as_it_is(name: str) -> None:
    """With its description and default."""
    variable = VARIABLES[name]
    description = variable["description"].strip('"')
    assert f"| `{name}` | {description} | `{text(variable['default'])}` |" in README


@pytest.mark.parametrize("name", OUTPUTS)
def test_the_readme_has_the_output_as_it_is(name: str) -> None:
    """With its description."""
    description = OUTPUTS[name]["description"].strip('"')
    assert f"| `{name}` | {description} |" in README


def test_the_readme_has_no_others() -> None:
    """What has gone from the configuration goes from the README."""
    assert set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE)) == VARIABLES.keys() | OUTPUTS.keys()
