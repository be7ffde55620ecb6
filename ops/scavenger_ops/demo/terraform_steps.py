"""Shows the progress of Terraform's steps: a bar on a terminal, elsewhere a line when a step begins and when it ends.

Terraform tells what it does in lines of JSON.
Source: developer.hashicorp.com/terraform/internals/machine-readable-ui.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from scavenger_ops.terraform import follow_terraform, run_terraform
from scavenger_ops.text import count, seconds

# Terraform also reports data sources that it reads, which are in no plan.
_CHANGES = ("create", "update", "delete")


@dataclass(slots=True)
class ResourceCount:
    """How many resources Terraform has created, changed or destroyed, and how many the plan has, once it is made."""

    done: int = 0
    planned: int | None = None

    def take(self, event: Mapping[str, Any]) -> None:
        """Count what a line of Terraform's says."""
        changes = event.get("changes", {})
        if event.get("type") == "change_summary" and changes.get("operation") == "plan":
            self.planned = sum(changes.get(kind, 0) for kind in ("add", "change", "remove"))
        elif event.get("type") == "apply_complete" and event.get("hook", {}).get("action") in _CHANGES:
            self.done += 1


def init(configuration: Path, environment: Mapping[str, str], console: Console) -> None:
    """Run `terraform init`. Raises TerraformError."""
    with console.status("terraform init"):
        run_terraform(configuration, "init", "-input=false", environment=environment)


def apply(configuration: Path, *options: str, environment: Mapping[str, str], console: Console) -> None:
    """Run `terraform apply`, and show how many of the planned resources are there. Raises TerraformError."""
    _follow(configuration, ("apply", *options), environment, console, "created")


def destroy(configuration: Path, *options: str, environment: Mapping[str, str], console: Console) -> None:
    """Run `terraform destroy`, and show how many resources are gone. Raises TerraformError."""
    _follow(configuration, ("destroy", *options), environment, console, "destroyed")


def _follow(
    configuration: Path, command: tuple[str, ...], environment: Mapping[str, str], console: Console, done: str
) -> None:
    resources, began_at = ResourceCount(), time.monotonic()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task(f"terraform {command[0]}", total=None)

        def show(event: Mapping[str, Any]) -> None:
            resources.take(event)
            progress.update(bar, completed=resources.done, total=resources.planned)

        follow_terraform(configuration, *command, environment=environment, show=show)
    console.print(
        f"  {count(resources.done, 'resource')} {done} in {seconds(time.monotonic() - began_at)}", style="dim"
    )
