"""A deployment of examples/custom-keys: on demand, with a key mapping and an event filter."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from scavenger_ops.toolchain import ROOT
from support.events import event, record

from aws.account import Aws
from aws.commands import scavenger
from aws.example_tables import ExampleTables, order, order_key
from aws.failures import failure_objects
from aws.function_log import batches
from aws.items import now_ms
from aws.run_names import name_of
from aws.terraform_run import AppliedCopy, deploy
from aws.waiting import SOON_S, wait_for, wait_until_rows_stay

PROCESSED, DRAFTS, HELD_UP = 300, 50, 40
# So many deletes in a row are denied when the change has reached all of DynamoDB.
DENIALS = 10
# The example has no variables for these. A test waits for each batch, and the records outlast the time without the
# permission, however often Lambda tries again.
OVERRIDE = """
module "scavenger" {
  maximum_batching_window_in_seconds = 1
  maximum_retry_attempts             = 10000
  failure_bucket_force_destroy       = true
  permissions_boundary_arn           = %s
}
"""


@pytest.fixture(scope="module")
def example(aws: Aws) -> Iterator[AppliedCopy]:
    """Deploy the example."""
    name = name_of(aws.run_id, "ex")
    variables = {"name": name, "failure_bucket_operator_arns": [arn for arn in [aws.principal_arn] if arn]}
    override = OVERRIDE % json.dumps(aws.boundary_arn)
    with deploy(aws, ROOT / "examples" / "custom-keys", name, variables, override=override) as deployment:
        yield deployment


@pytest.fixture(scope="module")
def tables(aws: Aws, example: AppliedCopy) -> ExampleTables:
    """Return the tables of the deployment."""
    return ExampleTables(aws, example.outputs())


@pytest.fixture(scope="module")
def function(tables: ExampleTables) -> str:
    """Return the name of the function."""
    return str(tables.outputs["function_name"])


@pytest.fixture(scope="module")
def bucket(tables: ExampleTables) -> str:
    """Return the name of the failure bucket."""
    return str(tables.outputs["failure_bucket_name"])


def test_a_second_plan_is_empty(example: AppliedCopy) -> None:
    """AWS returns all settings as they were sent."""
    # It ends with 2 if there are changes.
    example.terraform("plan", "-detailed-exitcode")


def status(aws: Aws, function: str) -> tuple[int, set[str]]:
    """Return the exit code of status, and what its problems are about: nothing, if AWS did not answer in time."""
    code, result = scavenger(aws, "status", function)
    return code, {problem["about"] for problem in result.get("problems", [])}


def test_exactly_the_requests_of_processed_orders_are_deleted(aws: Aws, tables: ExampleTables, function: str) -> None:
    """The orders name them. The requests of drafts stay. Status finds no problem then."""
    processed = [f"processed-{number}" for number in range(PROCESSED)]
    drafts = [f"draft-{number}" for number in range(DRAFTS)]
    tables.stage(*processed, *drafts)
    tables.process(*(order(name, "DRAFT") for name in drafts), *map(order, processed))
    tables.wait_until_deleted(*processed)
    assert tables.staged() == {*drafts}
    # Its figures arrive later.
    wait_for("status finds no problem", lambda: status(aws, function) == (0, set()), SOON_S)


def test_verify_sees_a_row_deleted(aws: Aws, function: str) -> None:
    """Its order names a request, and passes the filter. It leaves nothing."""
    code, result = scavenger(aws, "verify", function, "--yes")
    assert (code, result["is_verified"], result["left"]) == (0, True, [])


@contextmanager
def paused(aws: Aws, function: str) -> Iterator[None]:
    """Pause the mapping for the time of the block."""
    functions = aws.client("lambda")
    (mapping,) = functions.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    uuid = mapping["UUID"]

    def enable(*, is_enabled: bool, wanted: str) -> None:
        functions.update_event_source_mapping(UUID=uuid, Enabled=is_enabled)
        wait_for(f"the mapping is {wanted}", lambda: functions.get_event_source_mapping(UUID=uuid)["State"] == wanted)

    enable(is_enabled=False, wanted="Disabled")
    try:
        yield
    finally:
        enable(is_enabled=True, wanted="Enabled")


def is_paused(aws: Aws, function: str) -> bool:
    """Return whether status says that the mapping is a problem."""
    code, problems = status(aws, function)
    return code == 1 and "event source mapping" in problems


def test_requests_wait_while_the_mapping_is_paused(aws: Aws, tables: ExampleTables, function: str) -> None:
    """Status says that it is paused. Afterwards, they are deleted."""
    names = [f"paused-{number}" for number in range(HELD_UP)]
    with paused(aws, function):
        wait_until_rows_stay(lambda name: (tables.stage(name), tables.process(order(name))), tables.staged)
        tables.stage(*names)
        tables.process(*map(order, names))
        wait_for("status says so", lambda: is_paused(aws, function), SOON_S)
        assert tables.staged().issuperset(names)
    tables.wait_until_deleted(*names)


@contextmanager
def without_permission(aws: Aws, function: str) -> Iterator[None]:
    """Deny the function's role all writes to tables for the time of the block."""
    iam, role = aws.client("iam"), aws.client("lambda").get_function_configuration(FunctionName=function)["Role"]
    policy: Any = {"RoleName": role.split("/")[-1], "PolicyName": "taken-away"}
    denied = {"Effect": "Deny", "Action": ["dynamodb:BatchWriteItem", "dynamodb:DeleteItem"], "Resource": "*"}
    iam.put_role_policy(**policy, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [denied]}))
    try:
        yield
    finally:
        # Terraform deletes no role that has a policy of somebody else.
        iam.delete_role_policy(**policy)


def is_denied(aws: Aws, function: str) -> bool:
    """Invoke the function with a record of its own, and return whether it cannot delete the row."""
    own = record(1, Keys=order_key("probe"), NewImage={"origin": {"S": "probe"}})
    answer = aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event(own)))
    return "FunctionError" in answer or bool(json.load(answer["Payload"])["batchItemFailures"])


def test_records_wait_for_a_permission_that_is_taken_away(
    aws: Aws, tables: ExampleTables, function: str, bucket: str
) -> None:
    """Nothing is deleted or lost. Once the permission is back, Lambda's next attempt deletes all of it."""
    names = [f"denied-{number}" for number in range(HELD_UP)]
    tables.stage(*names)
    since, probes = now_ms(), 0

    def failed() -> int:
        return sum(each["failed"] > 0 for each in batches(aws, function, since))

    def is_denied_everywhere() -> bool:
        nonlocal probes
        denied = [is_denied(aws, function) for _ in range(DENIALS)]
        probes += sum(denied)
        return all(denied)

    with without_permission(aws, function):
        wait_for("all deletes are denied", is_denied_everywhere, SOON_S)
        tables.process(*map(order, names))
        wait_for("the mapping's batches fail too", lambda: failed() > probes)
        assert tables.staged().issuperset(names)
    tables.wait_until_deleted(*names)
    assert failure_objects(aws, bucket) == []


def test_a_record_without_a_key_is_quarantined_and_a_redrive_keeps_it(
    aws: Aws, tables: ExampleTables, function: str, bucket: str
) -> None:
    """The corrected order is inserted again, and deletes its request."""
    wrong = {**order("wrong"), "origin": {"N": "7"}}
    tables.stage("wrong")
    tables.process(wrong)
    wait_for("the record is quarantined", lambda: bool(failure_objects(aws, bucket)), SOON_S)
    aws.client("dynamodb").delete_item(TableName=tables.outputs["orders_table_name"], Key=order_key("wrong"))
    assert "wrong" in tables.staged()
    tables.process(order("wrong"))
    tables.wait_until_deleted("wrong")
    code, result = scavenger(aws, "redrive", function)
    assert (code, result["counts"]["found"], len(failure_objects(aws, bucket))) == (1, 1, 1)
