"""Runs Terraform's AWS provider once for many commands, since to start it and read its schema takes most of their time.

`python -m support.provider FOLDER COMMAND…` runs the one of a configuration that is set up, and a command beside it.
Source: developer.hashicorp.com/terraform/plugin/debugging, "Debugging Configuration".
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from tempfile import TemporaryDirectory

from scavenger_ops.terraform import LOCK, run_terraform
from scavenger_ops.toolchain import ROOT

from support.listener import listening

CONFIGURATION = 'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n'
# It reads a package that is named by a relative path from where it was started, and not where Terraform was: this is as
# deep as the examples and what is put beside them.
STARTED_IN = ROOT / "examples" / "quickstart"


@contextmanager
def running_provider(folder: Path, environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Run the locked provider, and return the environment in which Terraform attaches to it.

    It is set up in a folder that processes share: its checksum takes a second to compute. It has the settings of the
    command that came last, so that commands at the same time must have the same ones, its Region among them.
    """
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        # Until it is closed.
        flock(lock, LOCK_EX)
        if not (folder / ".terraform").exists():
            (folder / "main.tf").write_text(CONFIGURATION)
            (folder / LOCK.name).write_text(LOCK.read_text())
            run_terraform(folder, "init", "-input=false", environment=environment)
    with _running(folder, environment) as attached, _schema_of_what_is_used(attached) as reattached:
        yield {**environment, "TF_REATTACH_PROVIDERS": reattached}


@contextmanager
def _running(folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Run the provider of a configuration that is set up, and return how Terraform attaches to it."""
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
        yield next(match[1] for line in said if (match := re.search(r"TF_REATTACH_PROVIDERS='(.*)'", line)))
    finally:
        # Upon which it removes its socket.
        process.send_signal(signal.SIGINT)
        process.communicate()


@contextmanager
def _schema_of_what_is_used(attached: str) -> Iterator[str]:
    """Stand between Terraform and the provider, and return how Terraform attaches to that."""
    ((name, provider),) = json.loads(attached).items()
    with TemporaryDirectory() as folder:
        socket = f"{folder}/socket"
        with listening("support.provider_schema", provider["Addr"]["String"], socket, *used_types()):
            yield json.dumps({name: provider | {"Addr": {"Network": "unix", "String": socket}}})


def used_types() -> set[str]:
    """Return the types of the provider's resources and data sources in all configurations here."""
    files = [
        *ROOT.glob("*.tf"),
        *(file for folder in ("modules", "examples", "tests") for file in (ROOT / folder).rglob("*.tf")),
    ]
    return {
        name for file in files for name in re.findall(r'^(?:resource|data) "(aws_\w+)"', file.read_text(), re.MULTILINE)
    }


def main(folder: Path, *command: str) -> int:
    """Run a command in whose environment Terraform attaches to the provider, and return its exit code."""
    with _running(folder, os.environ) as attached, _schema_of_what_is_used(attached) as reattached:
        environment = {**os.environ, "TF_REATTACH_PROVIDERS": reattached}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
