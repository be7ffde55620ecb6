"""The permissions of a command, as documented."""

import re

from scavenger_ops.toolchain import ROOT

REFERENCE = ROOT / "docs" / "reference" / "commands.md"


def permissions(command: str) -> list[str]:
    """Return the permissions of a command in the table of docs/reference/commands.md."""
    (line,) = re.findall(rf"^\| `{command} F` .*$", REFERENCE.read_text(), re.MULTILINE)
    return re.findall(r"`([a-z0-9]+:[A-Za-z]+)`", line)
