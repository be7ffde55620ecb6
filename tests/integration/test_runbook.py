"""The steps in docs/how-to/operate.md have the results that the page describes."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scavenger_ops.terraform import PACKAGE, copy_configuration, destroy, read_outputs, run_terraform
from support.command import run_for_json
from support.deployment import message_ids, put, wait_until

VARIABLES = (f"-var=package_path={PACKAGE}", "-var=name=runbook", "-var=create_failure_bucket=false")
SCAVENGER_ALONE = ("-target=module.monitoring", "-target=module.scavenger")

Terraform = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def terraform(attached: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terraform]:
    """Apply a deployment for these tests. Return a function that changes it and returns its outputs."""
    configuration = copy_configuration(tmp_path_factory.mktemp("runbook"))

    def run(command: str | None = None, *options: str) -> dict[str, Any]:
        if command:
            run_terraform(configuration, command, "-auto-approve", *VARIABLES, *options, environment=attached)
        return read_outputs(configuration, attached)

    run_terraform(configuration, "init", "-input=false", environment=attached)
    run("apply")
    yield run
    destroy(configuration, *VARIABLES, environment=attached)


def test_the_steps_of_the_runbook_work(
    terraform: Terraform, client: Callable[[str], Any], attached: dict[str, str], tmp_path: Path
) -> None:
    """From a pause to the removal. Each step continues from the one before it."""
    rows_of_a_pause_are_deleted_after_it(terraform, client)
    a_new_mapping_replays_the_records_of_the_stream(terraform, client)
    the_view_type_changes_after_the_stream_is_disabled(terraform, client, attached, tmp_path)
    only_the_scavenger_is_removed(terraform, client)


def rows_of_a_pause_are_deleted_after_it(terraform: Terraform, client: Callable[[str], Any]) -> None:
    """End the pause with an apply."""
    outputs, functions, dynamodb = terraform(), client("lambda"), client("dynamodb")
    uuid = outputs["event_source_mapping_uuid"]
    functions.update_event_source_mapping(UUID=uuid, Enabled=False)
    put(dynamodb, outputs["staging_table_name"], ["paused"])
    put(dynamodb, outputs["messages_table_name"], ["paused"])
    assert functions.get_event_source_mapping(UUID=uuid)["State"] == "Disabled"
    assert message_ids(dynamodb, outputs["staging_table_name"], "paused") == {"paused"}
    terraform("apply")
    assert wait_until(lambda: not message_ids(dynamodb, outputs["staging_table_name"], "paused"))


def a_new_mapping_replays_the_records_of_the_stream(terraform: Terraform, client: Callable[[str], Any]) -> None:
    """Replace the mapping, which then starts with the oldest record."""
    before, dynamodb = terraform(), client("dynamodb")
    staging = before["staging_table_name"]
    put(dynamodb, staging, ["replayed"])
    put(dynamodb, before["messages_table_name"], ["replayed"])
    assert wait_until(lambda: not message_ids(dynamodb, staging, "replayed"))
    put(dynamodb, staging, ["replayed"])
    after = terraform("apply", "-replace=module.scavenger.aws_lambda_event_source_mapping.this")
    assert after["event_source_mapping_uuid"] != before["event_source_mapping_uuid"]
    assert wait_until(lambda: not message_ids(dynamodb, staging, "replayed"))


def the_view_type_changes_after_the_stream_is_disabled(
    terraform: Terraform, client: Callable[[str], Any], attached: dict[str, str], tmp_path: Path
) -> None:
    """Delete with reconcile the rows of messages that were inserted without a stream."""
    outputs, dynamodb = terraform(), client("dynamodb")
    staging, messages = outputs["staging_table_name"], outputs["messages_table_name"]
    dynamodb.update_table(TableName=messages, StreamSpecification={"StreamEnabled": False})
    for table in (staging, messages):
        put(dynamodb, table, ["unseen"])
    outputs = terraform("apply", "-var=stream_view_type=KEYS_ONLY")
    for table in (staging, messages):
        put(dynamodb, table, ["seen"])
    assert wait_until(lambda: message_ids(dynamodb, staging, "") == {"unseen"})
    stream = dynamodb.describe_table(TableName=messages)["Table"]
    assert stream["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"
    assert outputs["messages_table_stream_arn"] == stream["LatestStreamArn"]
    environment = {**attached, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    tables = ("--staging", staging, "--messages", messages)
    _, result = run_for_json(environment, "reconcile", *tables, "--apply", "--older-than", "0")
    assert result["in_both"]["deleted"] == 1
    assert message_ids(dynamodb, staging, "") == set()


def only_the_scavenger_is_removed(terraform: Terraform, client: Callable[[str], Any]) -> None:
    """Keep the tables and their rows."""
    outputs, dynamodb = terraform(), client("dynamodb")
    put(dynamodb, outputs["staging_table_name"], ["kept"])
    terraform("destroy", "-var=stream_view_type=KEYS_ONLY", *SCAVENGER_ALONE)
    functions = client("lambda").list_functions()["Functions"]
    assert outputs["function_name"] not in [function["FunctionName"] for function in functions]
    assert message_ids(dynamodb, outputs["staging_table_name"], "kept") == {"kept"}
    assert dynamodb.describe_table(TableName=outputs["messages_table_name"])["Table"]["TableStatus"] == "ACTIVE"
