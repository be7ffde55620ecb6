"""Every module and example requires the same Terraform and provider as the root, and CI tests the allowed versions."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import hcl2
import pytest
from scavenger_ops.terraform_tables import FOLDERS
from scavenger_ops.toolchain import ROOT


def asked_for(folder: Path) -> tuple[str, list[dict[str, Any]]]:
    """Return the versions that a folder's versions.tf requires: of Terraform, and of each provider."""
    without_comments = hcl2.SerializationOptions(with_comments=False)
    with (folder / "versions.tf").open() as file:
        (terraform,) = hcl2.load(file, serialization_options=without_comments)["terraform"]
    return terraform["required_version"], terraform["required_providers"]


@pytest.mark.parametrize("folder", FOLDERS[1:], ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_folder_requires_the_versions_of_the_root(folder: Path) -> None:
    """Each folder has its own versions.tf, since it can be used without the root."""
    assert asked_for(folder) == asked_for(ROOT)


def in_ci(what: str) -> list[str]:
    """Return the versions of something that CI tests: the list of that name in a matrix."""
    (tried,) = re.findall(rf"^ +{what}: (\[.*)$", (ROOT / ".github/workflows/ci.yml").read_text(), re.MULTILINE)
    return list(json.loads(tried))


def test_ci_tests_the_oldest_and_the_newest_allowed_provider() -> None:
    """The locked one is tested too."""
    _, (providers,) = asked_for(ROOT)
    ((least, below),) = re.findall(r">= ([\d.]+),.* < (\d+)", providers["aws"]["version"])
    assert in_ci("provider") == [f"{least}.0", f"~> {int(below) - 1}.0"]


def test_ci_tests_the_oldest_and_the_newest_allowed_terraform() -> None:
    """Of the oldest one, CI tests a patch release."""
    required, _ = asked_for(ROOT)
    (least,) = re.findall(r">= ([\d.]+)", required)
    oldest, newest = in_ci("terraform")
    assert re.fullmatch(rf"{re.escape(least)}\.\d+", oldest)
    assert newest == f"{least.split('.')[0]}.x"


def test_ci_tests_every_python_up_to_lambdas() -> None:
    """The first one is the oldest that the commands support."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    least = int(project["requires-python"].removeprefix(">=3."))
    (newest,) = re.findall(r'runtime += "python3\.(\d+)"', (ROOT / "modules/scavenger/function.tf").read_text())
    assert in_ci("python") == [f"3.{minor}" for minor in range(least, int(newest) + 1)]


def test_every_make_target_of_a_workflow_exists() -> None:
    """The Makefile has it."""
    makefile = (ROOT / "Makefile").read_text()
    workflows = "\n".join(path.read_text() for path in (ROOT / ".github/workflows").glob("*.yml"))
    made = {
        target
        for names in re.findall(r"^ +(?:- )?(?:run: )?make ([a-z ]+)$", workflows, re.MULTILINE)
        for target in names.split()
    }
    assert {"lint", "engines", "soak"} <= made
    assert {target for target in made if not re.search(rf"^{target}:", makefile, re.MULTILINE)} == set()
