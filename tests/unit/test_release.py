"""The project has one version, which is that of its newest release. CI publishes a release only after its check."""

import re
from importlib.metadata import version

from releasing.check import RELEASED
from releasing.make import numbers
from releasing.project import REFERENCE, changes, current_version, files_with_references
from scavenger import __version__
from scavenger_ops.cli import app
from scavenger_ops.toolchain import ROOT
from typer.testing import CliRunner

RELEASES = RELEASED.findall((ROOT / "CHANGELOG.md").read_text())
WORKFLOW = (ROOT / ".github/workflows/release.yml").read_text()


def test_the_newest_release_in_the_changelog_is_the_version() -> None:
    """A release changes both."""
    assert RELEASES[0] == __version__


def test_a_release_finds_what_it_changes() -> None:
    """That is: the version, the changelog's section of each release, and the one of what is not released."""
    assert current_version() == __version__
    assert "\n## [Unreleased]\n" in (ROOT / "CHANGELOG.md").read_text()
    assert [version for version in RELEASES if not changes(version)] == []


def test_references_to_the_modules_name_one_version() -> None:
    """It is the newest release, or the next one, whose changes the pages may already describe."""
    named = {version for path in files_with_references(ROOT) for _, version in REFERENCE.findall(path.read_text())}
    assert len(named) <= 1
    assert [version for version in named if numbers(version) < numbers(__version__)] == []


def test_the_workflow_fetches_what_the_check_needs() -> None:
    """Without these two, the tag would not be annotated any more, and there would be no main."""
    assert re.search(r"^ +ref: \$\{\{ github.ref \}\}$", WORKFLOW, re.MULTILINE)
    assert re.search(r"^ +fetch-depth: 0$", WORKFLOW, re.MULTILINE)


def test_the_job_that_may_write_runs_nothing_of_the_repository() -> None:
    """It publishes what the job before it has checked."""
    reading, writing = WORKFLOW.split("\n  publish:\n")
    assert ": write" not in reading
    assert "needs: check" in writing
    assert re.search(r"actions/checkout|python|make", writing) is None


def test_the_package_has_the_version() -> None:
    """If not, run `make venv` to install it again."""
    assert version("staging-scavenger") == __version__


def test_the_command_shows_its_version() -> None:
    """It needs no other argument."""
    shown = CliRunner().invoke(app, ["--version"])
    assert (shown.exit_code, shown.output) == (0, f"{__version__}\n")
