"""Checks the release that is checked out, and writes what is published with its package."""

import os
import re

from releasing.git import MAIN, MAIN_OF_ORIGIN, check_clean, commit_of, git, in_clone, is_ancestor, worktree
from releasing.messages import ReleaseError, show
from releasing.project import CHECKSUM, NOTES, PACKAGE, VERSION, build, changes, other_version, write

INSTEAD = "Delete the tag, and release a newer version with `make release`."


def check(tag: str) -> None:
    """Check a tag and its commit, build its package again, and write the package's checksum and release notes."""
    check_clean()
    check_tag(tag)
    check_commits(tag)
    check_versions(tag)
    digest = check_package(tag)
    write_assets(tag, digest)
    show(f"{tag} is as it should be. SHA-256 of {PACKAGE}: {digest}")


def check_tag(tag: str) -> None:
    """Refuse a tag that is not of a version, not annotated, or not of the commit that is checked out."""
    if not tag.startswith("v") or not VERSION.fullmatch(tag[1:]):
        raise ReleaseError(f"{tag} is not a tag such as v0.2.0. {INSTEAD}")
    if not (commit := commit_of(f"refs/tags/{tag}")):
        raise ReleaseError(f"This clone has no tag {tag}. Run: git fetch origin tag {tag}")
    if git("cat-file", "-t", f"refs/tags/{tag}") != "tag":
        raise ReleaseError(f"{tag} is not an annotated tag. {INSTEAD}")
    if commit != commit_of("HEAD"):
        raise ReleaseError(f"{tag} is not the commit that is checked out. Run: git checkout {tag}")


def check_commits(tag: str) -> None:
    """Refuse a tag whose commit does more than to add the package to a commit of main."""
    parents = git("rev-list", "--parents", "--max-count=1", "HEAD").split()[1:]
    if len(parents) != 1:
        raise ReleaseError(f"{tag} has {len(parents)} parents, not one. In a shallow clone, run: git fetch --unshallow")
    changed = git("diff-tree", "-r", "--name-status", "HEAD^", "HEAD").replace("\t", " ").splitlines()
    if changed != [f"A {PACKAGE}"]:
        raise ReleaseError(f"The commit of {tag} does not only add {PACKAGE}, but has {', '.join(changed)}. {INSTEAD}")
    # Before the push, only main in this clone has the commit.
    mains = [MAIN_OF_ORIGIN] if "GITHUB_ACTIONS" in os.environ else [MAIN_OF_ORIGIN, MAIN]
    if not any(is_ancestor("HEAD^", main) for main in mains):
        raise ReleaseError(f"{tag} was not made from a commit of main. {INSTEAD}")


def check_versions(tag: str) -> None:
    """Refuse a tag whose files have another version: the source, the changelog, a reference to a module at a tag."""
    if other := other_version(in_clone("."), tag[1:]):
        raise ReleaseError(f"{other}, not the version of the tag {tag}. {INSTEAD}")


def check_package(tag: str) -> str:
    """Refuse a package that is not what its source produces, and return its SHA-256."""
    with worktree("HEAD^") as folder:
        digest = build(folder)
        if (folder / PACKAGE).read_bytes() != in_clone(PACKAGE).read_bytes():
            raise ReleaseError(f"{PACKAGE} of {tag} is not what its source produces. Find out why. {INSTEAD}")
    return digest


def write_assets(tag: str, digest: str) -> None:
    """Write the package's checksum, as `sha256sum --check` reads it, and the release notes."""
    write(in_clone(CHECKSUM), f"{digest}  scavenger.zip\n")
    repository = os.environ.get("GITHUB_REPOSITORY", "<owner>/<repository>")
    lines = [
        with_addresses(changes(tag[1:]), f"https://github.com/{repository}/blob/{tag}"),
        f"SHA-256 of `scavenger.zip`: `{digest}`",
        f"To verify where it was built: `gh attestation verify scavenger.zip --repo {repository}`",
    ]
    write(in_clone(NOTES), "\n\n".join(lines) + "\n")


def with_addresses(text: str, address: str) -> str:
    """Return a text whose links lead to files at an address: on the page of a release, others would lead nowhere."""
    return re.sub(r"\]\((?!https?://|#)", f"]({address}/", text)
