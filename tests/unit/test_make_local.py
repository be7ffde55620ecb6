"""`make local` does not call the end of a shell an error."""

import os
import subprocess
from pathlib import Path

from scavenger_ops.toolchain import ROOT

# make takes them as they are, also if they are old or missing.
UP_TO_DATE = ("--assume-old=dist/scavenger.zip", "--assume-old=.venv/.ready")


def test_a_shell_whose_last_command_failed_is_no_error_of_make(tmp_path: Path) -> None:
    """A shell ends with the exit code of its last command, such as `scavenger status` with a problem."""
    for name in ("scavenger", "terraform"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    command = ["make", *UP_TO_DATE, f"--assume-old={tmp_path}/terraform", f"BIN={tmp_path}", "local"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
