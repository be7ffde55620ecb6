"""A command that is shown can be typed where the user stands."""

import sys
from pathlib import Path

import pytest
from scavenger_ops import program


@pytest.mark.parametrize(
    ("called", "shown"),
    [
        (".venv/bin/scavenger", ".venv/bin/scavenger"),
        ("../../.venv/bin/scavenger", "../../.venv/bin/scavenger"),
        ("/opt/tool/bin/scavenger", "/opt/tool/bin/scavenger"),
        ("/usr/lib/python3/pytest", "scavenger"),
    ],
)
def test_it_is_shown_as_it_was_called(called: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path stays the path, whichever it is. Another program is not it."""
    monkeypatch.setattr(sys, "argv", [called])
    monkeypatch.setenv("PATH", "/usr/bin")
    assert program.scavenger("status", "a b") == f"{shown} status 'a b'"


def test_on_the_path_the_name_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel passes the whole path of a program that the shell found there."""
    path = tmp_path / "scavenger"
    path.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [str(path)])
    assert program.program() == "scavenger"


def test_region_and_profile_of_the_options_are_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without them, the command would ask elsewhere. Those of the environment are there anyway."""
    monkeypatch.setattr(sys, "argv", ["pytest"])
    program.remember(region="eu-west-1", profile=None)
    assert program.scavenger("redrive", "orders") == "scavenger redrive orders --region eu-west-1"
    program.remember(region=None, profile="their own")
    assert program.aws("s3", "ls") == "aws s3 ls --profile 'their own'"
    program.remember(region=None, profile=None)
    assert program.aws("s3", "ls") == "aws s3 ls"
