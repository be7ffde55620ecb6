"""`scavenger local` says what to type first, and where the local AWS differs from AWS."""

from pathlib import Path

import pytest
from scavenger_ops.local.limits import LIMITS
from scavenger_ops.local.welcome import welcome
from scavenger_ops.toolchain import ROOT


@pytest.fixture(autouse=True)
def in_the_clone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Call the command in the root of the clone, on a usual terminal."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")


def test_it_begins_with_a_command_that_runs_where_one_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folders are there."""
    assert "cd examples/quickstart && terraform init && terraform apply" in welcome()
    assert "docs/tutorial.md" in welcome()
    monkeypatch.chdir(ROOT / "docs")
    assert "cd ../examples/quickstart && " in welcome()


def test_it_names_all_that_differs() -> None:
    """In few lines, without Markdown."""
    text = " ".join(welcome().split())
    assert [limit.subject for limit in LIMITS if limit.subject.replace("`", "") not in text] == []
    assert "docs/reference/local-aws.md" in text
    assert "`" not in text
    assert len(welcome().splitlines()) <= 12


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_its_lines_fit_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """A line of hundreds of characters breaks inside of words."""
    monkeypatch.setenv("COLUMNS", str(columns))
    assert max(map(len, welcome().splitlines())) <= min(columns, 100)


def test_without_a_clone_it_names_the_page_in_the_repository(tmp_path: Path) -> None:
    """There is no example to deploy."""
    text = welcome(tmp_path)
    assert "https://github.com/staging-scavenger/staging-scavenger/blob/main/docs/reference/local-aws.md" in text
    assert "terraform apply" not in text
