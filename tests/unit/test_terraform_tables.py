"""The page of each Terraform folder has current tables of its inputs and outputs."""

import re
from pathlib import Path

import hcl2
import pytest
from scavenger_ops.generated_block import END
from scavenger_ops.terraform_tables import FOLDERS, MARK, PageError, page_of, read_blocks, tables, with_tables
from scavenger_ops.toolchain import ROOT

MODULES = [folder for folder in FOLDERS if folder.parent.name == "modules"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_page_has_the_current_tables_of_its_folder(folder: Path) -> None:
    """A folder whose page is missing, or has no marks, fails with what to do."""
    expected = with_tables(folder)
    assert page_of(folder).read_text() == expected, "Run `make docs`."


def test_the_root_s_tables_are_on_a_reference_page() -> None:
    """They are too long for the README."""
    assert page_of(ROOT) == ROOT / "docs/reference/inputs-and-outputs.md"
    assert MARK not in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("folder", MODULES, ids=lambda folder: folder.name)
def test_a_module_s_usage_can_be_copied(folder: Path) -> None:
    """The example sets every required input, and no unknown one."""
    (usage,) = re.findall(r"^```hcl\n(.*?)^```$", (folder / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    ((module,),) = (block.values() for block in hcl2.loads(usage)["module"])
    used = {name for name in module if not name.startswith("__")} - {"source"}
    variables = read_blocks(folder, "variable")
    assert used - variables.keys() == set(), "no such inputs"
    assert {name for name, body in variables.items() if "default" not in body} - used == set(), "required inputs"
    assert module["source"] == f'"./{folder.relative_to(ROOT)}"'


def test_an_object_type_has_a_line_for_each_attribute(tmp_path: Path) -> None:
    """All lines are in one cell. Defaults and lists stay on one line."""
    (tmp_path / "variables.tf").write_text("""
        variable "tables" {
          description = "Where to delete."
          type = map(object({
            arn  = string
            keys = optional(object({ hash = string, range = optional(string) }), {})
            tags = optional(list(string), ["a, b", "{c}"])
          }))
          default = {
            one = { arn = "arn" }
          }
        }
    """)
    (row,) = [line for line in tables(tmp_path).splitlines() if line.startswith("| `tables`")]
    _, _, description, type_, default, _ = row.split("|")
    assert description == " Where to delete. "
    assert type_.strip(" ").replace("<br>", "\n") == (
        "<pre>map(object({\n"
        "  arn = string\n"
        "  keys = optional(object({\n"
        "    hash = string\n"
        "    range = optional(string)\n"
        "  }), {})\n"
        '  tags = optional(list(string), ["a, b", "{c}"])\n'
        "}))</pre>"
    )
    assert default.strip(" ").replace("<br>", "\n") == '<pre>{\n  one = {\n    arn = "arn"\n  }\n}</pre>'


@pytest.mark.parametrize(
    ("variable", "row"),
    [
        ("", "| `x` |  | any | required |"),
        ("type = list(string)\ndefault = []", "| `x` |  | `list(string)` | `[]` |"),
        ("type = string\ndefault = null", "| `x` |  | `string` | `null` |"),
        ('type = string\ndefault = "a|b"', r'| `x` |  | `string` | `"a\|b"` |'),
        ("type = number\ndefault = -1", "| `x` |  | `number` | `-1` |"),
        ("type = bool\ndefault = false", "| `x` |  | `bool` | `false` |"),
        (r'default = { a = "\"*|<" }', '| `x` |  | any | <pre>{<br>  a = "&#92;"&#42;&#124;&lt;"<br>}</pre> |'),
        (r'description = "C:\\x"', r"| `x` | C:\\x | any | required |"),
        (r'description = "{ id = \"S\" } | <name>"', r'| `x` | { id = "S" } \| \<name> | any | required |'),
        ("description = <<-EOT\n  Two\n  lines of $${x}.\nEOT", "| `x` | Two<br>lines of ${x}. | any | required |"),
    ],
)
def test_an_input_is_shown_as_it_is_written(variable: str, row: str, tmp_path: Path) -> None:
    """Characters that mean something in Markdown are escaped."""
    (tmp_path / "variables.tf").write_text(f'variable "x" {{\n{variable}\n}}\n')
    assert row in tables(tmp_path).splitlines()


def test_a_folder_may_have_neither_inputs_nor_outputs(tmp_path: Path) -> None:
    """An example that sets everything has no inputs."""
    (tmp_path / "main.tf").write_text("locals {}\n")
    assert tables(tmp_path) == "No inputs.\n\nNo outputs."


@pytest.mark.parametrize("readme", [None, "# A module\n", f"<!-- {MARK} -->\n", f"<!-- {MARK} -->\n" * 2 + END])
def test_a_page_without_a_place_for_the_tables_is_an_error(readme: str | None, tmp_path: Path) -> None:
    """The error says what to write."""
    (tmp_path / "main.tf").write_text("locals {}\n")
    if readme is not None:
        (tmp_path / "README.md").write_text(readme)
    with pytest.raises(PageError, match=f"write one with the lines <!-- {MARK} --> and {END}, once each"):
        with_tables(tmp_path)
