"""The text with which `scavenger local` opens a shell: what to type first, and where the local AWS differs from AWS."""

import os
import shutil
import textwrap
from pathlib import Path

from scavenger_ops.extras import REPOSITORY
from scavenger_ops.local.limits import LIMITS
from scavenger_ops.toolchain import ROOT

# Longer lines are hard to read.
MAX_COLUMNS = 100
PAGE = "docs/reference/local-aws.md"


def welcome(clone: Path = ROOT) -> str:
    """Return the text, in lines that fit the terminal. Without a clone, there is no example to deploy."""
    columns = min(shutil.get_terminal_size().columns, MAX_COLUMNS)
    is_clone = (clone / PAGE).is_file()
    paragraphs = (
        "This shell has a local AWS, for Terraform, scavenger and the AWS CLI. All in it is gone when you exit.",
        *(_first_steps(clone) if is_clone else ()),
        f"It differs from AWS in: {', '.join(limit.subject for limit in LIMITS)}.".replace("`", ""),
        f"All about it: {os.path.relpath(clone / PAGE) if is_clone else f'{REPOSITORY}/blob/main/{PAGE}'}",
    )
    # Paths and commands stay whole, so that they can be copied.
    return "\n".join(
        textwrap.fill(text, columns, break_long_words=False, break_on_hyphens=False) for text in paragraphs
    )


def _first_steps(clone: Path) -> tuple[str, str]:
    quickstart, tutorial = (os.path.relpath(clone / path) for path in ("examples/quickstart", "docs/tutorial.md"))
    return (
        f"Begin with: cd {quickstart} && terraform init && terraform apply",
        f'And then: part 2 of {tutorial}, or "Try it" in the README of each example',
    )
