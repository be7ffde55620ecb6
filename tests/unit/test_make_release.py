"""A release is made completely or not at all. Here the project is a few files, and its package the text of one."""

import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from releasing import git as git_module
from releasing.make import make
from releasing.messages import ReleaseError
from releasing.project import VERSION_FILE
from support.release import SMALL_PROJECT, commit, git, make_repository, run_release

BROKEN_BUILD = "#!/usr/bin/env bash\nexit 1\n"


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a small project of version 0.1.0, from which this process releases."""
    clone = make_repository(tmp_path, SMALL_PROJECT)
    monkeypatch.setattr(git_module, "ROOT", clone)
    return clone


def state(clone: Path) -> list[str]:
    """Return what a failed release must leave as it is: commits, tags, files, worktrees."""
    shown = (
        ["rev-parse", "--abbrev-ref", "HEAD"],
        ["for-each-ref"],
        ["status", "--porcelain", "--ignored"],
        ["worktree", "list"],
    )
    return [git(clone, *command) for command in shown]


def test_main_gets_the_version_everywhere(clone: Path) -> None:
    """The changelog gets a heading with today's date. What it says about older releases stays."""
    days = {datetime.now(UTC).date()}
    make("0.2.0")
    days.add(datetime.now(UTC).date())
    assert (clone / "lambda_src/scavenger/__init__.py").read_text() == '"""It."""\n\n__version__ = "0.2.0"\n'
    changelog = (clone / "CHANGELOG.md").read_text()
    assert any(f"\n## [Unreleased]\n\n## [0.2.0] - {day}\n\n- What is released.\n" in changelog for day in days)
    assert "`?ref=v0.1.0`" in changelog
    assert "//modules/a?ref=v0.2.0`" in (clone / "README.md").read_text()
    assert '.git?depth=1&ref=v0.2.0"' in (clone / "one/main.tf").read_text()
    assert git(clone, "log", "-1", "--format=%s") == "Release 0.2.0"


@pytest.mark.parametrize(
    "text",
    [
        'source = "git::https://github.com/others/module.git//modules/a?ref=v1.2.3"\n',
        'source = "github.com/others/module?ref=v1.2.3"\n',
        "Caf\xe9.\n",
    ],
)
def test_what_is_not_this_projects_stays(text: str, clone: Path, tmp_path: Path) -> None:
    """Another module has versions of its own, a link may lead to another project, and a text need not be UTF-8."""
    (tmp_path / "page.md").write_text("?ref=v0.1.0\n")
    (clone / "page.md").symlink_to(tmp_path / "page.md")
    (clone / "others.tf").write_bytes(text.encode("latin-1"))
    commit(clone, {})
    make("0.2.0")
    assert git(clone, "diff", "--name-only", "v0.2.0^^", "v0.2.0", "--", "others.tf") == ""
    assert (tmp_path / "page.md").read_text() == "?ref=v0.1.0\n"


def test_only_the_tag_has_the_package(clone: Path) -> None:
    """Its commit comes after main's, and its message has the package's SHA-256."""
    make("0.2.0")
    assert git(clone, "rev-parse", "v0.2.0^") == git(clone, "rev-parse", "main")
    assert git(clone, "diff", "--name-status", "main", "v0.2.0") == "A\tdist/scavenger.zip"
    assert not (clone / "dist").exists()
    assert git(clone, "cat-file", "-t", "v0.2.0") == "tag"
    digest = sha256(f"{git(clone, 'show', 'v0.2.0:dist/scavenger.zip')}\n".encode()).hexdigest()
    assert f"SHA-256 of dist/scavenger.zip: {digest}" in git(clone, "for-each-ref", "--format=%(contents)", "refs/tags")


def test_nothing_is_pushed_but_the_command_is_shown(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To publish cannot be undone, so a person looks first."""
    before = git(clone, "ls-remote", "origin")
    make("0.2.0")
    assert git(clone, "ls-remote", "origin") == before
    assert capsys.readouterr().out.splitlines()[-1] == "  git push --atomic origin main v0.2.0"
    assert git(clone, "worktree", "list").count("\n") == 0


def test_the_commits_that_the_command_publishes_are_shown(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A commit that was not meant for others may be among them."""
    commit(clone, {"README.md": "not pushed\n"})
    make("0.2.0")
    commits = git(clone, "log", "-2", "--oneline").splitlines()
    assert [line.strip() for line in capsys.readouterr().out.splitlines()[2:6]] == ["", *commits, ""]


def test_a_clone_without_a_remote_can_release(clone: Path) -> None:
    """There is no tag elsewhere that could be in the way."""
    git(clone, "remote", "remove", "origin")
    make("0.2.0")
    assert git(clone, "tag", "--list") == "v0.2.0"


def test_files_that_git_does_not_track_do_not_matter(clone: Path) -> None:
    """They are in no commit, and stay."""
    (clone / "notes.txt").touch()
    make("0.2.0")
    assert git(clone, "status", "--porcelain") == "?? notes.txt"
    assert git(clone, "ls-tree", "-r", "--name-only", "v0.2.0", "notes.txt") == ""


@pytest.mark.parametrize("hook", ["pre-commit", "commit-msg", "post-checkout"])
def test_a_hook_does_not_run(hook: str, clone: Path) -> None:
    """That of pre-commit needs .venv, which is not in the worktree."""
    add_hook(clone, hook, "exit 1")
    make("0.2.0")
    assert git(clone, "tag", "--list") == "v0.2.0"


def add_hook(clone: Path, name: str, text: str) -> None:
    """Give the clone a hook of Git."""
    hook = clone / ".git" / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/usr/bin/env bash\n{text}\n")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)


def test_in_a_hook_of_another_repository_only_the_clone_changes(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git names the other one in the environment."""
    git(tmp_path, "init", "--quiet", "other")
    with monkeypatch.context() as hook:
        hook.setenv("GIT_DIR", str(tmp_path / "other/.git"))
        made = run_release(clone, "make", "0.2.0")
    assert made.returncode == 0, made.stderr
    assert git(clone, "tag", "--list") == "v0.2.0"
    assert git(tmp_path / "other", "for-each-ref") == ""


def test_a_tag_with_the_name_of_main_is_not_main(clone: Path) -> None:
    """Git prefers the tag where a name could be both."""
    git(clone, "tag", "main", "HEAD^")
    git(clone, "tag", "origin/main", "HEAD^")
    main = git(clone, "rev-parse", "HEAD")
    make("0.2.0")
    assert git(clone, "rev-parse", "v0.2.0^^") == main


def test_main_is_moved_without_a_merge(clone: Path) -> None:
    """The tag's commit comes right after main's, also if Git is set up to merge always."""
    git(clone, "config", "merge.ff", "false")
    make("0.2.0")
    assert git(clone, "rev-parse", "v0.2.0^") == git(clone, "rev-parse", "main")


def test_the_package_is_built_with_the_same_python(clone: Path) -> None:
    """It has pip, which that of the system may lack."""
    commit(clone, {"build.sh": SMALL_PROJECT["build.sh"].replace("cp README.md ", 'echo "$PYTHON" >')})
    make("0.2.0")
    assert git(clone, "show", "v0.2.0:dist/scavenger.zip") == sys.executable


@pytest.mark.parametrize("version", ["", "v0.2.0", "0.2", "0.2.0.1", "0.02.0", "0.2.0-rc.1", "0.2.x", "0.2.0\n"])
def test_a_version_is_three_numbers(clone: Path, version: str) -> None:
    """Terraform and the changelog take no other form. `make release` without VERSION passes an empty one."""
    assert_refused(clone, version, f"VERSION is {version!r}, not three numbers without leading zeros, such as 0.2.0")


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "0.0.10"])
def test_a_version_is_newer(clone: Path, version: str) -> None:
    """It is compared by its numbers."""
    assert_refused(clone, version, f"VERSION is {version}, but {VERSION_FILE} already has 0.1.0. Choose")


def test_ten_is_newer_than_nine(clone: Path) -> None:
    """As text, it would not be."""
    commit(clone, {VERSION_FILE: '__version__ = "0.9.0"\n'})
    make("0.10.0")
    assert git(clone, "tag", "--list") == "v0.10.0"


def assert_refused(clone: Path, version: str, message: str) -> None:
    """Expect that a release fails with one line, and that the clone stays as it was."""
    before = state(clone)
    with pytest.raises(ReleaseError, match=re.escape(message)) as caught:
        make(version)
    assert "\n" not in str(caught.value)
    assert state(clone) == before


def change_a_file(clone: Path) -> None:
    """Change a file without committing it."""
    (clone / "README.md").write_text("changed\n")


def stage_a_file(clone: Path) -> None:
    """Add a new file to the index."""
    (clone / "new.md").touch()
    git(clone, "add", "new.md")


def tag_on_origin(clone: Path) -> None:
    """Let only the remote have the tag."""
    git(clone, "push", "--quiet", "origin", "main:refs/tags/v0.2.0")


def commit_on_origin(clone: Path) -> None:
    """Let the remote have a commit of somebody else."""
    commit(clone, {"README.md": "theirs\n"})
    git(clone, "push", "--quiet", "origin", "main")
    git(clone, "reset", "--quiet", "--hard", "HEAD^")


def start_a_merge(clone: Path) -> None:
    """Leave a merge that changes no file."""
    git(clone, "switch", "--quiet", "--create", "theirs")
    commit(clone, {"README.md": "theirs\n"})
    git(clone, "switch", "--quiet", "main")
    commit(clone, {"one/main.tf": "ours\n"})
    git(clone, "merge", "--quiet", "--no-commit", "--strategy", "ours", "theirs")


def spoil_the_heading(clone: Path) -> None:
    """Add a space that nobody sees."""
    text = (clone / "CHANGELOG.md").read_text()
    commit(clone, {"CHANGELOG.md": text.replace("## [Unreleased]\n", "## [Unreleased] \n")})


def empty_the_changelog(clone: Path) -> None:
    """Leave a heading, which is no change."""
    commit(clone, {"CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n### Added\n\n## [0.1.0] - 2026-01-01\n\n- It.\n"})


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (change_a_file, "README.md has changes that are not committed. Commit them"),
        (stage_a_file, "new.md has changes that are not committed. Commit them"),
        (
            lambda clone: git(clone, "switch", "--quiet", "--create", "topic"),
            "is on topic, but a release is made from main",
        ),
        (lambda clone: git(clone, "switch", "--quiet", "--detach"), "is on no branch, but a release is made from main"),
        (
            lambda clone: git(clone, "tag", "v0.2.0"),
            "This clone has a tag v0.2.0, which origin lacks. To drop it, run: git tag --delete v0.2.0",
        ),
        (start_a_merge, "A merge is not finished. Run: git commit, or git merge --abort"),
        (spoil_the_heading, "CHANGELOG.md has 0.1.0 even after the change to 0.2.0. Correct its headings"),
        (tag_on_origin, "origin has a tag v0.2.0 already. A tag is never moved"),
        (commit_on_origin, "main on origin has commits that main in this clone lacks. Run: git pull"),
        (
            lambda clone: git(clone, "remote", "set-url", "origin", "/nowhere"),
            "origin does not list its tags: fatal: '/nowhere' does not appear to be a git repository. Connect",
        ),
        (empty_the_changelog, "CHANGELOG.md has nothing below [Unreleased]. Write there"),
        (lambda clone: commit(clone, {VERSION_FILE: ""}), "has no line with __version__. Restore it"),
        (lambda clone: commit(clone, {"build.sh": BROKEN_BUILD}), "build.sh failed, for the reason above."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_release_that_cannot_be_made_changes_nothing(
    clone: Path, prepare: Callable[[Path], object], message: str
) -> None:
    """The error says what to do."""
    prepare(clone)
    assert_refused(clone, "0.2.0", message)


def forget_the_person(clone: Path) -> None:
    """Let Git not know who commits."""
    git(clone, "config", "user.useConfigOnly", "true")
    git(clone, "config", "--unset", "user.email")


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (change_a_file, "README.md has changes that are not committed."),
        (forget_the_person, "git var failed: fatal: no email was given and auto-detection is disabled. Remove"),
    ],
)
def test_a_clone_that_cannot_be_released_is_not_built(
    clone: Path, prepare: Callable[[Path], object], message: str
) -> None:
    """The error comes at once."""
    commit(clone, {"build.sh": BROKEN_BUILD})
    prepare(clone)
    assert_refused(clone, "0.2.0", message)


@pytest.mark.parametrize("what", ["commit", "tag"])
def test_a_release_that_cannot_be_signed_changes_nothing(clone: Path, what: str) -> None:
    """It is signed if Git is set up to sign."""
    git(clone, "config", f"{what}.gpgsign", "true")
    git(clone, "config", "gpg.program", "false")
    assert_refused(clone, "0.2.0", f"git {what} failed: error: gpg failed to sign the data. Remove the reason")


def test_if_main_cannot_move_there_is_no_tag(clone: Path) -> None:
    """Otherwise the version could not be released again. Git has written the files then."""
    (clone / ".git/refs/heads/main.lock").touch()
    assert_refused(clone, "0.2.0", "git merge failed: ")


def test_what_is_staged_meanwhile_stays(clone: Path, tmp_path: Path) -> None:
    """To sign the tag, GPG may wait for a password long enough."""
    there, sign = shlex.quote(str(clone)), tmp_path / "sign"
    sign.write_text(
        f"#!/usr/bin/env bash\necho staged >{there}/README.md\ngit -C {there} add README.md\n"
        "cat >/dev/null\necho signed\nprintf '\\n[GNUPG:] SIG_CREATED ' >&2\n"
    )
    sign.chmod(0o755)
    git(clone, "config", "tag.gpgsign", "true")
    git(clone, "config", "gpg.program", str(sign))
    with pytest.raises(ReleaseError, match=r"^git merge failed: error: Your local changes to .* by merge\. Remove"):
        make("0.2.0")
    assert git(clone, "show", ":README.md") == "staged"
    assert git(clone, "tag", "--list") == ""


def test_a_tag_that_was_made_meanwhile_stays(clone: Path) -> None:
    """It is somebody else's."""
    commit(clone, {"build.sh": f"{SMALL_PROJECT['build.sh']}git -C {shlex.quote(str(clone))} tag v0.2.0\n"})
    with pytest.raises(ReleaseError, match=r"^git tag failed: fatal: tag 'v0\.2\.0' already exists\. Remove"):
        make("0.2.0")
    assert git(clone, "tag", "--list") == "v0.2.0"


def test_a_clone_that_changed_meanwhile_is_refused(clone: Path) -> None:
    """Otherwise another branch than main would get the release."""
    switch = f"git -C {shlex.quote(str(clone))} switch --quiet --create topic\n"
    commit(clone, {"build.sh": f"{SMALL_PROJECT['build.sh']}{switch}"})
    with pytest.raises(ReleaseError, match="is on topic, but a release is made from main"):
        make("0.2.0")
    assert git(clone, "tag", "--list") == ""
    assert git(clone, "rev-parse", "topic") == git(clone, "rev-parse", "main")


@pytest.mark.parametrize("command", ["merge --ff-only", "worktree remove"])
def test_what_must_be_completed_is_not_interrupted(command: str, clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C takes effect afterwards."""
    run_git = git_module.run_git

    def interrupted(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        if " ".join(arguments).startswith(command):
            signal.raise_signal(signal.SIGINT)
        return run_git(*arguments, folder=folder)

    monkeypatch.setattr(git_module, "run_git", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make("0.2.0")
    assert git(clone, "rev-parse", "v0.2.0^") == git(clone, "rev-parse", "main")
    assert git(clone, "worktree", "list").count("\n") == 0


def test_a_worktree_that_is_being_created_is_removed(clone: Path, tmp_path: Path) -> None:
    """Git has locked it then. Here, it waits for a program that writes a file."""
    writing = tmp_path / "writing"
    wait = f"touch {shlex.quote(str(writing))}; while [ -e {shlex.quote(str(writing))} ]; do sleep 0.01; done; cat"
    git(clone, "config", "filter.wait.smudge", wait)
    (clone / ".git/info/attributes").write_text("README.md filter=wait\n")
    with subprocess.Popen([sys.executable, str(clone / "ops/release.py"), "make", "0.2.0"]) as process:
        wait_for(writing, process)
        process.terminate()
    writing.unlink()
    assert process.returncode == 130
    assert git(clone, "worktree", "list").count("\n") == 0


def wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until a process has made a file."""
    deadline = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(("number", "to_group"), [("SIGINT", True), ("SIGTERM", False), ("SIGHUP", True)])
def test_an_interrupted_release_changes_nothing(
    clone: Path,
    tmp_path: Path,
    number: str,
    to_group: bool,  # noqa: FBT001 - a parameter of a test
) -> None:
    """Ctrl-C and a closed terminal reach the build too; `kill` only the command. No temporary files stay."""
    building, temporary = tmp_path / "building", tmp_path / "tmp"
    temporary.mkdir()
    commit(
        clone,
        {"build.sh": f"#!/usr/bin/env bash\nmktemp -d >/dev/null\ntouch {shlex.quote(str(building))}\nexec sleep 60\n"},
    )
    before = state(clone)
    command = [sys.executable, str(clone / "ops/release.py"), "make", "0.2.0"]
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(command, env=environment, start_new_session=True) as process:
        wait_for(building, process)
        (os.killpg if to_group else os.kill)(process.pid, signal.Signals[number])
    assert process.returncode == 130
    assert state(clone) == before
    assert list(temporary.iterdir()) == []


def test_the_script_shows_only_the_error(clone: Path) -> None:
    """It has one line, and the exit code is 1."""
    refused = run_release(clone, "make", "0.1")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("error: VERSION is '0.1', ")
    assert refused.stderr.count("\n") == 1
