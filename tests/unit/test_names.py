"""One name stands for one thing, and what is named elsewhere has that name."""

import ast
import re
from collections import defaultdict

from scavenger_ops.toolchain import ROOT
from support.pages import current_pages, repository_files

PYTHON = {path: (ROOT / path).read_text() for path in sorted(repository_files()) if path.endswith(".py")}
TESTS = {name for text in PYTHON.values() for name in re.findall(r"def (test_\w+)", text)}
TEST_FILES = {path.rpartition("/")[2].removesuffix(".py") for path in PYTHON if path.startswith("tests/")}
# What follows pytest's -k, in quotation marks or without.
SELECTION = re.compile(r" -k (?:'([^']*)'|([\w-]+))|`-k (?:'([^']*)'|(\w+))`")


def class_places() -> dict[str, list[str]]:
    """Return the places of each class in the repository's Python files, nested classes included, by its name."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path, text in PYTHON.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{path}:{node.lineno}")
    return places


def test_no_two_classes_share_a_name() -> None:
    """Otherwise a reader has to find out which one is meant."""
    places = class_places()
    assert "ConcurrencyLimiter" in places, "no classes were found"
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_a_test_whose_coverage_is_not_measured_exists() -> None:
    """A renamed test would be measured again, and take twice as long, without anybody noticing."""
    named = set(re.findall(r'"(test_\w+)"', PYTHON["tests/conftest.py"]))
    assert named, "no names were found"
    assert named - TESTS - TEST_FILES == set()


def test_a_page_selects_tests_that_exist() -> None:
    """Pages select tests with pytest's -k. After a test is renamed, their command would run nothing."""
    selections = ["".join(found) for page in current_pages() for found in SELECTION.findall(page.text)]
    words = {word for selection in selections for word in re.findall(r"\w+", selection)} - {"and", "or", "not"}
    assert words, "no selections were found"
    assert {word for word in words if not any(word in name for name in TESTS)} == set()
