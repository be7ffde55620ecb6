"""Finds what a Terraform configuration declares."""

import posixpath
import re
from functools import cache

from scavenger_ops.toolchain import ROOT

# In the layout of terraform fmt. A parser would take seconds.
RESOURCE = re.compile(r'^resource "([\w-]+)" "([\w-]+)"', re.MULTILINE)
MODULE = re.compile(r'^module "([\w-]+)" \{\n(?:.*\n)*?  source += "(.*)"', re.MULTILINE)
VARIABLE = re.compile(r'^variable "([\w-]+)"', re.MULTILINE)
OUTPUT = re.compile(r'^output "([\w-]+)"', re.MULTILINE)


@cache
def _text(folder: str) -> str:
    return "".join(path.read_text() for path in sorted((ROOT / folder).glob("*.tf")))


def variables(folder: str) -> set[str]:
    """Return the names of a configuration's variables."""
    return set(VARIABLE.findall(_text(folder)))


def outputs(folder: str) -> set[str]:
    """Return the names of a configuration's outputs."""
    return set(OUTPUT.findall(_text(folder)))


def addresses(folder: str) -> set[str]:
    """Return the addresses of all resources and modules of a configuration, without indexes."""
    found = {f"{kind}.{name}" for kind, name in RESOURCE.findall(_text(folder))}
    for name, source in MODULE.findall(_text(folder)):
        # Any other source is a registry, whose modules are not in this repository.
        is_ours = source.startswith(".")
        inner = addresses(posixpath.normpath(posixpath.join(folder, source))) if is_ours else set()
        found |= {f"module.{name}"} | {f"module.{name}.{address}" for address in inner}
    return found
