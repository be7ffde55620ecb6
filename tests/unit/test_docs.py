"""Everything that the documentation refers to exists: files, headings, targets of make, commands and options."""

import re
from pathlib import PurePosixPath

import pytest
import typer
from scavenger_ops.cli import app
from scavenger_ops.toolchain import ROOT
from support.aws_cli import options_of
from support.configuration import addresses
from support.doc_commands import UnreadableCommandError, find_commands
from support.pages import DocPage, current_pages, github_slug, pages, repository_files, repository_paths

EXAMPLES = {path.rpartition("/")[0] for path in repository_files() if path.startswith("examples/")}
ADDRESSES = {address for folder in (".", *EXAMPLES) for address in addresses(folder)}
# All text files except pages, pictures and JSON.
SOURCES = {
    path: (ROOT / path).read_text(errors="replace")
    for path in sorted(repository_files() - pages().keys())
    if not path.endswith((".svg", ".png", ".json"))
}
IN_USE = {word for path, text in SOURCES.items() if not path.startswith("tests/") for word in re.findall(r"\w+", text)}
# Names as Terraform, Python and environments have them. Names of AWS and others need not be in use here.
NAME = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+|[A-Z]+(?:_[A-Z]+)+")
OTHERS_NAMES = {"typing_extensions", "INSUFFICIENT_DATA"}
# Powertools writes these into each line of the log.
OTHERS_NAMES |= {"cold_start", "function_arn", "function_memory_size", "function_request_id", "xray_trace_id"}
FILES_WITH_INVENTED_PATHS = {".gitignore", "tests/unit/test_docs.py"}
PAGES = list(pages().values())
COMMAND = typer.main.get_command(app)
SUBCOMMANDS = COMMAND.commands  # type: ignore[attr-defined] # it is a group
FOLDERS = "bench|docs|examples|lambda_src|modules|ops|tests|\\.ci|\\.github"
# Not the end of a longer path or of a URL. <name> and * stand for any name.
PATH = re.compile(rf"(?<![\w./-])(?:{FOLDERS})/[\w./*<>-]*")
FILE_NAME = re.compile(r"[\w.-]+\.(?:py|tf|md|sh|json|toml|yml|txt|in|hcl|svg)")
ADDRESS = re.compile(r"module\.[\w.-]*\w")
# Source: mermaid.js.org/intro, of version 11.
DIAGRAM = re.compile(
    r"(?:flowchart|graph)(?: (?:TB|TD|BT|RL|LR))?\s*$|(?:sequenceDiagram|classDiagram|stateDiagram(?:-v2)?|erDiagram|"
    r"journey|gantt|pie|quadrantChart|requirementDiagram|gitGraph|mindmap|timeline|sankey-beta|xychart-beta|"
    r"block-beta|packet-beta|architecture-beta|kanban|C4Context)\b",
    re.MULTILINE,
)
# Options of tools whose commands are not in the pages.
OTHER_OPTIONS = {"--skip-download": "checkov"}

# In words. A README must be quick to read; long parts have pages of their own.
LONGEST_README = 1200

by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
by_page_of_now = pytest.mark.parametrize("page", current_pages(), ids=lambda page: page.path)


@by_page
def test_a_link_or_picture_leads_to_a_file_of_the_repository(page: DocPage) -> None:
    """It is a file or folder that Git does not ignore, with the same upper and lower case."""
    assert [link.written for link in page.links if link.path not in repository_paths()] == []


@by_page
def test_an_anchor_leads_to_a_heading(page: DocPage) -> None:
    """The heading is on the same page or on another one."""
    links = [link for link in page.links if link.anchor and link.path in repository_paths()]
    assert [link.written for link in links if link.path not in pages()] == []
    assert [link.written for link in links if link.anchor not in pages()[link.path].anchors] == []


def missing_paths(text: str) -> list[str]:
    """Return the paths in a text that do not exist in the repository."""
    named = {re.sub(r"<[^>]*>", "*", found[0].rstrip("./")) for found in PATH.finditer(text)}
    # With a slash in front: `match` compares a pattern without one only with the end of a path.
    there = [PurePosixPath("/", path) for path in repository_paths()]
    return [pattern for pattern in sorted(named) if not any(path.match(f"/{pattern}") for path in there)]


@by_page_of_now
def test_a_path_in_a_page_exists(page: DocPage) -> None:
    """Paths in sentences and in commands are checked too."""
    assert missing_paths(page.text) == []


def test_a_path_in_code_exists() -> None:
    """Comments, descriptions and errors send people to the pages."""
    found = {path: missing_paths(text) for path, text in SOURCES.items() if path not in FILES_WITH_INVENTED_PATHS}
    assert {path: missing for path, missing in found.items() if missing} == {}


@by_page_of_now
def test_a_file_name_without_a_folder_exists(page: DocPage) -> None:
    """The file may be in any folder, because the sentence says which one."""
    names = {PurePosixPath(path).name for path in repository_files()}
    assert [code for code in page.codes if FILE_NAME.fullmatch(code) and code not in names] == []


@by_page_of_now
def test_a_name_of_code_is_in_use(page: DocPage) -> None:
    """A variable or setting that no code uses was removed or renamed. Names of one word are not checked."""
    assert [code for code in page.codes if NAME.fullmatch(code) and code not in IN_USE | OTHERS_NAMES] == []


def test_each_page_of_the_docs_is_reached_from_the_readme() -> None:
    """A page may be several links away."""
    reached: set[str] = set()
    ahead = {"README.md"}
    while ahead:
        reached |= ahead
        ahead = {link.path for path in ahead for link in pages()[path].links} & pages().keys() - reached
    assert {path for path in pages() if path.startswith("docs/")} - reached == set()


def test_the_readme_is_short() -> None:
    """Words are counted as `wc -w` does."""
    assert len((ROOT / "README.md").read_text().split()) <= LONGEST_README


def test_the_index_of_the_docs_has_each_page() -> None:
    """It need not have the single decisions, which have their own index."""
    linked = {link.path for link in pages()["docs/README.md"].links}
    expected = {path for path in pages() if path.startswith("docs/") and not path.startswith("docs/decisions/0")}
    assert expected - linked - {"docs/README.md"} == set()


@by_page
def test_blocks_are_closed_and_diagrams_are_in_mermaid_blocks(page: DocPage) -> None:
    """A diagram has a type that Mermaid knows. Anywhere else, it would be shown as text."""
    assert all(fence.is_closed for fence in page.fences)
    for fence in page.fences:
        is_diagram = bool(DIAGRAM.match(re.sub(r"\A(?:%%.*\n|\s)*", "", fence.text)))
        assert is_diagram == (fence.language == "mermaid"), fence.text
    outside = [text for text in page.paragraphs if re.match(r"(?:flowchart|graph) (?:TB|TD|BT|RL|LR)\b", text)]
    assert outside == []


RECIPES = dict(re.findall(r"^([\w-]+):.*\n((?:\t.*\n)*)", SOURCES["Makefile"], re.MULTILINE))
# The recipes run these, and they may read variables too.
SCRIPTS = "".join(text for path, text in SOURCES.items() if path.endswith(".sh"))
# In a comment, a string or a workflow. The English word has no quotation mark before it.
MAKE = re.compile(r"(?:[`\"']|run: )((?:[A-Z_]+=\S+ )*make [a-z][\w =./-]*)(?=[`\"':]|$)", re.MULTILINE)


def mentions_of_make() -> list[tuple[str, str]]:
    """Return each call of make anywhere in the repository, and where it is."""
    found = [(path, call) for path, text in SOURCES.items() for call in MAKE.findall(text)]
    return [(command.page, command.text) for command in find_commands() if command.words[0] == "make"] + found


@pytest.mark.parametrize(("path", "text"), dict.fromkeys(mentions_of_make()))
def test_a_call_of_make_has_existing_targets_and_variables(path: str, text: str) -> None:
    """Recipes use the variables after the targets, and scripts read those before `make`."""
    before, _, after = text.partition("make ")
    targets = [word for word in after.split() if "=" not in word]
    assert targets, path
    assert set(targets) <= RECIPES.keys()
    for name in re.findall(r"([A-Z_]+)=", after):
        assert any(f"$({name})" in RECIPES[target] for target in targets)
    for name in re.findall(r"([A-Z_]+)=", before):
        assert re.search(rf"\$\{{?{name}\b", SCRIPTS)


def test_a_call_of_make_is_found() -> None:
    """It is found in a comment, a workflow and a string, but not in a sentence."""
    text = "# Run `make demo MESSAGES=9`.\n  - run: make venv build\nX = 'PYTHON=b make lock'\nThey make \"sense\"."
    assert MAKE.findall(text) == ["make demo MESSAGES=9", "make venv build", "PYTHON=b make lock"]


@by_page_of_now
def test_a_subcommand_in_a_page_exists_with_its_options(page: DocPage) -> None:
    """It is written as `scavenger status`, or in a table of commands as `status --name F`."""
    for code in page.codes:
        named = re.match(r"(?:\.venv/bin/)?scavenger (\w+)|(\w+) --", code)
        if named and (named[1] or named[2] in SUBCOMMANDS):
            name = named[1] or named[2]
            assert name in SUBCOMMANDS, code
            assert set(re.findall(r"--[a-z-]+", code)) <= scavenger_options(name), code


def scavenger_options(name: str) -> set[str]:
    """Return the options of a subcommand."""
    return {option for parameter in SUBCOMMANDS[name].params for option in parameter.opts} | {"--help"}


@by_page_of_now
def test_an_option_in_a_page_belongs_to_a_command(page: DocPage) -> None:
    """The command is one of ours, or one of the AWS CLI that a page has."""
    ours = {option for name in SUBCOMMANDS for option in scavenger_options(name)}
    ours |= {option for parameter in COMMAND.params for option in parameter.opts}
    of_aws = {
        option for command in find_commands() if command.words[0] == "aws" for option in options_of(command.words)
    }
    named = {re.split(r"[ =]", code)[0] for code in page.codes if code.startswith("--")}
    assert named <= ours | of_aws | OTHER_OPTIONS.keys()


@by_page_of_now
def test_an_address_of_terraform_is_declared(page: DocPage) -> None:
    """The root configuration or an example declares it. Blocks of HCL are left out: they name outputs like this."""
    text = "\n".join([*page.codes, *(fence.text for fence in page.fences if fence.language != "hcl")])
    assert [found[0] for found in ADDRESS.finditer(text) if found[0] not in ADDRESSES] == []


@pytest.mark.parametrize(
    ("heading", "slug"),
    [
        ("What it does about it", "what-it-does-about-it"),
        ("The stream's view_type: KEYS_ONLY", "the-streams-view_type-keys_only"),
        ("Cost & time — à la carte", "cost--time--à-la-carte"),
    ],
)
def test_a_heading_s_anchor_is_github_s(heading: str, slug: str) -> None:
    """Letters of any language stay, punctuation is removed, and each space becomes a hyphen."""
    assert github_slug(heading) == slug


def test_headings_of_the_same_text_are_numbered() -> None:
    """The first one has no number."""
    assert DocPage("x.md", "# Once\n\n## `Look`\n\n## Look\n\n<a id='here'></a>\n").anchors == {
        *("once", "look", "look-1", "here")
    }


def test_a_page_s_commands_are_found() -> None:
    """They may be in a sentence, across lines, in a table or in a block. The output of a command is not a command."""
    text = """
Run `make
test`, or look at `aws/lambda/F` with `aws s3 ls
s3://B`; `make` and `.venv/bin/scavenger` are tools.

| `.venv/bin/scavenger plan \\| cat` |
| --- |

```
cd examples/production
../../.venv/bin/terraform apply \\
  -var 'a=b c'
```

```
It keeps up.
```
"""
    found = find_commands([DocPage("docs/x.md", text)])
    assert [(command.folder, command.words) for command in found] == [
        (".", ["cd", "examples/production"]),
        ("examples/production", [".venv/bin/terraform", "apply", "-var", "a=b c"]),
        (".", ["make", "test"]),
        (".", ["aws", "s3", "ls", "s3://B"]),
        (".", [".venv/bin/scavenger", "plan", "|", "cat"]),
    ]


def test_a_block_runs_in_the_folder_to_which_an_earlier_one_changed() -> None:
    """In a sentence, a command with ../ runs there too, or else in the page's folder. Others run in the root."""
    blocks = "```\ncd examples/y\n```\n\n```\n../../.venv/bin/terraform init\n```\n\n"
    sentence = "Then `../../.venv/bin/ruff check` or `.venv/bin/ruff format`.\n"
    found = find_commands([DocPage("docs/x.md", blocks + sentence), DocPage("examples/x/y.md", sentence)])
    assert [(command.folder, command.words[0]) for command in found] == [
        (".", "cd"),
        ("examples/y", ".venv/bin/terraform"),
        ("examples/y", ".venv/bin/ruff"),
        (".", ".venv/bin/ruff"),
        ("examples/x", ".venv/bin/ruff"),
        (".", ".venv/bin/ruff"),
    ]


def test_a_line_that_is_not_a_command_in_a_block_of_commands_is_an_error() -> None:
    """Otherwise no test would run it."""
    with pytest.raises(UnreadableCommandError, match="of an unknown tool: sudo rm"):
        find_commands([DocPage("x.md", "```\nmake test\nsudo rm\n```\n")])
