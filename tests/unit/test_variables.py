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


def test_the_reconciler_s_variables_are_those_of_the_module() -> None:
    """Type and default. The root's names and words say that they are for the reconciler."""
    block = (ROOT / "main.tf").read_text().partition('module "reconciler" {')[2].partition("\n}\n")[0]
    passed_on = dict(re.findall(r"^  (\w+) += var\.(\w+)$", block, re.MULTILINE))
    inner = read_blocks(ROOT / "modules" / "reconciler", "variable")
    own = {name for name in VARIABLES if name.startswith("reconcile_")}
    assert own == {f"reconcile_{name}" for name in passed_on} & set(passed_on.values())
    for name, outer in passed_on.items():
        for aspect in ("type", "default", "nullable"):
            assert VARIABLES[outer].get(aspect) == inner[name].get(aspect), f"{aspect} of {outer}"
