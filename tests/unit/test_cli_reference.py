"""docs/cli.md has each command and option as the Typer app defines them."""

import re
from pathlib import Path

import pytest
import typer
from scavenger_ops import cli_reference as generator
from scavenger_ops.cli import app
from scavenger_ops.cli_reference import PATH, cli_reference, main

SUBCOMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined] # it is a group


def test_the_page_is_the_one_that_the_app_generates() -> None:
    """A change of a command, an option or a help text needs a new page."""
    assert PATH.read_text() == cli_reference(), "Run `make docs`."


@pytest.mark.parametrize("variables", [{"COLUMNS": "40"}, {"FORCE_COLOR": "1", "TERM": "xterm-256color"}], ids=repr)
def test_the_page_does_not_depend_on_the_terminal(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It depends neither on its width nor on its colors."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert PATH.read_text() == cli_reference()


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_each_command_has_its_section_with_all_of_its_options(name: str) -> None:
    """The list of commands leads to it, with the whole first line of its description."""
    text = PATH.read_text()
    (section,) = re.findall(rf"^## `scavenger {name}`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    options = {option for each in SUBCOMMANDS[name].params for option in each.opts if option.startswith("-")}
    assert options | {"--help"} == set(re.findall(r"^\* `(--[a-z-]+)", section, re.MULTILINE))
    summary = section.strip().split("\n")[0]
    assert f"* [`{name}`](#scavenger-{name}): {summary}\n" in text


def test_the_page_has_no_escapes_in_its_sentences() -> None:
    """The generator escapes apostrophes and bounds as HTML, which nobody needs to read here."""
    assert re.findall(r"&#x27;|&quot;|&lt;=", PATH.read_text()) == []


def test_the_page_is_written_whatever_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`make docs` writes it in the same way."""
    monkeypatch.setattr(generator, "PATH", tmp_path / "cli.md")
    generator.PATH.write_text("old")
    main()
    assert generator.PATH.read_text() == cli_reference()
