"""The project has one version, which is that of its newest release. CI publishes only a release that it has checked."""

import re
from importlib.metadata import version

from releasing.make import numbers
from releasing.project import CHANGELOG, CHECKSUM, NOTES, PACKAGE, REFERENCE, RELEASED, changes, current_version
from ruamel.yaml import YAML
from scavenger import __version__
from scavenger_ops.cli import app
from scavenger_ops.toolchain import ROOT
from support.pages import repository_files
from typer.testing import CliRunner

RELEASES = RELEASED.findall((ROOT / "CHANGELOG.md").read_text())
TEXT = "\n".join(
    (ROOT / path).read_text() for path in repository_files() if path.endswith((".md", ".tf")) and path != CHANGELOG
)
WORKFLOW = YAML(typ="safe").load(ROOT / ".github/workflows/release.yml")
JOBS = WORKFLOW["jobs"]


def test_the_newest_release_in_the_changelog_is_the_version() -> None:
    """A release changes both."""
    assert RELEASES[0] == __version__


def test_a_release_finds_what_it_changes() -> None:
    """That is: the version, the changelog's section of each release, and the one of what is not released."""
    assert current_version(ROOT) == __version__
    assert "\n## [Unreleased]\n" in (ROOT / "CHANGELOG.md").read_text()
    assert [version for version in RELEASES if not changes(version)] == []


def test_references_to_the_modules_name_one_version() -> None:
    """It is the newest release, or the next one, whose changes the pages may already describe."""
    (named,) = {version for _, version in REFERENCE.findall(TEXT)}
    assert numbers(named) >= numbers(__version__)


def test_a_release_finds_every_reference() -> None:
    """Each is to this project, for Terraform or pip. Let a reference to another module be an exception here."""
    assert len(re.findall(r"(?:[?&]ref=|scavenger(?:\.git)?@)v?[0-9]", TEXT)) == len(REFERENCE.findall(TEXT))


def test_the_workflow_runs_for_tags_alone() -> None:
    """Each release has a tag, and only maintainers can create one."""
    assert WORKFLOW["on"] == {"push": {"tags": ["v*"]}}


def test_only_what_is_checked_is_published() -> None:
    """No other job or condition comes between."""
    assert list(JOBS) == ["check", "publish"]
    assert JOBS["publish"]["needs"] == "check"
    assert [job for job in JOBS.values() if {"if", "continue-on-error"} & set(job)] == []
    assert [step for job in JOBS.values() for step in job["steps"] if {"if", "continue-on-error"} & set(step)] == []


def test_only_the_job_that_publishes_may_write() -> None:
    """It may write a release and an attestation, nothing else."""
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "permissions" not in JOBS["check"]
    assert JOBS["publish"]["permissions"] == {"contents": "write", "id-token": "write", "attestations": "write"}


def test_the_check_is_of_the_commit_that_was_pushed() -> None:
    """It needs the annotated tag and main. It uses no cache, which another workflow might have filled."""
    assert actions("check") == ["actions/checkout", "actions/setup-python", "actions/upload-artifact"]
    checkout, python, *_ = JOBS["check"]["steps"]
    assert checkout["with"] == {"ref": "${{ github.ref }}", "fetch-depth": 0, "persist-credentials": False}
    assert set(python["with"]) == {"python-version"}
    assert [step["run"] for step in JOBS["check"]["steps"] if "run" in step] == [
        'git checkout --quiet --detach "$GITHUB_SHA"',
        'python ops/release.py check "$TAG"',
    ]


def test_the_job_that_may_write_runs_nothing_of_the_repository() -> None:
    """It publishes what the job before it has checked, which are files that `check` leaves in dist."""
    assert actions("publish") == ["actions/download-artifact", "actions/attest-build-provenance"]
    (upload,) = [step["with"] for step in JOBS["check"]["steps"] if "upload-artifact" in step.get("uses", "")]
    download, attest, create = JOBS["publish"]["steps"]
    assert download["with"] == {name: upload[name] for name in ("name", "path")} == {"name": "release", "path": "dist"}
    assert attest["with"] == {"subject-path": PACKAGE}
    assert create["run"].split() == [
        *("gh", "release", "create", '"$TAG"', "--verify-tag", "--title", '"$TAG"'),
        *("--notes-file", NOTES, PACKAGE, CHECKSUM),
    ]


def actions(job: str) -> list[str]:
    """Return the actions that a job uses, without their pins. tests/unit/test_requirements.py checks those."""
    return [step["uses"].partition("@")[0] for step in JOBS[job]["steps"] if "uses" in step]


def test_the_package_has_the_version() -> None:
    """If not, run `make venv` to install it again."""
    assert version("staging-scavenger") == __version__


def test_the_command_shows_its_version() -> None:
    """It needs no other argument."""
    shown = CliRunner().invoke(app, ["--version"])
    assert (shown.exit_code, shown.output) == (0, f"{__version__}\n")
