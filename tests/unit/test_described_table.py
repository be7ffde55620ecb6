"""How a described table is read: its key, its throughput, its stream, and what is refused."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from reconciler.aws.ask import RetryPolicy
from reconciler.aws.clients import connect
from reconciler.aws.errors import AwsError
from reconciler.described_table import DescribedTable, read_described_table

RETRY_POLICY = RetryPolicy(attempt_timeout_s=5, total_timeout_s=5)
PROVISIONED = {"ProvisionedThroughput": {"ReadCapacityUnits": 3, "WriteCapacityUnits": 5}}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with mock_aws():
        yield


def read(name_or_arn: str = "orders") -> DescribedTable | None:
    """Return what is read of a table."""
    return read_described_table(connect("dynamodb"), name_or_arn, RETRY_POLICY)


def make_table(**settings: Any) -> str:
    """Create a table with a sort key, and return its ARN."""
    answer = boto3.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[
            {"AttributeName": "messageId", "KeyType": "HASH"},
            {"AttributeName": "createdAt", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "createdAt", "AttributeType": "N"},
            {"AttributeName": "messageId", "AttributeType": "S"},
        ],
        **settings,
    )
    return answer["TableDescription"]["TableArn"]


def test_a_provisioned_table_has_capacity_units() -> None:
    """The partition key comes first."""
    make_table(**PROVISIONED)
    table = read()
    assert table is not None
    assert list(table.key_types.items()) == [("messageId", "S"), ("createdAt", "N")]
    assert (table.name, table.status, table.item_count) == ("orders", "ACTIVE", 0)
    assert (table.is_on_demand, table.read_units, table.write_units) == (False, 3, 5)
    assert (table.latest_stream_arn, table.is_stream_enabled, table.stream_view_type) == (None, False, None)


def test_an_on_demand_table_has_limits_instead() -> None:
    """Without a limit, that is -1."""
    make_table(BillingMode="PAY_PER_REQUEST")
    table = read()
    assert table is not None
    assert (table.is_on_demand, table.read_units, table.write_units) == (True, None, None)
    assert (table.max_read_units, table.max_write_units) == (-1, -1)


def test_a_stream_has_an_arn_and_a_view_type() -> None:
    """Both are those of the newest stream."""
    arn = make_table(**PROVISIONED, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    table = read()
    assert table is not None
    assert table.latest_stream_arn
    assert table.latest_stream_arn.startswith(f"{arn}/stream/")
    assert (table.is_stream_enabled, table.stream_view_type) == (True, "NEW_IMAGE")


def test_a_table_that_does_not_exist_is_none() -> None:
    """It is not an error."""
    assert read("another") is None


def test_a_table_is_also_read_by_its_arn() -> None:
    """Its name is the plain one."""
    table = read(make_table(**PROVISIONED))
    assert table is not None
    assert table.name == "orders"


def test_an_answer_about_another_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may come from something that is not AWS."""
    make_table(**PROVISIONED)
    dynamodb = connect("dynamodb")
    answer = dynamodb.describe_table(TableName="orders")
    monkeypatch.setattr(dynamodb, "describe_table", lambda **_: answer)
    with pytest.raises(AwsError, match=r"Table\.TableName is not another"):
        read_described_table(dynamodb, "another", RETRY_POLICY)
