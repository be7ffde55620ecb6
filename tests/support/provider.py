"""Runs Terraform's AWS provider once for many commands, since its start takes most of a command's time.

Source: developer.hashicorp.com/terraform/plugin/debugging, "Debugging Configuration".
"""

import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from scavenger_ops.terraform import LOCK, run_terraform
from scavenger_ops.toolchain import ROOT

# It reads a package that is named by a relative path from where it was started, and not where Terraform was: this is as
# deep as the examples and what is put beside them.
STARTED_IN = ROOT / "examples" / "quickstart"
CONFIGURATION = 'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n'


@contextmanager
def running_provider(folder: Path, environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Run the locked provider in a folder, and return the environment in which Terraform attaches to it.

    It has one configuration at a time, so that it is for one Region, and for one command after the other.
    """
    (folder / "main.tf").write_text(CONFIGURATION)
    (folder / LOCK.name).write_text(LOCK.read_text())
    run_terraform(folder, "init", "-input=false", environment=environment)
    # It may be a link into a mirror, which glob does not follow.
    (platform,) = folder.glob(".terraform/providers/*/*/*/*/*")
    (program,) = platform.glob("terraform-provider-aws*")
    process = subprocess.Popen(
        [program, "-debug"],
        cwd=STARTED_IN,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    try:
        said = iter(process.stdout.readline, "")
        found = next(match for line in said if (match := re.search(r"TF_REATTACH_PROVIDERS='(.*)'", line)))
        yield {**environment, "TF_REATTACH_PROVIDERS": found[1]}
    finally:
        # Upon which it removes its socket.
        process.send_signal(signal.SIGINT)
        process.communicate()
