"""Writes docs/cli.md, the reference of all commands and options: the help of each, on a terminal of 80 columns.

Run by `make docs` as `python -m scavenger_ops.cli_reference`.
"""

from typer.testing import CliRunner

from scavenger_ops.cli import COMMANDS, app, command_name
from scavenger_ops.program import NAME
from scavenger_ops.toolchain import ROOT

PATH = ROOT / "docs" / "cli.md"

_INTRODUCTION = """\
# The scavenger command

For operators, and for the authors of scripts. This page has the help of each command: its options, defaults and
examples. `make docs` generates it from the code: do not edit it. [commands.md](reference/commands.md) has the exit
codes, the permissions, the behavior and the JSON of each command. [operate.md](how-to/operate.md) has the command for
each task.
"""


def main() -> None:
    """Write the page."""
    PATH.write_text(cli_reference())


def cli_reference() -> str:
    """Return the page as it should be."""
    names = [command_name(command) for command, _, _ in COMMANDS]
    return "\n".join([_INTRODUCTION, _help(), *(f"## `{NAME} {name}`\n\n{_help(*name.split())}" for name in names)])


def _help(*words: str) -> str:
    """Return the help of the command as a block of text."""
    shown = CliRunner().invoke(app, [*words, "--help"], prog_name=NAME, env={"COLUMNS": "80"}).stdout
    return f"```text\n{shown.strip()}\n```\n"


if __name__ == "__main__":
    main()
