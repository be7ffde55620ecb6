"""Every module and example asks for the same Terraform and provider as the root, and CI tries what they allow."""

import json
import re
from pathlib import Path
from typing import Any

import hcl2
import pytest
from scavenger_ops.readme_tables import FOLDERS
from scavenger_ops.toolchain import ROOT


def asked_for(folder: Path) -> tuple[str, list[dict[str, Any]]]:
    """Give the versions that a folder's versions.tf asks for: of Terraform, and of each provider."""
    without_comments = hcl2.SerializationOptions(with_comments=False)
    with (folder / "versions.tf").open() as file:
        (terraform,) = hcl2.load(file, serialization_options=without_comments)["terraform"]
    return terraform["required_version"], terraform["required_providers"]


@pytest.mark.parametrize("folder", FOLDERS[1:], ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_folder_asks_for_the_versions_of_the_root(folder: Path) -> None:
    """In a versions.tf of its own, since any of them may be used without the root."""
    assert asked_for(folder) == asked_for(ROOT)


def test_ci_tries_the_oldest_and_the_newest_provider_that_is_allowed() -> None:
    """Beside the locked one."""
    _, (providers,) = asked_for(ROOT)
    ((least, below),) = re.findall(r">= ([\d.]+),.* < (\d+)", providers["aws"]["version"])
    (tried,) = re.findall(r"^ +provider: (.*)$", (ROOT / ".github/workflows/ci.yml").read_text(), re.MULTILINE)
    assert json.loads(tried) == [f"{least}.0", f"~> {int(below) - 1}.0"]
