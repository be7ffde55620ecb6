"""The real configuration, applied by the real provider, deletes what has been processed."""

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from support.deployment import Deployment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SECRET = "A secret message"
PATIENCE_S = 60


def put(dynamodb: "DynamoDBClient", table_name: str, message_ids: list[str]) -> None:
    """Write messages to a table, as the API or the processing would."""
    for start in range(0, len(message_ids), 25):
        items: list[Any] = [
            {"PutRequest": {"Item": {"messageId": {"S": name}, "createdAt": {"N": "1"}, "event": {"S": SECRET}}}}
            for name in message_ids[start : start + 25]
        ]
        dynamodb.batch_write_item(RequestItems={table_name: items})


def message_ids(dynamodb: "DynamoDBClient", table_name: str, prefix: str) -> set[str]:
    """Give the ids of the messages of one test that are in a table."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=table_name)
    found = {item["messageId"]["S"] for page in pages for item in page["Items"]}
    return {name for name in found if name.startswith(prefix)}


def log_lines(deployment: Deployment) -> list[str]:
    """Give all lines of the function's log."""
    pages = deployment.logs.get_paginator("filter_log_events").paginate(
        logGroupName=deployment.outputs["log_group_name"]
    )
    return [event["message"] for page in pages for event in page["events"]]


def wait_until(condition: Callable[[], bool]) -> bool:
    """Wait until a condition holds, and say whether it came to that."""
    give_up_at = time.monotonic() + PATIENCE_S
    while not (holds := condition()) and time.monotonic() < give_up_at:
        time.sleep(0.2)
    return holds


def test_the_outputs_name_what_was_made(deployment: Deployment) -> None:
    """Scripts rely on these names."""
    outputs = deployment.outputs
    assert outputs["messages_table_name"] == "staging-scavenger-messages"
    assert outputs["staging_table_name"] == "staging-scavenger-staging"
    assert outputs["function_name"] == "staging-scavenger"
    assert outputs["failure_bucket_name"] == "staging-scavenger-failures-000000000000-us-east-1"
    table = deployment.dynamodb.describe_table(TableName=outputs["messages_table_name"])["Table"]
    assert outputs["messages_table_stream_arn"] == table["LatestStreamArn"]
    mapping = deployment.functions.get_event_source_mapping(UUID=outputs["event_source_mapping_uuid"])
    assert mapping["EventSourceArn"] == table["LatestStreamArn"]


def test_a_second_plan_changes_nothing(deployment: Deployment) -> None:
    """Save metrics_config, which MiniStack forgets: it takes the setting and never gives it back."""
    deployment.terraform("plan", out="second.tfplan")
    _, shown, _ = deployment.terraform("show", "second.tfplan", json=True, no_color=None)
    changes = {
        change["address"]: [
            name for name, value in change["change"]["after"].items() if value != change["change"]["before"].get(name)
        ]
        for change in json.loads(shown)["resource_changes"]
        if change["change"]["actions"] != ["no-op"] and change["mode"] == "managed"
    }
    assert changes == {"module.scavenger.aws_lambda_event_source_mapping.this": ["metrics_config"]}


def test_what_is_processed_is_gone_from_staging_and_the_rest_is_left(deployment: Deployment) -> None:
    """270 of 300 messages are processed; nothing of any is told on the way."""
    staging, messages = deployment.outputs["staging_table_name"], deployment.outputs["messages_table_name"]
    names = [f"drain-{number}" for number in range(300)]
    put(deployment.dynamodb, staging, names)
    put(deployment.dynamodb, messages, names[:270])
    assert wait_until(lambda: len(message_ids(deployment.dynamodb, staging, "drain-")) <= 30)
    assert message_ids(deployment.dynamodb, staging, "drain-") == set(names[270:])
    assert message_ids(deployment.dynamodb, messages, "drain-") == set(names[:270])

    def told() -> int:
        summaries = [json.loads(line) for line in log_lines(deployment) if '"message":"Batch done"' in line]
        return sum(summary["deleted"] for summary in summaries)

    assert wait_until(lambda: told() >= 270)
    assert not [line for line in log_lines(deployment) if SECRET in line or "drain-" in line]


def test_a_change_that_is_no_insert_deletes_nothing(deployment: Deployment) -> None:
    """A message that is processed again has been staged again, and is not litter yet."""
    staging, messages = deployment.outputs["staging_table_name"], deployment.outputs["messages_table_name"]
    put(deployment.dynamodb, messages, ["again", "marker"])
    key: dict[str, Any] = {"messageId": {"S": "again"}, "createdAt": {"N": "1"}}
    put(deployment.dynamodb, staging, ["again"])
    assert wait_until(lambda: not message_ids(deployment.dynamodb, staging, "again"))
    put(deployment.dynamodb, staging, ["again", "insert-after"])
    deployment.dynamodb.update_item(
        TableName=messages,
        Key=key,
        UpdateExpression="SET seen = :yes",
        ExpressionAttributeValues={":yes": {"BOOL": True}},
    )
    put(deployment.dynamodb, messages, ["insert-after"])
    assert wait_until(lambda: not message_ids(deployment.dynamodb, staging, "insert-after"))
    assert message_ids(deployment.dynamodb, staging, "again") == {"again"}


@pytest.mark.parametrize(
    ("variable", "value"),
    [("batch_size", "0"), ("name", "Capitals"), ("stream_view_type", "KEYS"), ("package_path", "missing.zip")],
)
def test_a_wrong_value_is_refused_by_the_plan(deployment: Deployment, variable: str, value: str) -> None:
    """The rules stand in the modules; their messages name the variable that the user has set."""
    code, _, error = deployment.terraform("plan", var={"package_path": "backend_override.tf", variable: value})
    assert code == 1
    assert f"{variable} must" in error
