"""Makes a release in the clone: a commit for main, one with the package, and the tag of the latter."""

import re
from datetime import UTC, datetime
from pathlib import Path
from textwrap import indent

from releasing.git import (
    MAIN,
    MAIN_OF_ORIGIN,
    check_clean,
    commit_of,
    git,
    in_clone,
    is_ancestor,
    reason,
    run_git,
    uninterrupted,
    worktree,
)
from releasing.messages import ReleaseError, show
from releasing.project import (
    ASSIGNMENT,
    CHANGELOG,
    PACKAGE,
    REFERENCE,
    VERSION,
    VERSION_FILE,
    build,
    changes,
    current_version,
    files_with_references,
    other_version,
    read,
    write,
)

WHY_IN_THE_TAG = "Terraform clones this commit with the module. Only the tag\nhas it, so that main never has a package."


def make(version: str) -> None:
    """Make the commits and the tag of a release. If anything fails, the clone stays as it was."""
    tag = f"v{version}"
    check_version(version)
    check_clone()
    check_changelog()
    check_origin(tag)
    with worktree(MAIN) as folder:
        write_release(folder, version)
        digest = build(folder)
        release = commit(folder, f"Release {version}", f"{CHANGELOG} has what users notice.")
        git("add", "--force", PACKAGE, folder=folder)
        package = commit(folder, f"Add the package of {version}", WHY_IN_THE_TAG)
        # Building takes long enough to forget that the clone must not change meanwhile.
        check_clone()
        tag_and_advance(tag, release, package, digest)


def check_version(version: str) -> None:
    """Refuse a version that is not X.Y.Z, or not newer than the clone's."""
    if not VERSION.fullmatch(version):
        raise ReleaseError(f"VERSION is {version!r}, not three numbers without leading zeros, such as 0.2.0")
    current = current_version(in_clone("."))
    if numbers(version) <= numbers(current):
        raise ReleaseError(f"VERSION is {version}, but {VERSION_FILE} already has {current}. Choose a newer version.")


def numbers(version: str) -> tuple[int, ...]:
    """Return the three numbers of a version, which compare as versions do."""
    return tuple(int(number) for number in version.split("."))


def check_clone() -> None:
    """Refuse another branch than main, changed files, and a person whom Git does not know."""
    branch = git("branch", "--show-current") or "no branch"
    if branch != "main":
        raise ReleaseError(f"The clone is on {branch}, but a release is made from main. Run: git switch main")
    check_clean()
    git("var", "GIT_COMMITTER_IDENT")


def check_changelog() -> None:
    """Refuse a changelog without changes."""
    if not any(line and not line.startswith("#") for line in changes("Unreleased").splitlines()):
        raise ReleaseError(f"{CHANGELOG} has nothing below [Unreleased]. Write there what users notice, and commit it.")


def check_origin(tag: str) -> None:
    """Refuse a tag that exists already, here or on the remote, and a main that lacks commits of the remote's."""
    on_origin = refs_on_origin(tag)
    if f"refs/tags/{tag}" in on_origin:
        raise ReleaseError(f"origin has a tag {tag} already. A tag is never moved: choose a newer version.")
    if commit_of(f"refs/tags/{tag}"):
        raise ReleaseError(f"This clone has a tag {tag}, which origin lacks. To drop it, run: git tag --delete {tag}")
    if not is_ancestor(on_origin.get(MAIN, MAIN), MAIN):
        raise ReleaseError("main on origin has commits that main in this clone lacks. Run: git pull --ff-only")


def refs_on_origin(tag: str) -> dict[str, str]:
    """Return the commits of main and of a tag on the remote, by their refs. Without a remote, there are none."""
    if "origin" not in git("remote").split():
        return {}
    listed = run_git("ls-remote", "origin", MAIN, f"refs/tags/{tag}")
    if listed.returncode:
        raise ReleaseError(f"origin does not list its tags: {reason(listed)}. Connect to it, and run this again.")
    return {ref: commit for commit, ref in (line.split("\t") for line in listed.stdout.splitlines())}


def write_release(folder: Path, version: str) -> None:
    """Write the version into the source, the changelog, and each reference to a module at a tag."""
    replace(folder / VERSION_FILE, ASSIGNMENT, rf'\g<1>"{version}"')
    heading = f"## [{version}] - {datetime.now(UTC):%Y-%m-%d}"
    replace(folder / CHANGELOG, re.compile(r"^## \[Unreleased\]$", re.MULTILINE), rf"\g<0>\n\n{heading}")
    for path in files_with_references(folder):
        replace(path, REFERENCE, rf"\g<1>{version}")
    if other := other_version(folder, version):
        raise ReleaseError(f"{other} even after the change to {version}. Correct its headings or its references.")


def replace(path: Path, pattern: re.Pattern[str], replacement: str) -> None:
    """Replace each match of a pattern in a file."""
    write(path, pattern.sub(replacement, read(path)))


def commit(folder: Path, subject: str, *body: str) -> str:
    """Commit the changes of a worktree, and return the commit."""
    texts = [word for text in (subject, *body) for word in ("--message", text)]
    git("commit", "--all", *texts, folder=folder)
    return git("rev-parse", "HEAD", folder=folder)


def tag_and_advance(tag: str, release: str, package: str, digest: str) -> None:
    """Tag the commit with the package, and move main to the one before it. If that fails, there is no tag."""
    is_done = False
    try:
        texts = ("--message", f"Release {tag[1:]}", "--message", f"SHA-256 of {PACKAGE}: {digest}")
        git("tag", "--annotate", tag, package, *texts)
        with uninterrupted():
            advance(release)
            is_done = True
            show_result(tag, release, package)
    finally:
        with uninterrupted():
            # Somebody else may have made a tag of this name meanwhile.
            if not is_done and commit_of(f"refs/tags/{tag}") == package:
                git("tag", "--delete", tag)


def advance(release: str) -> None:
    """Move main to the commit of the release, with its files. If that fails, both are as they were."""
    try:
        git("merge", "--ff-only", release)
    except ReleaseError:
        # Git writes the files before it moves main. This changes no file that somebody has changed meanwhile.
        run_git("read-tree", "-m", "-u", release, "HEAD")
        raise


def show_result(tag: str, release: str, package: str) -> None:
    """Show both commits, and the command that publishes them, with all commits that it publishes."""
    show(f"main is now {release[:10]}, which has the version. {tag} is {package[:10]}, which adds {PACKAGE}.")
    if commit_of(MAIN_OF_ORIGIN):
        commits = git("rev-list", "--oneline", f"{MAIN_OF_ORIGIN}..{release}")
        show(f"Of main, this is not on origin:\n\n{indent(commits, '  ')}\n")
    # Both or neither, so that no tag is there without its main.
    publish = f"git push --atomic origin main {tag}"
    show(f"Look at both with git show. This publishes them, which cannot be undone:\n\n  {publish}")
