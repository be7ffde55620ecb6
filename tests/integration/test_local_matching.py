"""Conditional deletes, and streams and filters with both images, on the local AWS."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from support.command import run_for_json
from support.deployment import wait_until
from support.pipelines import AwsPipeline, LocalAws, attach_function, make_tables, stage

# A message counts when it becomes PROCESSED: inserted so, or updated from something else.
BECAME_PROCESSED = {
    "eventName": ["INSERT", "MODIFY"],
    "dynamodb": {
        "NewImage": {"status": {"S": ["PROCESSED"]}},
        "OldImage": {"status": {"S": [{"anything-but": ["PROCESSED"]}, {"exists": False}]}},
    },
}
MATCH: dict[str, object] = {"MATCH_ATTRIBUTES": {"createdAt": "createdAt"}, "EVENT_NAMES": ["INSERT", "MODIFY"]}


@pytest.fixture(scope="module")
def aws(local: dict[str, str], client: Callable[[str], Any]) -> LocalAws:
    """Return the local AWS."""
    return LocalAws(local, client)


@pytest.fixture(scope="module")
def pipeline(aws: LocalAws) -> AwsPipeline:
    """Return a pipeline whose function compares rows with messages, and may only delete single rows."""
    tables = make_tables(aws, has_stream=True)
    table = f"arn:aws:dynamodb:us-east-1:000000000000:table/{tables.staging}"
    return attach_function(
        aws,
        tables,
        variables=MATCH,
        allowed={"Action": "dynamodb:DeleteItem", "Resource": table},
        FilterCriteria={"Filters": [{"Pattern": json.dumps(BECAME_PROCESSED)}]},
    )


def write(aws: LocalAws, table: str, name: str, status: str, created_at: int = 1, **more: Any) -> None:
    """Write a message."""
    item = {"messageId": {"S": name}, "status": {"S": status}, "createdAt": {"N": str(created_at)}, **more}
    aws.client("dynamodb").put_item(TableName=table, Item=item)


def test_a_row_is_deleted_when_its_message_becomes_processed(aws: LocalAws, pipeline: AwsPipeline) -> None:
    """A later change of the message, and the message of an older row, delete no row that was staged again."""
    stage(aws, pipeline.staging, ["updated", "inserted", "received", "staged again", "last"], 1)
    for name in ("updated", "received"):
        write(aws, pipeline.messages, name, "RECEIVED")
    write(aws, pipeline.messages, "updated", "PROCESSED")
    write(aws, pipeline.messages, "inserted", "PROCESSED")
    assert wait_until(lambda: aws.rows(pipeline.staging).keys() == {"received", "staged again", "last"})
    stage(aws, pipeline.staging, ["updated"], 1)
    stage(aws, pipeline.staging, ["staged again"], 2)
    write(aws, pipeline.messages, "updated", "PROCESSED", note={"S": "a later change"})
    write(aws, pipeline.messages, "staged again", "PROCESSED")
    # The function gets it after the others.
    write(aws, pipeline.messages, "last", "PROCESSED")
    assert wait_until(lambda: "last" not in aws.rows(pipeline.staging))
    assert aws.rows(pipeline.staging).keys() == {"received", "staged again", "updated"}


def test_status_shows_the_superseded_rows(aws: LocalAws, pipeline: AwsPipeline) -> None:
    """They are the rows that were staged again."""
    stage(aws, pipeline.staging, ["status"], 2)
    write(aws, pipeline.messages, "status", "PROCESSED")

    def superseded() -> float:
        _, state = run_for_json(aws.environment, "status", pipeline.function)
        assert state["function"]["settings"]["match_attributes"] == {"createdAt": "createdAt"}
        return state["metrics"]["superseded"]["sum"] or 0

    assert wait_until(lambda: superseded() > 0)


def test_a_role_that_may_only_delete_single_rows_can_do_nothing_else(aws: LocalAws, pipeline: AwsPipeline) -> None:
    """IAM asks for another permission for each of these requests."""
    role = aws.client("lambda").get_function_configuration(FunctionName=pipeline.function)["Role"]
    lent = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    session = boto3.Session(lent["AccessKeyId"], lent["SecretAccessKey"], lent["SessionToken"], "us-east-1")
    endpoint, trust = aws.environment["AWS_ENDPOINT_URL"], aws.environment["AWS_CA_BUNDLE"]
    dynamodb = session.client("dynamodb", endpoint_url=endpoint, verify=trust)
    key: Any = {"messageId": {"S": "nobody's"}}
    dynamodb.delete_item(TableName=pipeline.staging, Key=key, ConditionExpression="attribute_not_exists(messageId)")
    requests: list[Callable[[], object]] = [
        lambda: dynamodb.put_item(TableName=pipeline.staging, Item=key),
        lambda: dynamodb.get_item(TableName=pipeline.staging, Key=key),
        lambda: dynamodb.batch_write_item(RequestItems={pipeline.staging: [{"DeleteRequest": {"Key": key}}]}),
        lambda: dynamodb.delete_item(TableName=pipeline.messages, Key=key),
    ]
    for request in requests:
        with pytest.raises(ClientError, match="AccessDenied"):
            request()


def test_the_stream_has_both_images_of_each_kind_of_update(aws: LocalAws, pipeline: AwsPipeline) -> None:
    """A write that changes nothing is not in it. Neither is a PartiQL statement, as local.limits says."""
    dynamodb, streams = aws.client("dynamodb"), aws.client("dynamodbstreams")
    key = {"messageId": {"S": "images"}}
    update = {
        "TableName": pipeline.messages,
        "Key": key,
        "UpdateExpression": "SET n = :n",
        "ExpressionAttributeValues": {":n": {"N": "2"}},
    }
    write(aws, pipeline.messages, "images", "1")
    write(aws, pipeline.messages, "images", "1")
    write(aws, pipeline.messages, "images", "2")
    dynamodb.update_item(**update)
    batch = [{"PutRequest": {"Item": {**key, "status": {"S": "3"}}}}]
    dynamodb.batch_write_item(RequestItems={pipeline.messages: batch})
    dynamodb.transact_write_items(TransactItems=[{"Update": update}])
    statement = f"UPDATE \"{pipeline.messages}\" SET status = '4' WHERE messageId = 'images'"  # noqa: S608 - ours
    dynamodb.execute_statement(Statement=statement)
    shard = streams.describe_stream(StreamArn=pipeline.stream_arn)["StreamDescription"]["Shards"][0]["ShardId"]
    start = streams.get_shard_iterator(StreamArn=pipeline.stream_arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    records = [each for each in streams.get_records(ShardIterator=start)["Records"] if each["dynamodb"]["Keys"] == key]
    assert [(each["eventName"], "OldImage" in each["dynamodb"]) for each in records] == [
        ("INSERT", False),
        *[("MODIFY", True)] * 4,
    ]
    images = [each["dynamodb"]["NewImage"] for each in records]
    assert [each["dynamodb"].get("OldImage") for each in records] == [None, *images[:-1]]
    assert [(each["status"]["S"], "n" in each) for each in images] == [
        ("1", False),
        ("2", False),
        ("2", True),
        ("3", False),
        ("3", True),
    ]
