"""Writes docs/cli.md, the reference of all commands and options, from the Typer app.

Run by `make docs` as `python -m scavenger_ops.cli_reference`. The text is that of Typer's own generator
(`typer scavenger_ops.cli utils docs`).
"""

import html
import re
import subprocess

from scavenger_ops.toolchain import BIN, ROOT

PATH = ROOT / "docs" / "cli.md"

_TITLE = "The scavenger command"
_INTRODUCTION = """\
For operators, and for the authors of scripts. This page lists each command with its options and defaults. `make docs`
generates it from the code: do not edit it. [commands.md](reference/commands.md) has the exit codes, the permissions,
the behavior and the JSON of each command. [operate.md](how-to/operate.md) has the command for each task.
"""
# A description with markup that GitHub would take for HTML stays escaped.
_SAFE_ENTITY = re.compile(r"&(?:#x27|quot|gt|lt(?=;=));")


def main() -> None:
    """Write the page."""
    PATH.write_text(cli_reference())


def cli_reference() -> str:
    """Return the page as it should be."""
    command = [str(BIN / "typer"), "scavenger_ops.cli", "utils", "docs", "--name", "scavenger", "--title", _TITLE]
    generated = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    text = _SAFE_ENTITY.sub(lambda entity: html.unescape(entity[0]), generated)
    heading, rest = text.split("\n\n", 1)
    return _with_whole_summaries(f"{heading}\n\n{_INTRODUCTION}\n{rest.strip()}\n")


def _with_whole_summaries(text: str) -> str:
    """Link each command of the list to its section, with all of its first line: the generator cuts that short."""
    summaries = dict(re.findall(r"^## `scavenger (\w+)`\n\n(.*)$", text, re.MULTILINE))

    def line(listed: re.Match[str]) -> str:
        name = listed[1]
        return f"* [`{name}`](#scavenger-{name}): {summaries[name]}"

    return re.sub(rf"^\* `({'|'.join(summaries)})`: .*$", line, text, flags=re.MULTILINE)


if __name__ == "__main__":
    main()
