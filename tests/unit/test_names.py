"""One name stands for one thing: no two classes of the repository share a name."""

import ast
from collections import defaultdict
from subprocess import run

from scavenger_ops.toolchain import ROOT


def class_places() -> dict[str, list[str]]:
    """Return the places of each class in the tracked Python files, nested classes included, by its name."""
    listed = run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in filter(lambda path: (ROOT / path).exists(), listed.splitlines()):
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{path}:{node.lineno}")
    return places


def test_no_two_classes_share_a_name() -> None:
    """Otherwise a reader has to find out which one is meant."""
    places = class_places()
    assert "ConcurrencyLimiter" in places, "no classes were found"
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
