"""The project has one version, which is that of its newest release."""

import re
from importlib.metadata import version

from scavenger import __version__
from scavenger_ops.cli import app
from scavenger_ops.toolchain import ROOT
from typer.testing import CliRunner

# A heading with a date is a release.
RELEASES = re.findall(r"^## \[(.+)\] - \d{4}-\d{2}-\d{2}$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_the_newest_release_in_the_changelog_is_the_version() -> None:
    """A release changes both."""
    assert RELEASES[0] == __version__


def test_the_package_has_the_version() -> None:
    """If not, run `make venv` to install it again."""
    assert version("staging-scavenger") == __version__


def test_the_command_shows_its_version() -> None:
    """It needs no other argument."""
    shown = CliRunner().invoke(app, ["--version"])
    assert (shown.exit_code, shown.output) == (0, f"{__version__}\n")
