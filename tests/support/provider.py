"""Runs Terraform's AWS provider once for many commands: its start and its schema take most of their time.

`python -m support.provider FOLDER COMMAND…` runs the provider of an initialized configuration, and a command with it.
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
# The provider resolves a relative path of a package from its own working folder, not from Terraform's. This folder is
# as deep as the examples, and the tests' configurations next to them.
STARTED_IN = ROOT / "examples" / "quickstart"


@contextmanager
def running_provider(folder: Path, environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Run the locked provider, and yield the environment in which Terraform attaches to it.

    It is initialized in a folder that processes share: its checksum takes a second to compute. It has the settings of
    the last command, so commands at the same time must have the same settings, including the Region.

    On macOS, Go takes certificates only from the keychain, so there each command runs its own provider.
    """
    if sys.platform == "darwin":
        yield dict(environment)
        return
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        # The lock lasts until the file is closed.
        flock(lock, LOCK_EX)
        if not (folder / ".terraform").exists():
            (folder / "main.tf").write_text(CONFIGURATION)
            (folder / LOCK.name).write_text(LOCK.read_text())
            run_terraform(folder, "init", "-input=false", environment=environment)
    with _running(folder, environment) as attached, _reduced_schema(attached) as reattached:
        yield {**environment, "TF_REATTACH_PROVIDERS": reattached}


@contextmanager
def _running(folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Run the provider of an initialized configuration, and yield how Terraform attaches to it."""
    # It may be a symbolic link into a mirror, which glob does not follow.
    (platform,) = folder.glob(".terraform/providers/*/*/*/*/*")
    (program,) = platform.glob("terraform-provider-aws*")
    process = subprocess.Popen(
        [program, "-debug"],
        cwd=STARTED_IN,
        env=_trusting(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    try:
        said = iter(process.stdout.readline, "")
        yield next(match[1] for line in said if (match := re.search(r"TF_REATTACH_PROVIDERS='(.*)'", line)))
    finally:
        # At SIGINT, it removes its socket.
        process.send_signal(signal.SIGINT)
        process.communicate()


def _trusting(environment: Mapping[str, str]) -> dict[str, str]:
    """Let the provider trust the local AWS as Go does on Linux.

    It takes AWS_CA_BUNDLE only the first time that it is configured, and then fails: "unable to add custom RootCAs".
    """
    others = {name: value for name, value in environment.items() if name != "AWS_CA_BUNDLE"}
    return {**others, "SSL_CERT_FILE": environment["AWS_CA_BUNDLE"]} if "AWS_CA_BUNDLE" in environment else others


@contextmanager
def _reduced_schema(attached: str) -> Iterator[str]:
    """Run a proxy between Terraform and the provider, and yield how Terraform attaches to the proxy."""
    ((name, provider),) = json.loads(attached).items()
    with TemporaryDirectory() as folder:
        socket = f"{folder}/socket"
        with listening("support.provider_schema", provider["Addr"]["String"], socket, *used_types()):
            yield json.dumps({name: provider | {"Addr": {"Network": "unix", "String": socket}}})


def used_types() -> set[str]:
    """Return the types of all resources and data sources in the repository's configurations."""
    files = [
        *ROOT.glob("*.tf"),
        *(file for folder in ("modules", "examples", "tests") for file in (ROOT / folder).rglob("*.tf")),
    ]
    return {
        name for file in files for name in re.findall(r'^(?:resource|data) "(aws_\w+)"', file.read_text(), re.MULTILINE)
    }


def main(folder: Path, *command: str) -> int:
    """Run a command with the provider attached, and return its exit code."""
    with _running(folder, os.environ) as attached, _reduced_schema(attached) as reattached:
        environment = {**os.environ, "TF_REATTACH_PROVIDERS": reattached}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
