"""scavenger logs shows what the deployed function wrote, without attributes of items, to who has the permissions."""

import json
import re
import signal
from typing import Any

import pytest
from scavenger_ops.toolchain import ROOT
from support.command import run, start
from support.deployment import SECRET, Deployment, Operator, invoke, put
from support.events import event, record
from support.schemas import check_result

REFERENCE = (ROOT / "docs" / "reference" / "commands.md").read_text()
(ROW,) = re.findall(r"^\| `logs F` .*$", REFERENCE, re.MULTILINE)
PERMISSIONS = re.findall(r"`([a-z0-9]+:[A-Za-z]+)`", ROW)
MESSAGE_ID = "logs-row"


@pytest.fixture(scope="module")
def name(deployment: Deployment) -> str:
    """Let the function delete a row, and fail. Return its name."""
    put(deployment.dynamodb, deployment.outputs["staging_table_name"], [MESSAGE_ID])
    keys = {"messageId": {"S": MESSAGE_ID}, "createdAt": {"N": "1"}}
    insert = record(1, Keys=keys, NewImage=keys | {"event": {"S": SECRET}})
    assert invoke(deployment, event(insert)).error is None
    assert invoke(deployment, {"Records": SECRET}).error
    return str(deployment.outputs["function_name"])


def test_the_figures_and_the_error_are_shown_in_words(name: str, local: dict[str, str]) -> None:
    """The verdict counts the error. Neither a key nor another attribute is in it."""
    code, output, errors = run({**local, "COLUMNS": "200"}, "logs", name)
    assert code == 0, errors
    assert re.match(rf"✗ {name} · us-east-1 · \d+ lines? with problems since ", output)
    assert re.search(r"  INFO      Batch done  received 1  deleted 1  requests 1  write units 1", output)
    assert re.search(r"  ERROR     .*EventError: .*Records", output)
    assert re.search(r"            invocation: .*, [1-9]\d* MB", output)
    assert SECRET not in output
    assert MESSAGE_ID not in output


def test_errors_alone_are_shown(name: str, local: dict[str, str]) -> None:
    """As JSON, in the documented form."""
    code, output, errors = run(local, "logs", name, "--errors", "--json")
    assert code == 0, errors
    lines: list[dict[str, Any]] = [json.loads(line) for line in output.splitlines()]
    assert lines
    for line in lines:
        check_result("logs", line)
    assert {line["is_problem"] for line in lines} == {True}


def test_a_new_line_is_followed(deployment: Deployment, name: str, local: dict[str, str]) -> None:
    """It comes once, and Ctrl-C ends the command."""
    new = '"received": 23,'
    with start(local, "logs", name, "--follow", "--json") as process:
        assert process.stdout
        # From here on, it follows.
        assert new not in process.stdout.readline()
        assert invoke(deployment, event(*(record(number) for number in range(23)))).error is None
        for line in process.stdout:
            if new in line:
                break
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert new not in rest


def test_an_operator_with_these_permissions_reads_the_log(name: str, operator: Operator) -> None:
    """The reference has them."""
    assert PERMISSIONS
    code, _, errors = run(operator.allow(*PERMISSIONS), "logs", name)
    assert code == 0, errors


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_without_one_of_them_the_error_names_it(name: str, operator: Operator, permission: str) -> None:
    """Nothing is shown then."""
    code, output, errors = run(operator.allow("s3:ListBucket", *(set(PERMISSIONS) - {permission})), "logs", name)
    assert (code, output) == (1, "")
    assert f"Allow your role or user {permission}." in errors


def test_a_function_that_was_never_invoked_has_no_log(deployment: Deployment, name: str, local: dict[str, str]) -> None:
    """The error says what to do."""
    group, told = "/aws/lambda/none", deployment.functions.get_function_configuration(FunctionName=name)
    deployment.functions.update_function_configuration(FunctionName=name, LoggingConfig={"LogGroup": group})
    try:
        code, _, errors = run(local, "logs", name)
    finally:
        deployment.functions.update_function_configuration(FunctionName=name, LoggingConfig={**told["LoggingConfig"]})
    assert code == 1
    assert f"log group {group} does not exist" in errors
