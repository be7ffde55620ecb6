"""CI publishes nothing unless the tag is what `make release` makes. Here the project is a few files."""

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from releasing import git as git_module
from releasing.check import check, with_addresses
from releasing.messages import ReleaseError
from releasing.project import VERSION_FILE
from support.release import SMALL_PROJECT, clone_of_tag, commit, git, make_repository, release, run_release

PACKAGE = "dist/scavenger.zip"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Release 0.2.0 of a small project, and check its tag out in a fresh clone, which this process checks."""
    clone = make_repository(tmp_path, SMALL_PROJECT)
    release(clone, "0.2.0")
    checkout = clone_of_tag(clone, "v0.2.0", tmp_path / "checkout")
    monkeypatch.setattr(git_module, "ROOT", checkout)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    return checkout


def test_what_is_published_with_the_package_is_written(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is its checksum, and the release's section of the changelog with how to verify the package."""
    monkeypatch.setenv("GITHUB_REPOSITORY", "owner/project")
    check("v0.2.0")
    digest = sha256((checkout / PACKAGE).read_bytes()).hexdigest()
    assert (checkout / f"{PACKAGE}.sha256").read_text() == f"{digest}  scavenger.zip\n"
    assert (checkout / "dist/release-notes.md").read_text() == (
        f"- What is released.\n\nSHA-256 of `scavenger.zip`: `{digest}`\n\n"
        "To verify where it was built: `gh attestation verify scavenger.zip --repo owner/project`\n"
    )
    assert git(checkout, "worktree", "list").count("\n") == 0


def test_links_of_the_notes_lead_to_the_files_of_the_tag() -> None:
    """Those of the changelog are relative, and would lead nowhere from the page of a release."""
    text = "[a](a.md#b), [c](https://example.com)"
    assert with_addresses(text, "https://x/v1") == "[a](https://x/v1/a.md#b), [c](https://example.com)"


def test_an_older_release_passes_too(checkout: Path) -> None:
    """A job can be run again after main has moved on."""
    git(checkout, "switch", "--quiet", "main")
    commit(checkout, {"README.md": "newer\n"})
    git(checkout, "push", "--quiet", "origin", "main")
    git(checkout, "checkout", "--quiet", "v0.2.0")
    check("v0.2.0")


def test_before_the_push_a_release_passes_only_outside_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So one can look at it before. In CI, only what is on the remote counts."""
    clone = make_repository(tmp_path, SMALL_PROJECT)
    assert run_release(clone, "make", "0.2.0").returncode == 0
    git(clone, "checkout", "--quiet", "v0.2.0")
    monkeypatch.setattr(git_module, "ROOT", clone)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    check("v0.2.0")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    with pytest.raises(ReleaseError, match="was not made from a commit of main"):
        check("v0.2.0")


def test_the_line_ends_of_a_person_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows, Git is often set up to write others."""
    for name, value in (("COUNT", "1"), ("KEY_0", "core.autocrlf"), ("VALUE_0", "true")):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    clone = make_repository(tmp_path, SMALL_PROJECT)
    release(clone, "0.2.0")
    checkout = clone_of_tag(clone, "v0.2.0", tmp_path / "checkout")
    monkeypatch.setattr(git_module, "ROOT", checkout)
    check("v0.2.0")
    assert b"\r" not in (checkout / "build.sh").read_bytes()


def tag_again(checkout: Path) -> None:
    """Move the tag to what is checked out."""
    git(checkout, "tag", "--force", "--annotate", "--message", "again", "v0.2.0")


def release_with(files: dict[str, str]) -> Callable[[Path], None]:
    """Return what moves the tag to a commit that adds the package to a commit of main with other files."""

    def prepare(checkout: Path) -> None:
        git(checkout, "checkout", "--quiet", "main")
        commit(checkout, files)
        git(checkout, "push", "--quiet", "origin", "main")
        add_the_package(checkout)

    return prepare


def add_the_package(checkout: Path) -> None:
    """Commit the tag's package onto what is checked out, and move the tag there."""
    git(checkout, "cherry-pick", "v0.2.0")
    tag_again(checkout)


def amend(path: str) -> Callable[[Path], None]:
    """Return what changes or adds a file in the tag's commit."""

    def prepare(checkout: Path) -> None:
        (checkout / path).write_text("changed\n")
        git(checkout, "add", "--force", path)
        git(checkout, "commit", "--quiet", "--amend", "--no-edit")
        tag_again(checkout)

    return prepare


def release_beside_main(checkout: Path) -> None:
    """Move the tag to a commit that adds the package to a commit that main does not have."""
    git(checkout, "checkout", "--quiet", "HEAD^")
    commit(checkout, {"README.md": "not reviewed\n"})
    add_the_package(checkout)


def release_beside_main_with_tags_of_its_names(checkout: Path) -> None:
    """Also name that commit as main is named: Git prefers a tag where a name could be both."""
    release_beside_main(checkout)
    git(checkout, "tag", "main", "HEAD^")
    git(checkout, "tag", "origin/main", "HEAD^")


def tag_a_merge(checkout: Path) -> None:
    """Move the tag to a merge of it with another commit."""
    git(checkout, "checkout", "--quiet", "-b", "theirs", "HEAD^")
    commit(checkout, {"README.md": "not reviewed\n"})
    git(checkout, "merge", "--quiet", "--strategy-option", "ours", "v0.2.0")
    tag_again(checkout)


def tag_main(checkout: Path) -> None:
    """Move the tag to main, as somebody would who does not know of `make release`."""
    git(checkout, "checkout", "--quiet", "main")
    tag_again(checkout)


def tag_a_first_commit(checkout: Path) -> None:
    """Move the tag to a commit without a parent."""
    git(checkout, "checkout", "--quiet", git(checkout, "commit-tree", "-m", "first", "HEAD^{tree}"))
    tag_again(checkout)


CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n## [0.1.9] - 2026-01-02\n"


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda checkout: (checkout / "README.md").write_text(""), "README.md has changes that are not committed."),
        (lambda checkout: git(checkout, "tag", "--force", "v0.2.0"), "v0.2.0 is not an annotated tag. Delete the tag"),
        (lambda checkout: git(checkout, "tag", "--delete", "v0.2.0"), "This clone has no tag v0.2.0. Run: git fetch"),
        (lambda checkout: git(checkout, "checkout", "HEAD^"), "v0.2.0 is not the commit that is checked out."),
        (tag_a_first_commit, "v0.2.0 has 0 parents, not one. In a shallow clone, run"),
        (tag_main, "The commit of v0.2.0 does not only add dist/scavenger.zip, but has M CHANGELOG.md, M README.md, "),
        (amend("extra.sh"), "but has A dist/scavenger.zip, A extra.sh. Delete the tag"),
        (release_beside_main, "v0.2.0 was not made from a commit of main. Delete the tag"),
        (release_beside_main_with_tags_of_its_names, "v0.2.0 was not made from a commit of main. Delete the tag"),
        (tag_a_merge, "v0.2.0 has 2 parents, not one."),
        (
            release_with({VERSION_FILE: '__version__ = "0.2.1"\n'}),
            "__init__.py has 0.2.1, not the version",
        ),
        (release_with({"CHANGELOG.md": CHANGELOG}), "CHANGELOG.md has 0.1.9, not the version of the tag v0.2.0."),
        (release_with({"CHANGELOG.md": ""}), "CHANGELOG.md has no release, not the version of the tag v0.2.0."),
        (release_with({"one/a.md": "`?ref=v0.1.0`"}), "one/a.md has 0.1.0, not the version of the tag v0.2.0."),
        (amend(PACKAGE), "dist/scavenger.zip of v0.2.0 is not what its source produces. Find out why."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_another_tag_is_refused(checkout: Path, prepare: Callable[[Path], object], message: str) -> None:
    """The error says what was found, and nothing to publish is written."""
    prepare(checkout)
    with pytest.raises(ReleaseError, match=re.escape(message)) as caught:
        check("v0.2.0")
    assert "\n" not in str(caught.value)
    assert not (checkout / "dist/release-notes.md").exists()
    assert git(checkout, "worktree", "list").count("\n") == 0


@pytest.mark.parametrize("tag", ["0.2.0", "w0.2.0", "v0.2", "v0.2.0-rc.1", "v00.2.0", "main"])
def test_a_tag_is_v_and_a_version(checkout: Path, tag: str) -> None:
    """The workflow starts for each tag that begins with v."""
    git(checkout, "tag", "--annotate", "--message", "a tag", f"refs/tags/{tag}" if tag == "main" else tag)
    with pytest.raises(ReleaseError, match=f"^{tag} is not a tag such as v0.2.0. Delete the tag"):
        check(tag)


def test_the_tag_of_another_version_is_refused(checkout: Path) -> None:
    """Each version has its own commit."""
    git(checkout, "tag", "--annotate", "--message", "another version", "v0.3.0")
    with pytest.raises(ReleaseError, match=re.escape("__init__.py has 0.2.0, not the version of the tag v0.3.0.")):
        check("v0.3.0")


def test_the_script_fails_with_the_error(checkout: Path) -> None:
    """The job then publishes nothing."""
    refused = run_release(checkout, "check", "v0.3.0")
    assert refused.returncode == 1
    assert refused.stderr == "error: This clone has no tag v0.3.0. Run: git fetch origin tag v0.3.0\n"
