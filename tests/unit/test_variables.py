"""The root's variables match the modules' variables."""

import re

import pytest
from scavenger_ops.terraform_tables import read_blocks
from scavenger_ops.toolchain import ROOT

# The root has its own words for these, since there they mean the whole deployment.
OWN_WORDS = {"name", "package_path", "stream_view_type"}
VARIABLES = read_blocks(ROOT, "variable")
PASSED_ON = {
    module: set(re.findall(r"^  (\w+) += var\.\1$", block, re.MULTILINE))
    for module, block in re.findall(
        r'^module "\w+" \{\n  source = "\./modules/(\w+)"\n(.*?)^\}',
        (ROOT / "main.tf").read_text(),
        re.MULTILINE | re.DOTALL,
    )
}


@pytest.mark.parametrize("module", ["table", "scavenger", "monitoring"])
def test_a_variable_that_is_passed_on_is_the_same_in_the_module(module: str) -> None:
    """Type, default and description. Only the module has the validation."""
    inner = read_blocks(ROOT / "modules" / module, "variable")
    assert PASSED_ON[module] - OWN_WORDS
    for name in PASSED_ON[module] - OWN_WORDS:
        for aspect in ("type", "default", "description", "nullable"):
            assert VARIABLES[name].get(aspect) == inner[name].get(aspect), f"{aspect} of {name}"
