"""Runs a configuration of tests/data/adopter: what those write who use the modules and the root."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from scavenger_ops.terraform import LOCK, TerraformError, read_outputs, run_terraform
from scavenger_ops.toolchain import ROOT

from support.examples import copy_with_root


class Adopter(NamedTuple):
    """A copied configuration, the environment of its Terraform, and the inputs that all of its commands have."""

    folder: Path
    environment: dict[str, str]
    inputs: Mapping[str, object] = {}

    def run(self, command: str, *options: str, **inputs: object) -> str:
        """Run a Terraform command with these inputs too, and return its output in one line."""
        variables = [f"-var={name}={_text(value)}" for name, value in {**self.inputs, **inputs}.items()]
        # Names and addresses come after the variables.
        output = run_terraform(self.folder, command, "-no-color", *variables, *options, environment=self.environment)
        return one_line(output)

    def refuse(self, command: str, *options: str, **inputs: object) -> str:
        """Run a command that fails, and return its errors in one line."""
        with pytest.raises(TerraformError) as caught:
            self.run(command, *options, **inputs)
        return one_line(str(caught.value))

    def apply(self, **inputs: object) -> dict[str, Any]:
        """Apply the configuration with these inputs, and return its outputs."""
        self.run("apply", "-auto-approve", **inputs)
        return self.outputs()

    def outputs(self) -> dict[str, Any]:
        """Return the outputs of what was applied."""
        return read_outputs(self.folder, self.environment)

    def plan(self, **inputs: object) -> Any:
        """Plan with these inputs, and return the plan as `terraform show -json` does."""
        self.run("plan", "-out=tested.tfplan", **inputs)
        return json.loads(run_terraform(self.folder, "show", "-json", "tested.tfplan", environment=self.environment))

    def planned_changes(self, **inputs: object) -> dict[str, set[str]]:
        """Return what a plan does, by address: the attributes of an update, or the actions; "read" is a look-up."""
        found = {each["address"]: each["change"] for each in self.plan(**inputs)["resource_changes"]}
        done = {address: _differences(change) for address, change in found.items() if change["actions"] != ["no-op"]}
        return {address: what for address, what in done.items() if what}


def copy_adopter(name: str, folder: Path, environment: dict[str, str], **inputs: object) -> Adopter:
    """Copy a configuration, with the root, the modules and the package that it uses, and initialize it."""
    copy = copy_with_root(ROOT / "tests/data/adopter" / name, folder)
    (copy / LOCK.name).write_text(LOCK.read_text())
    run_terraform(copy, "init", "-input=false", environment=environment)
    return Adopter(copy, environment, inputs)


def _differences(change: dict[str, Any]) -> set[str]:
    """Return the attributes that an update changes; for other changes, the actions."""
    if change["actions"] != ["update"]:
        return set(change["actions"])
    before, after = change["before"], change["after"]
    changed = {name for name, value in after.items() if value != before.get(name)}
    unknown = {name for name, is_unknown in change["after_unknown"].items() if is_unknown is True}
    return changed | unknown


def one_line(text: str) -> str:
    """Return an output of Terraform in one line, without the frames of its errors."""
    return " ".join(text.replace("│", "").split())


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
