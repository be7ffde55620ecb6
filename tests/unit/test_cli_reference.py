"""docs/cli.md has the help of each command, as the command shows it."""

import re
from pathlib import Path

import pytest
from scavenger_ops import cli_reference as generator
from scavenger_ops.cli import COMMANDS, command_name
from scavenger_ops.cli_reference import PATH, cli_reference, main

NAMES = [command_name(command) for command, _, _ in COMMANDS]


def test_the_page_is_the_one_that_the_app_generates() -> None:
    """A change of a command, an option or a help text needs a new page."""
    assert PATH.read_text() == cli_reference(), "Run `make docs`."


@pytest.mark.parametrize("variables", [{"COLUMNS": "40"}, {"FORCE_COLOR": "1", "TERM": "xterm-256color"}], ids=repr)
def test_the_page_does_not_depend_on_the_terminal(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It depends neither on its width nor on its colors."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert PATH.read_text() == cli_reference()


@pytest.mark.parametrize("name", NAMES)
def test_each_command_has_a_section_with_examples(name: str) -> None:
    """The examples call that command."""
    (section,) = re.findall(rf"^## `scavenger {name}`\n(.*?)(?=^## |\Z)", PATH.read_text(), re.MULTILINE | re.DOTALL)
    assert section.strip().startswith(f"```text\nUsage: scavenger {name} ")
    examples = section.split("Examples:\n")[1].strip().removesuffix("```").strip().splitlines()
    assert examples
    assert all(example.strip().startswith(f"scavenger {name}") for example in examples)


def test_the_page_is_written_whatever_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`make docs` writes it in the same way."""
    monkeypatch.setattr(generator, "PATH", tmp_path / "cli.md")
    generator.PATH.write_text("old")
    main()
    assert generator.PATH.read_text() == cli_reference()
