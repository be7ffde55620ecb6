"""Tests neither write into the repository of the person who runs them nor depend on the person's settings of Git."""

import os
import subprocess
import sys
from pathlib import Path

from scavenger_ops.toolchain import ROOT
from support.release import git

SETTINGS = """
[commit]
gpgsign = true
[tag]
gpgsign = true
[gpg]
format = ssh
[core]
autocrlf = true
excludesFile = {folder}/excludes
[status]
showUntrackedFiles = no
[clone]
defaultRemoteName = upstream
[init]
templateDir = {folder}/nowhere
"""


def test_a_hook_can_run_the_tests(tmp_path: Path) -> None:
    """In a hook, Git's variables name the repository; in its own configuration, a person signs each commit."""
    git(tmp_path, "init", "--quiet", "theirs")
    (tmp_path / "excludes").write_text("*.md\n")
    (tmp_path / "settings").write_text(SETTINGS.format(folder=tmp_path))
    tests = ["tests/unit/test_make_release.py", "tests/unit/test_check_release.py"]
    words = ["-p", "no:cacheprovider", "-q", "-k", "only_the_tag_has_the_package or what_is_published", *tests]
    theirs = {"GIT_DIR": str(tmp_path / "theirs/.git"), "GIT_CONFIG_GLOBAL": str(tmp_path / "settings")}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=ROOT,
        env=os.environ | theirs,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in ran.stdout, ran.stdout
    assert git(tmp_path / "theirs", "for-each-ref") == ""
