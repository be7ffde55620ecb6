"""Each public name of release 0.1.0 that is gone is on docs/how-to/upgrade.md, and what it says of names is true."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import typer
from scavenger.metric_names import METRICS
from scavenger_ops.cli import app
from scavenger_ops.toolchain import ROOT
from support import first_release
from support.pages import pages, repository_files
from support.upgrades import PAGE

MODULES = ("", "modules/table/", "modules/scavenger/", "modules/monitoring/")
Read = Callable[[str], str]


@pytest.fixture(autouse=True)
def _history() -> None:
    first_release.require_history()


def read_now(path: str) -> str:
    """Return a file of this commit."""
    return (ROOT / path).read_text()


def named(pattern: str, paths: Iterable[str], read: Read) -> set[str]:
    """Return what a pattern finds in files."""
    return {found for path in paths for found in re.findall(pattern, read(path), re.MULTILINE)}


def files_now(folder: str, suffix: str) -> list[str]:
    """Return the files of this commit below a folder."""
    return sorted(path for path in repository_files() if path.startswith(folder) and path.endswith(suffix))


def files_then(folder: str, suffix: str) -> list[str]:
    """Return the files of the release below a folder."""
    return [path for path in first_release.list_files() if path.startswith(folder) and path.endswith(suffix)]


def missing(names: Iterable[str]) -> set[str]:
    """Return the names that the page does not have as code."""
    words = {word for code in PAGE.codes for word in (code, *re.findall(r"[\w./-]+", code))}
    return {name for name in names if name not in words}


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("kind", ["variable", "output"])
def test_an_input_or_output_that_is_gone_is_on_the_page(module: str, kind: str) -> None:
    """A configuration with it is refused, or reads nothing."""
    paths, pattern = [f"{module}variables.tf", f"{module}outputs.tf"], rf'^{kind} "(\w+)"'
    assert missing(named(pattern, paths, first_release.read_file) - named(pattern, paths, read_now)) == set()


@pytest.mark.parametrize("module", MODULES)
def test_a_changed_default_is_on_the_page(module: str) -> None:
    """An apply would change the deployment without a change of the configuration."""
    pattern, path = r'^variable "(\w+)" \{\n(?:  .*\n|\n)*?  default +=(.*)$', f"{module}variables.tf"
    then, now = (dict(re.findall(pattern, read(path), re.MULTILINE)) for read in (first_release.read_file, read_now))
    assert missing(name for name, default in now.items() if then.get(name, default) != default) == set()


def test_an_option_that_the_help_lacks_is_on_the_page(tmp_path: Path) -> None:
    """The same holds for a subcommand."""
    then = first_release.list_options(first_release.copy_release(tmp_path / "release"))
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined] # it is a group
    now = {
        name: {option for each in command.params if not getattr(each, "hidden", False) for option in each.opts}
        for name, command in commands.items()
    }
    assert missing(then.keys() - now.keys()) == set()
    assert missing(option for name in then for option in set(then[name]) - now[name]) == set()


TEXTS = {
    "the key of an alarm": (r"^    ([a-z-]+) = (?:merge\(.*)?\{$", "modules/monitoring/alarms.tf", ""),
    "a variable of the function": (r"^ +([A-Z]+(?:_[A-Z]+)+) +=", "modules/scavenger/function.tf", ""),
    "a statement of a policy": (r'\bsid += "(\w+)"', "", ".tf"),
    "a page": (r"\A()", "docs/", ".md"),
    "a target of make": (r"^([a-z][\w-]*):.*##", "Makefile", ""),
}


@pytest.mark.parametrize("what", TEXTS)
def test_another_name_that_is_gone_is_on_the_page(what: str) -> None:
    """Alarms, environment variables, statements, pages and targets."""
    pattern, folder, suffix = TEXTS[what]
    then, now = files_then(folder, suffix), files_now(folder, suffix)
    assert then, "no files were found"
    gone = named(pattern, then, first_release.read_file) - named(pattern, now, read_now)
    if what == "a page":
        gone = set(then) - set(now)
    assert missing(gone) == set()


def test_no_metric_is_gone() -> None:
    """The page says so."""
    pattern = r'^    "(\w+)": \("(\w+)", MetricUnit'
    then = dict(re.findall(pattern, first_release.read_file("lambda_src/scavenger/telemetry.py"), re.MULTILINE))
    assert then, "no metrics were found"
    assert {field: METRICS[field][0] for field in then} == then


def test_no_line_of_the_log_has_another_message() -> None:
    """The page says so, too. The lines of the summary have the fields of the metrics."""
    pattern = r'logger\.\w+\(\s*"([^"]+)"'
    then = named(pattern, files_then("lambda_src/scavenger/", ".py"), first_release.read_file)
    assert "Batch done" in then
    assert then <= named(pattern, files_now("lambda_src/scavenger/", ".py"), read_now)


def test_the_page_is_where_an_upgrade_begins() -> None:
    """The changelog leads to it."""
    assert PAGE.path in {link.path for link in pages()["CHANGELOG.md"].links}
