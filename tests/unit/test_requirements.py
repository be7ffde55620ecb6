"""Everything from others that this project uses is pinned by its checksum or commit."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from scavenger_ops.toolchain import ROOT

REQUIREMENTS = (
    "requirements.txt",
    "requirements-awswrangler.txt",
    "requirements-checkov.txt",
    "requirements-newest-boto3.txt",
    "requirements-set-up.txt",
    "lambda_src/requirements.txt",
)
# Issue forms use no actions.
WORKFLOWS = sorted(path for path in (ROOT / ".github").glob("*/**/*.yml") if path.parent.name != "ISSUE_TEMPLATE")
# The provider's registry has an archive for each platform, and a manifest.
CHECKSUMS = 15


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_a_python_requirement_is_pinned_by_its_hashes(name: str) -> None:
    """The file names no index, so the user's own one is used."""
    text = (ROOT / name).read_text()
    assert not re.findall(r"://|^-", text, re.MULTILINE)
    logical_lines = re.sub(r"\\\n", "", text)
    requirements = [line for line in logical_lines.splitlines() if line and not line.lstrip().startswith("#")]
    assert requirements
    for line in requirements:
        assert re.fullmatch(r"[\w.\[\],-]+==[\w.]+( ; [^#]+?)?\s+(--hash=sha256:[0-9a-f]{64}\s*)+", line), line[:80]


def test_the_lock_file_has_all_dependencies_of_the_command() -> None:
    """The dependencies of the extra that draws pictures are included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["plot"]]
    locked = set(re.findall(r"^([\w.-]+)(?:\[.*\])?==", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    assert {re.split(r"[>=<]", requirement)[0] for requirement in wanted} <= locked


def test_there_is_no_other_requirements_file() -> None:
    """Nothing would check it."""
    found = {str(path.relative_to(ROOT)) for path in ROOT.glob("**/requirements*.txt") if ".venv" not in path.parts}
    assert found == set(REQUIREMENTS)


def test_the_lock_file_has_the_providers_checksums_for_every_platform() -> None:
    """Terraform checks the registry's archives by them. There is only one provider."""
    lock = (ROOT / ".terraform.lock.hcl").read_text()
    assert lock.count("\nprovider ") == 1
    assert len(re.findall(r'^    "zh:[0-9a-f]{64}",$', lock, re.MULTILINE)) == CHECKSUMS
    assert re.search(r'^    "h1:[\w+/]+=",$', lock, re.MULTILINE)


@pytest.mark.parametrize("example", sorted((ROOT / "examples").iterdir()), ids=lambda path: path.name)
def test_an_example_has_the_same_provider(example: Path) -> None:
    """Otherwise it would be tested with the newest one."""
    assert (example / ".terraform.lock.hcl").read_text() == (ROOT / ".terraform.lock.hcl").read_text()


def test_every_node_package_is_pinned_by_its_hash() -> None:
    """The file names no registry, so the user's own one is used."""
    packages = json.loads((ROOT / "tests/engines/dynalite/package-lock.json").read_text())["packages"]
    installed = {name: package for name, package in packages.items() if name}
    assert "node_modules/dynalite" in installed
    for name, package in installed.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_action_is_pinned_by_its_commit(workflow: Path) -> None:
    """A tag can be moved. The version is next to the commit, for people and Dependabot. Its own actions exist."""
    used = re.findall(r"uses: (.*)", workflow.read_text())
    assert used
    for action in used:
        if action.startswith("$/"):
            assert (ROOT / action.removeprefix("$/") / "action.yml").is_file(), action
        else:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_an_action_has_one_commit_for_each_version() -> None:
    """All workflows use the same version, so that an update misses no place."""
    used = {use for workflow in WORKFLOWS for use in re.findall(r"uses: ([\w-]+/.*)", workflow.read_text())}
    assert len(used) == len({use.split("@")[0] for use in used})
