"""The demo shows how many of the planned resources Terraform has made, and Terraform's errors if it fails."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from scavenger_ops import terraform
from scavenger_ops.demo import terraform_steps
from scavenger_ops.terraform import TerraformError

SUMMARY = {"type": "change_summary", "changes": {"add": 2, "change": 0, "remove": 0, "operation": "plan"}}
COMPLETE = {"type": "apply_complete", "hook": {"action": "create", "elapsed_seconds": 1}}
READ = {"type": "apply_complete", "hook": {"action": "read", "elapsed_seconds": 0}}
END = {"type": "change_summary", "changes": {"add": 2, "change": 0, "remove": 0, "operation": "apply"}}
ERROR = {
    "type": "diagnostic",
    "diagnostic": {"severity": "error", "summary": "It failed", "detail": "The bucket is gone."},
}
WARNING = {"type": "diagnostic", "diagnostic": {"severity": "warning", "summary": "It is old"}}

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return a function that replaces Terraform by a program that writes these lines."""

    def install(*lines: dict[str, Any] | str, code: int = 0) -> None:
        written = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        (tmp_path / "output").write_text(written)
        program = tmp_path / "terraform"
        program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\ncat {tmp_path}/output\nexit {code}\n')
        program.chmod(0o755)
        monkeypatch.setattr(terraform, "TERRAFORM", program)

    return install


def shown(tmp_path: Path, step: Callable[..., None], *, is_terminal: bool = False) -> str:
    """Return what a step shows on a console."""
    console = Console(file=io.StringIO(), record=True, force_terminal=is_terminal, width=80, highlight=False)
    step(tmp_path, environment={"PATH": "/usr/bin:/bin"}, console=console)
    return console.export_text()


def test_an_apply_ends_with_the_number_of_resources(tmp_path: Path, install: Install) -> None:
    """Data that is read does not count. It asks no question."""
    install(SUMMARY, READ, COMPLETE, COMPLETE, END)
    assert shown(tmp_path, terraform_steps.apply).startswith("  2 resources created in ")
    assert "apply -json -auto-approve -input=false" in (tmp_path / "arguments").read_text()


def test_a_destroy_ends_with_the_number_of_resources(tmp_path: Path, install: Install) -> None:
    """One of them is not plural."""
    install(COMPLETE)
    assert shown(tmp_path, terraform_steps.destroy).startswith("  1 resource destroyed in ")


def test_a_terminal_shows_how_many_are_left(tmp_path: Path, install: Install) -> None:
    """As a bar, with what the plan says."""
    install(SUMMARY, COMPLETE)
    assert "1/2" in shown(tmp_path, terraform_steps.apply, is_terminal=True)


def test_a_failure_has_terraforms_errors_and_nothing_else(tmp_path: Path, install: Install) -> None:
    """A line that is not JSON, such as of a crash, is one too."""
    install(SUMMARY, WARNING, ERROR, "panic: no memory", code=1)
    with pytest.raises(TerraformError) as raised:
        shown(tmp_path, terraform_steps.apply)
    assert str(raised.value) == "terraform apply failed:\nIt failed\nThe bucket is gone.\npanic: no memory\n"


def test_init_fails_with_its_output(tmp_path: Path, install: Install) -> None:
    """Terraform's own text says what to do."""
    install("no such provider", code=1)
    with pytest.raises(TerraformError, match="terraform init failed:\nno such provider"):
        shown(tmp_path, terraform_steps.init)
