"""Runs the built package as Lambda does: unpacked, in its own process, with the module's environment variables."""

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from scavenger_ops.terraform import PACKAGE
from scavenger_ops.toolchain import ROOT

# Reads events from standard input. The last line of its output has the answer to each. An exception of the function is
# reported as Lambda reports it.
_RUNTIME = """
import json, os, sys, time, types
sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
import scavenger
from scavenger.lambda_function import lambda_handler
assert scavenger.__file__.startswith(os.environ["LAMBDA_TASK_ROOT"]), scavenger.__file__
def invoke(event):
    ends_at = time.monotonic() + 30
    context = types.SimpleNamespace(
        function_name="scavenger", function_version="$LATEST", memory_limit_in_mb=256, aws_request_id="request",
        invoked_function_arn="arn:aws:lambda:us-east-1:000000000000:function:scavenger",
        get_remaining_time_in_millis=lambda: int(1000 * (ends_at - time.monotonic())),
    )
    try:
        return lambda_handler(event, context)
    except Exception as error:
        return {"errorType": type(error).__name__, "errorMessage": str(error)}
answers = [invoke(event) for event in json.load(sys.stdin)]
print(json.dumps(answers))
"""


def module_variables() -> set[str]:
    """Return the names of the environment variables that modules/scavenger sets."""
    text = (ROOT / "modules/scavenger/function.tf").read_text()
    (block,) = re.findall(r"\n  environment \{\n(.*?)\n  \}\n", text, re.DOTALL)
    return set(re.findall(r"\b([A-Z_]{4,})\b", block))


def unpack(folder: Path) -> Path:
    """Unpack the built package into a folder, and return the folder."""
    with zipfile.ZipFile(PACKAGE) as package:
        package.extractall(folder)
    return folder


class Invocations(NamedTuple):
    """The answer or error of each invocation, and the summary lines in the log."""

    answers: Sequence[Mapping[str, Any]]
    summaries: Sequence[Mapping[str, Any]]


def invoke(task: Path, environment: Mapping[str, str], *events: object) -> Invocations:
    """Invoke the unpacked function with the events, one after the other."""
    ran = subprocess.run(
        [sys.executable, "-c", _RUNTIME],
        input=json.dumps(events),
        env={**os.environ, **environment, "LAMBDA_TASK_ROOT": str(task)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    # pytest shows it if the test fails.
    print(ran.stdout, ran.stderr)  # noqa: T201
    assert ran.returncode == 0
    *log, answers = map(json.loads, ran.stdout.splitlines())
    return Invocations(answers, [line for line in log if line.get("message") == "Batch done"])
