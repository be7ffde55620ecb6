"""Writes the tables of inputs and outputs of each Terraform folder into its README, those of the root into a page.

Run by `make docs` as `python -m scavenger_ops.terraform_tables`. terraform-docs would do the same, but the package
index that the other tools come from does not have it.
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
# The root's tables are too long for its README.
PAGE_OF_ROOT = ROOT / "docs" / "reference" / "inputs-and-outputs.md"

# Strings, empty objects, brackets, commas, and the text between them.
PART = re.compile(r'"(?:\\.|[^"\\])*"|{}|[][{}()]|, *|[^][{}(),"]+')
CLOSED_BY = {"{": "}", "(": ")", "[": "]"}

Blocks = dict[str, dict[str, Any]]


class PageError(Exception):
    """A page has no place for the tables; the text says what to do."""


def main() -> None:
    """Write all tables into their pages."""
    try:
        for folder in FOLDERS:
            write_tables(folder)
    except PageError as error:
        sys.exit(f"error: {error}")


def page_of(folder: Path) -> Path:
    """Return the path of the page that has the folder's tables."""
    return PAGE_OF_ROOT if folder == ROOT else folder / "README.md"


def write_tables(folder: Path) -> None:
    """Write the folder's tables into its page. Raises PageError as with_tables does."""
    page_of(folder).write_text(with_tables(folder))


def with_tables(folder: Path) -> str:
    """Return the text of the folder's page with its current tables. Raises PageError if it has no place for them."""
    page = page_of(folder)
    try:
        return replace_generated_block(page.read_text(), MARK, tables(folder))
    except (FileNotFoundError, ValueError) as error:
        raise PageError(
            f"{page} has no place for the tables: write one with the lines <!-- {MARK} --> and {END}, once each, "
            "and run `make docs`."
        ) from error


def tables(folder: Path) -> str:
    """Return the folder's inputs and outputs as Markdown tables."""
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
    """Return the blocks of a kind in the folder's Terraform files, by name. Expressions stay as they are written."""
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
    """Return a description as a cell of a Markdown table, where <this> would be HTML and | would end the cell."""
    description = json.loads(body.get("description", '""')).replace("$${", "${").strip()
    return re.sub(r"[|<*\\]", r"\\\g<0>", description).replace("\n", "<br>")


def expression(body: dict[str, Any], name: str, otherwise: str) -> str:
    """Return a type or default as a cell of a Markdown table, on several lines if it has attributes."""
    if name not in body:
        return otherwise
    value = body[name]
    text = value if isinstance(value, str) else json.dumps(value)
    # python-hcl2 marks expressions that are not plain values like this.
    text = re.sub(r"^\$\{(.*)\}$", r"\1", text)
    if "{" not in text.replace("{}", ""):
        return "`" + text.replace("|", r"\|") + "`"
    laid_out = html.escape(lay_out(text), quote=False)
    # Markdown is still interpreted inside <pre>.
    laid_out = re.sub(r"[|*`\\]", lambda character: f"&#{ord(character[0])};", laid_out)
    return "<pre>" + laid_out.replace("\n", "<br>") + "</pre>"


def lay_out(text: str) -> str:
    """Return an expression with each attribute of an object on its own line."""
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
