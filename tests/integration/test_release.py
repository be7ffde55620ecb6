"""The project as it is now can be released, with its own build. tests/unit/test_make_release.py has the details."""

import re
from pathlib import Path

import pytest
from releasing.project import REFERENCE
from support.release import (
    NEXT_VERSION,
    VERSION,
    add_entry,
    clone_of_tag,
    commit,
    git,
    make_repository,
    release,
    run_release,
)

PACKAGE = "dist/scavenger.zip"
# They share the releases.
pytestmark = pytest.mark.xdist_group("release")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Release two versions, with a change of the function between them."""
    clone = make_repository(tmp_path_factory.mktemp("releases"))
    # Git does not know it, so it is in no release.
    (clone / "notes.txt").touch()
    release(clone, VERSION)
    handler = "lambda_src/scavenger/handler.py"
    commit(clone, {handler: f"{(clone / handler).read_text()}# changed\n"})
    add_entry(clone, "A change of the function.")
    release(clone, NEXT_VERSION)
    return clone


@pytest.mark.parametrize("version", [VERSION, NEXT_VERSION])
def test_a_fresh_clone_of_a_tag_passes_the_check(version: str, clone: Path, tmp_path: Path) -> None:
    """The check builds the package again, and gets the bytes of the tag's. It needs no .venv."""
    checkout = clone_of_tag(clone, f"v{version}", tmp_path / "checkout")
    checked = run_release(checkout, "check", f"v{version}")
    assert checked.returncode == 0, checked.stderr
    assert git(checkout, "status", "--porcelain") == ""


def test_main_never_has_the_package(clone: Path) -> None:
    """Only the tags' commits have it, and these are not on main."""
    assert git(clone, "log", "--format=%h", "origin/main", "--", PACKAGE) == ""
    assert git(clone, "ls-tree", "--name-only", f"v{VERSION}", PACKAGE) == PACKAGE


def test_another_function_is_another_package(clone: Path) -> None:
    """Otherwise Terraform would not deploy it."""
    assert git(clone, "rev-parse", f"v{VERSION}:{PACKAGE}") != git(clone, "rev-parse", f"v{NEXT_VERSION}:{PACKAGE}")


def test_main_names_the_newest_release_everywhere(clone: Path) -> None:
    """That is: the source, the changelog, and each reference to a module at a tag."""
    assert f'__version__ = "{NEXT_VERSION}"' in (clone / "lambda_src/scavenger/__init__.py").read_text()
    headings = re.findall(r"^## \[(.*?)\]", (clone / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[:3] == ["Unreleased", NEXT_VERSION, VERSION]
    files = [clone / name for name in git(clone, "ls-files", "*.md", "*.tf").split("\n") if name != "CHANGELOG.md"]
    references = {found for path in files for _, found in REFERENCE.findall(path.read_text())}
    assert references == {NEXT_VERSION}
