"""The static checks are in one list, which `make test` and Git's hook use."""

import os
import re
import subprocess

import pytest
from scavenger_ops.toolchain import BIN, ROOT

CONFIGURATION = (ROOT / ".pre-commit-config.yaml").read_text()
COMMANDS = re.findall(r"^ +entry: (\S+)(.*)\n +language: system$", CONFIGURATION, re.MULTILINE)
(RETIRED,) = re.findall(r"^ +language: pygrep\n +entry: >-\n +(\S.*)$", CONFIGURATION, re.MULTILINE)


@pytest.mark.parametrize("tool", sorted({tool for tool, _ in COMMANDS}))
def test_a_checks_tool_exists(tool: str) -> None:
    """Its path is from the root of the repository, where Git runs hooks. `make lint` shows whether the check passes."""
    assert os.access(ROOT / tool, os.X_OK)


def test_pre_commit_accepts_the_list() -> None:
    """The configuration is valid, and downloads no hook."""
    subprocess.run([BIN / "pre-commit", "validate-config", ".pre-commit-config.yaml"], cwd=ROOT, check=True)
    assert re.findall(r"^ +- repo: (.*)$", CONFIGURATION, re.MULTILINE) == ["local"]


def test_the_makefile_has_no_checks_of_its_own() -> None:
    """A second copy of a check would soon differ from the first."""
    makefile = (ROOT / "Makefile").read_text()
    names = {"terraform fmt" if tool.endswith("terraform") else tool.split("/")[-1] for tool, _ in COMMANDS}
    assert {name for name in names - {"python"} if re.search(rf"/{name}\b", makefile)} == set()
    (recipe,) = re.findall(r"^test:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert re.search(r" lint\b", recipe)


# Without the dots, which keep this file free of the words.
@pytest.mark.parametrize(
    "text", ["It men.ds.", "LIT.TER", "a push.-back", "pushed. back", "be. it so", "made.-up keys"]
)
def test_a_retired_word_is_refused(text: str) -> None:
    """Upper and lower case, and each of its forms, are refused."""
    assert re.search(RETIRED, text.replace(".", ""))


@pytest.mark.parametrize("text", ["recommended", "amends", "glitter", "at least", "to be iterated", "pushes a backup"])
def test_a_word_that_only_contains_a_retired_one_is_allowed(text: str) -> None:
    """The words are matched as a whole."""
    assert not re.search(RETIRED, text)
