"""match_attributes keeps a row that was staged again, and event_names lets an update of a message delete its row."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from scavenger_ops.terraform import destroy
from support.adopters import Adopter, copy_adopter
from support.deployment import metric_sum, read_log, wait_until
from support.policies import ACCOUNT, REGION
from support.roles import assume, decision, is_denied
from support.tables import fill

Clients = Callable[[str], Any]
Item = dict[str, Any]

ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/compared-{REGION}"
STAGING_ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/compared-staging"


@pytest.fixture(scope="module")
def adopter(attached: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adopter]:
    """Apply a configuration with a deployment for each input, and destroy it in the end."""
    adopter = copy_adopter("obsolete-rows", tmp_path_factory.mktemp("obsolete-rows"), attached)
    adopter.apply()
    yield adopter
    destroy(adopter.folder, environment=attached)


@pytest.fixture
def dynamodb(adopter: Adopter, client: Clients) -> Any:
    """Return a client for the tables of the deployments."""
    assert adopter
    return client("dynamodb")


def key(name: str) -> Item:
    """Return the key of a row and of its message."""
    return {"messageId": {"S": name}, "createdAt": {"N": "1"}}


def staged(name: str, received_at: str, **others: Any) -> Item:
    """Make a row, or the message of a row that was staged at that time."""
    return {**key(name), "receivedAt": {"N": received_at}, **others}


def names(dynamodb: Any, table: str) -> set[str]:
    """Return the IDs of the messages in a table."""
    return {item["messageId"]["S"] for item in dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]}


def set_status(dynamodb: Any, name: str, status: str) -> None:
    """Update the status of a message."""
    dynamodb.update_item(
        TableName="updated-messages",
        Key=key(name),
        UpdateExpression="SET #status = :status, touchedAt = :now",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":status": {"S": status}, ":now": {"S": datetime.now(UTC).isoformat()}},
    )


def metric(cloudwatch: Any, name: str) -> float:
    """Return the sum of one of the function's metrics."""
    return metric_sum(cloudwatch, "StagingScavenger", name, service="compared")


def test_a_row_that_was_staged_again_is_kept_and_counted(dynamodb: Any, client: Clients) -> None:
    """Its message has the time of the first staging. The rows of the other messages are deleted; 7.0 equals 7."""
    fill(dynamodb, "compared-staging", [staged("same", "7"), staged("again", "8"), staged("unprocessed", "7")])
    fill(dynamodb, "compared-messages", [staged("same", "7.0"), staged("again", "7"), staged("gone", "7")])
    assert wait_until(lambda: metric(client("cloudwatch"), "Deleted") == 2)
    assert wait_until(lambda: metric(client("cloudwatch"), "Superseded") == 1)
    assert names(dynamodb, "compared-staging") == {"again", "unprocessed"}
    lines = [json.loads(line) for line in read_log(client("logs"), "/aws/lambda/compared") if '"superseded"' in line]
    assert sum(line["superseded"] for line in lines) == 1
    assert sum(line["failed"] + line["quarantined"] for line in lines) == 0


def test_with_attributes_to_compare_the_role_can_delete_and_not_put(
    dynamodb: Any, client: Clients, local: dict[str, str]
) -> None:
    """The local AWS enforces the policy. IAM's simulator knows the other operations."""
    table = assume(local, client, ROLE_ARN)("dynamodb")
    request = {"DeleteRequest": {"Key": key("nobody's")}}
    assert not is_denied(table.delete_item, TableName="compared-staging", Key=key("nobody's"))
    assert is_denied(table.put_item, TableName="compared-staging", Item=key("nobody's"))
    assert is_denied(table.batch_write_item, RequestItems={"compared-staging": [request]})
    assert is_denied(table.delete_item, TableName="compared-messages", Key=key("nobody's"))
    operations = dynamodb.meta.service_model.operation_names
    assert len(operations) > 50
    allowed = {
        name for name in operations if decision(client("iam"), ROLE_ARN, f"dynamodb:{name}", STAGING_ARN) == "allowed"
    }
    assert allowed == {"DeleteItem"}


def test_a_row_is_deleted_when_an_update_says_that_its_message_is_done(dynamodb: Any) -> None:
    """A later update of the done message does not delete a row that was staged again. Inserts count too."""
    fill(dynamodb, "updated-staging", [staged("m-1", "7"), staged("direct", "7")])
    fill(dynamodb, "updated-messages", [staged("m-1", "7", status={"S": "RECEIVED"})])
    fill(dynamodb, "updated-messages", [staged("direct", "7", status={"S": "PROCESSED"})])
    assert wait_until(lambda: names(dynamodb, "updated-staging") == {"m-1"})
    set_status(dynamodb, "m-1", "PROCESSED")
    assert wait_until(lambda: names(dynamodb, "updated-staging") == set())
    fill(dynamodb, "updated-staging", [staged("m-1", "9"), staged("m-2", "9")])
    set_status(dynamodb, "m-1", "PROCESSED")
    # Records of one shard are delivered in order: m-2 proves that the touch of m-1 is done.
    fill(dynamodb, "updated-messages", [staged("m-2", "9", status={"S": "PROCESSED"})])
    assert wait_until(lambda: "m-2" not in names(dynamodb, "updated-staging"))
    assert names(dynamodb, "updated-staging") == {"m-1"}


def test_another_order_of_the_changes_is_no_change(adopter: Adopter) -> None:
    """They are sorted before they reach the filter and the function."""
    assert adopter.planned_changes(event_names=["MODIFY", "INSERT"]) == {}
    changed = adopter.planned_changes(event_names=["MODIFY"])
    assert changed == {
        "module.updated.module.scavenger.aws_lambda_event_source_mapping.this": {"filter_criteria"},
        "module.updated.module.scavenger.aws_lambda_function.this": {"description", "environment"},
    }
