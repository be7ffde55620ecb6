"""The help is whole on each terminal, and comes at once."""

import subprocess
import sys

import pytest
from scavenger_ops.cli import COMMANDS, app, command_name
from scavenger_ops.program import NAME
from typer.main import get_command
from typer.testing import CliRunner

NAMES = ["", *(command_name(command) for command, _, _ in COMMANDS)]
# They take longer to import than all the rest, and the help needs none of them.
SLOW = {"boto3", "botocore", "rich.progress", "rich.table", "numpy", "matplotlib", "ministack", "aws_lambda_powertools"}


def help_of(name: str, option: str = "--help", columns: str = "80") -> str:
    """Return what the help shows on a terminal of that width."""
    return CliRunner().invoke(app, [*name.split(), option], prog_name=NAME, env={"COLUMNS": columns}).stdout


@pytest.mark.parametrize("columns", ["40", "60", "80", "120"])
@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_an_option_is_cut(name: str, columns: str) -> None:
    """All of it is ASCII, and no option shows a Python type."""
    shown = help_of(name, columns=columns)
    assert options_of(name) <= set(shown.replace(",", " ").split())
    assert shown.isascii()
    assert "<" not in shown


def options_of(name: str) -> set[str]:
    """Return the options that the help of the command shows."""
    group = get_command(app)
    command = group.commands[name] if name else group  # type: ignore[attr-defined]  # it is a group
    return {
        option
        for each in command.params
        for option in each.opts
        if option[0] == "-" and not getattr(each, "hidden", False)
    }


@pytest.mark.parametrize("name", NAMES)
def test_h_is_help(name: str) -> None:
    """Most programs have it."""
    assert help_of(name, "-h") == help_of(name)


def test_the_commands_are_grouped() -> None:
    """What needs no AWS account is apart."""
    shown = help_of("")
    order = ("Operate a deployment:", "  status", "Plan a deployment:", "Try it without an AWS account:", "  demo")
    assert sorted(order, key=shown.index) == list(order)


def test_the_help_imports_nothing_that_it_does_not_use() -> None:
    """So it comes in a tenth of a second."""
    script = f"import sys, scavenger_ops.cli; print(sorted({SLOW!r} & sys.modules.keys()))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
