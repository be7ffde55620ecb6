"""docs/reference/permissions.md has the statements and actions of the policies as Terraform has them."""

import re

import pytest
from scavenger_ops.toolchain import ROOT

PAGE = (ROOT / "docs" / "reference" / "permissions.md").read_text()
STATEMENT = re.compile(r"sid += \"(\w+)\"\n(?:\s*effect += [^\n]*\n)?\s*actions += \[(.*?)\]", re.DOTALL)


def section(heading: str) -> str:
    """Return what is below a heading of the page."""
    (text,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return str(text)


@pytest.mark.parametrize(
    ("heading", "module", "trust"),
    [
        ("The function's role", "scavenger", "LambdaAssumesThisRole"),
        ("The reconciler's roles", "reconciler", "TheServiceAssumesThisRole"),
    ],
)
def test_the_page_has_each_statement_of_the_roles_with_its_actions(heading: str, module: str, trust: str) -> None:
    """No more and no less."""
    text = (ROOT / "modules" / module / "iam.tf").read_text()
    actual = {sid: set(re.findall(r'"([^"]+)"', actions)) for sid, actions in STATEMENT.findall(text)}
    del actual[trust]
    rows = [line.split("|") for line in section(heading).splitlines() if re.match(r"\| `[A-Z]", line)]
    assert {row[1].strip(" `"): set(re.findall(r"`(\w+:\w+)`", row[2])) for row in rows} == actual


def test_the_page_has_the_statements_of_the_key_s_policy() -> None:
    """Those of the example."""
    key = (ROOT / "examples" / "production" / "key.tf").read_text()
    documented = re.findall(r"^\| `(\w+)` \|", section("The KMS key"), re.MULTILINE)
    assert sorted(documented) == sorted(re.findall(r"\bsid += \"(\w+)\"", key))
