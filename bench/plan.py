"""Write the output of `scavenger plan` with the last figures into docs/how-to/plan.md, and draw a simulation."""

import os
import shlex
import subprocess
from pathlib import Path

from scavenger_ops.toolchain import BIN, ROOT

from bench.report import write_generated_block

DOCS = ROOT / "docs"
PLANNING = DOCS / "how-to" / "plan.md"
EXAMPLE = "plan --inserts 1000 --peak 4000 --billing-mode PAY_PER_REQUEST --stream-view-type KEYS_ONLY"
SIMULATION = "plan --inserts 200 --write-capacity 600 --batch-size 1000 --simulate throttled"
COLUMNS = 120


def run(command: str, *arguments: str | Path) -> str:
    """Run the command, and return its output."""
    shown = subprocess.run(
        [BIN / "scavenger", *shlex.split(command), *arguments],
        env={**os.environ, "COLUMNS": str(COLUMNS)},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return "\n".join(line.rstrip() for line in shown.stdout.splitlines())


if __name__ == "__main__":
    write_generated_block("example", f"```\n{run(EXAMPLE)}\n```", PLANNING)
    run(SIMULATION, "--picture", DOCS / "images" / "throttled.svg")
