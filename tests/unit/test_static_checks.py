"""The static checks stand in one list, which `make test` and Git's hook go by."""

import os
import re
import subprocess

import pytest
from scavenger_ops.toolchain import BIN, ROOT

CONFIGURATION = (ROOT / ".pre-commit-config.yaml").read_text()
COMMANDS = re.findall(r"^ +entry: (\S+)(.*)$", CONFIGURATION, re.MULTILINE)


@pytest.mark.parametrize("tool", sorted({tool for tool, _ in COMMANDS}))
def test_a_check_s_tool_is_there(tool: str) -> None:
    """From the root of the repository, where Git runs its hooks; whether it passes, `make lint` says."""
    assert os.access(ROOT / tool, os.X_OK)


def test_pre_commit_takes_the_list() -> None:
    """It is written as it should be, and fetches no hook from elsewhere."""
    subprocess.run([BIN / "pre-commit", "validate-config", ".pre-commit-config.yaml"], cwd=ROOT, check=True)
    assert re.findall(r"^ +- repo: (.*)$", CONFIGURATION, re.MULTILINE) == ["local"]


def test_the_makefile_has_none_of_its_own() -> None:
    """A check that stands there too would go its own way."""
    makefile = (ROOT / "Makefile").read_text()
    names = {"terraform fmt" if tool.endswith("terraform") else tool.split("/")[-1] for tool, _ in COMMANDS}
    assert {name for name in names - {"python"} if re.search(rf"/{name}\b", makefile)} == set()
    (recipe,) = re.findall(r"^test:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert re.search(r" lint\b", recipe)
