"""A filter pattern that would match nothing, or more than it says, is rejected before the plan."""

import json
import re
import subprocess
from typing import Any

import pytest
from scavenger_ops.terraform import TERRAFORM, run_terraform
from support.modules import write_scavengers

LEGAL = "legal"


def of(**types: Any) -> dict[str, Any]:
    """Return a pattern for one attribute, with these conditions below its type."""
    return {"dynamodb": {"NewImage": {"status": types}}}


REJECTED: dict[str, Any] = {
    "no-object": ["INSERT"],
    "another-event": {"eventName": ["MODIFY"]},
    "an-event-beside-it": {"eventName": ["INSERT"], **of(S=["PROCESSED"])},
    "empty": {},
    "an-empty-old-image": {"dynamodb": {"OldImage": {}}},
    "no-image": {"dynamodb": {"status": {"S": ["PROCESSED"]}}},
    "no-attribute": {"dynamodb": {"NewImage": {}}},
    "no-type": {"dynamodb": {"NewImage": {"status": ["PROCESSED"]}}},
    "unknown-type": of(String=["PROCESSED"]),
    "two-types": of(S=["1"], N=["1"]),
    "bare-value": of(S="PROCESSED"),
    "no-values": of(S=[]),
    "number": of(N=[300]),
    "numeric": of(N=[{"numeric": [">", 300]}]),
    "two-conditions-in-one": of(S=[{"prefix": "a", "suffix": "b"}]),
    "within-a-map": of(M={"a": {"S": ["x"]}}),
    "within-a-list": of(L=["x"]),
    "within-a-set": of(SS=["x"]),
    "number-among-texts": of(S=[5]),
    "truth-among-texts": of(S=[True]),
    "text-for-a-truth": of(BOOL=["true"]),
    "list-in-a-list": of(S=[["x"]]),
    # A filter compares the number as text, so every message matches.
    "anything-but-a-number": of(N=[{"anything-but": [500]}]),
    "anything-but-nothing": of(S=[{"anything-but": []}]),
    "anything-but-null": of(S=[{"anything-but": None}]),
    "anything-but-a-prefix": of(S=[{"anything-but": {"prefix": "x"}}]),
    "anything-but-a-truth": of(BOOL=[{"anything-but": ["true"]}]),
    "existence-that-is-a-text": of(S=[{"exists": "yes"}]),
    "prefix-that-is-a-number": of(S=[{"prefix": 5}]),
    "prefix-that-is-null": of(S=[{"prefix": None}]),
}


@pytest.fixture(scope="module")
def rejected(attached: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Validate one configuration with a module for each pattern. Return the modules whose pattern is rejected."""
    folder = tmp_path_factory.mktemp("patterns")
    patterns = {name: json.dumps(pattern) for name, pattern in REJECTED.items()} | {"no-json": "status = PROCESSED"}
    patterns[LEGAL] = json.dumps(of(S=["PROCESSED", {"anything-but": ["x", "y"]}, {"exists": False}]))
    write_scavengers(folder, {name: {"filter_patterns": [pattern]} for name, pattern in patterns.items()})
    run_terraform(folder, "init", "-input=false", environment=attached)
    validated = subprocess.run(
        [TERRAFORM, f"-chdir={folder}", "validate", "-json"],
        env=attached,
        capture_output=True,
        text=True,
        check=False,
    )
    errors = [each["detail"] for each in json.loads(validated.stdout)["diagnostics"] if each["severity"] == "error"]
    assert all(error.startswith("filter_patterns must ") for error in errors), errors
    return {name for error in errors for name in re.findall(r"\.terraform/modules/([\w-]+)/variables\.tf", error)}


@pytest.mark.parametrize("name", [*REJECTED, "no-json"])
def test_an_invalid_pattern_is_rejected(rejected: set[str], name: str) -> None:
    """The error says what a pattern must be."""
    assert name in rejected


def test_a_valid_pattern_is_accepted(rejected: set[str]) -> None:
    """Otherwise the test above would prove nothing."""
    assert LEGAL not in rejected
