"""Writes the tables of inputs and outputs into the README of each Terraform folder.

Run by `make docs` as `python -m scavenger_ops.readme_tables`. terraform-docs would do, but is in no index of Python
packages, from which the other tools come.
"""

import html
import json
import re
import sys
from pathlib import Path
from typing import Any

import hcl2

from scavenger_ops.generated_block import END, replace_generated_block
from scavenger_ops.toolchain import ROOT

MARK = "make docs: inputs and outputs"
FOLDERS = (ROOT, *sorted({file.parent for parent in ("modules", "examples") for file in ROOT.glob(f"{parent}/*/*.tf")}))

# Strings, empty objects, what opens and closes, commas, and all that is between those.
PART = re.compile(r'"(?:\\.|[^"\\])*"|{}|[][{}()]|, *|[^][{}(),"]+')
CLOSED_BY = {"{": "}", "(": ")", "[": "]"}

Blocks = dict[str, dict[str, Any]]


class ReadmeError(Exception):
    """A README cannot be written; the text says what to do."""


def main() -> None:
    """Write all of them."""
    try:
        for folder in FOLDERS:
            write_tables(folder)
    except ReadmeError as error:
        sys.exit(f"error: {error}")


def write_tables(folder: Path) -> None:
    """Write the folder's tables into its README. Raises ReadmeError as with_tables does."""
    (folder / "README.md").write_text(with_tables(folder))


def with_tables(folder: Path) -> str:
    """Give the folder's README as it should be. Raises ReadmeError if it has no place for the tables."""
    readme = folder / "README.md"
    try:
        return replace_generated_block(readme.read_text(), MARK, tables(folder))
    except (FileNotFoundError, ValueError) as error:
        raise ReadmeError(
            f"{readme} has no place for the tables: write one with the lines <!-- {MARK} --> and {END}, once each, "
            "and run `make docs`."
        ) from error


def tables(folder: Path) -> str:
    """Lay out the folder's inputs and outputs as Markdown."""
    inputs = [
        f"| `{name}` | {prose(body)} | {expression(body, 'type', 'any')} | {expression(body, 'default', 'required')} |"
        for name, body in read_blocks(folder, "variable").items()
    ]
    outputs = [f"| `{name}` | {prose(body)} |" for name, body in read_blocks(folder, "output").items()]
    head_of_inputs = ["| input | what it is | type | default |", "| --- | --- | --- | --- |"]
    head_of_outputs = ["| output | what it is |", "| --- | --- |"]
    return "\n".join(
        [
            *([*head_of_inputs, *inputs] if inputs else ["No inputs."]),
            "",
            *([*head_of_outputs, *outputs] if outputs else ["No outputs."]),
        ]
    )


def read_blocks(folder: Path, kind: str) -> Blocks:
    """Read the blocks of a kind from the folder's Terraform files, by name: expressions as they are written."""
    options = hcl2.SerializationOptions(
        wrap_objects=True, wrap_tuples=True, explicit_blocks=False, preserve_heredocs=False
    )
    blocks: Blocks = {}
    for path in sorted(folder.glob("*.tf")):
        with path.open() as file:
            for block in hcl2.load(file, serialization_options=options).get(kind, []):
                blocks |= {name.strip('"'): body for name, body in block.items()}
    return blocks


def prose(body: dict[str, Any]) -> str:
    """Give a description as a cell of Markdown, which takes <this> for HTML and | for the cell's end."""
    description = json.loads(body.get("description", '""')).replace("$${", "${").strip()
    return re.sub(r"[|<*\\]", r"\\\g<0>", description).replace("\n", "<br>")


def expression(body: dict[str, Any], name: str, otherwise: str) -> str:
    """Give a type or default as a cell of Markdown, on several lines if it has attributes."""
    if name not in body:
        return otherwise
    value = body[name]
    text = value if isinstance(value, str) else json.dumps(value)
    # So python-hcl2 marks what is no plain value.
    text = re.sub(r"^\$\{(.*)\}$", r"\1", text)
    if "{" not in text.replace("{}", ""):
        return "`" + text.replace("|", r"\|") + "`"
    laid_out = html.escape(lay_out(text), quote=False)
    # Markdown is in force there.
    laid_out = re.sub(r"[|*`\\]", lambda character: f"&#{ord(character[0])};", laid_out)
    return "<pre>" + laid_out.replace("\n", "<br>") + "</pre>"


def lay_out(text: str) -> str:
    """Put each attribute of each object of an expression on a line of its own."""
    laid_out, opened = "", ""
    for part in PART.findall(text):
        if part in CLOSED_BY:
            opened += part
        elif part in CLOSED_BY.values():
            opened = opened[:-1]
        new_line = "\n" + "  " * opened.count("{")
        if part == "{":
            laid_out += part + new_line
        elif part == "}":
            laid_out += new_line + part
        elif part.startswith(",") and opened.endswith("{"):
            laid_out += new_line
        else:
            laid_out += part
    return laid_out


if __name__ == "__main__":
    main()
