"""A table as DynamoDB describes it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scavenger.redaction import redact

from reconciler.aws.ask import RetryPolicy, ask
from reconciler.aws.errors import AwsError
from reconciler.aws.form import NUMBER, Form

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TableDescriptionTypeDef

# The states in which a table takes reads and writes. Source: API_TableDescription.html.
WORKING_STATES = ("ACTIVE", "UPDATING")
# The type of a key attribute that the description does not have.
UNKNOWN_TYPE = "?"


@dataclass(frozen=True, slots=True)
class DescribedTable:
    """A table: its key, what limits its throughput, and its newest stream."""

    name: str
    arn: str
    status: str
    created_at: datetime
    # DynamoDB counts about every six hours. Source: API_TableDescription.html.
    item_count: int | None
    size_bytes: int
    # Type by attribute, the partition key first.
    key_types: dict[str, str]
    # Type by attribute, of the table's key and of the keys of its indexes.
    attribute_types: dict[str, str]
    is_on_demand: bool
    # Capacity units a second, if it is provisioned.
    read_units: float | None
    write_units: float | None
    # The owner's limits, if it is on demand; -1 is no limit.
    max_read_units: int
    max_write_units: int
    # DynamoDB keeps the ARN of a stream that was switched off. Source: API_TableDescription.html.
    latest_stream_arn: str | None
    is_stream_enabled: bool
    stream_view_type: str | None


def read_described_table(
    dynamodb: "DynamoDBClient", name_or_arn: str, retry_policy: RetryPolicy
) -> DescribedTable | None:
    """Return the description of a table, or None if it does not exist. A table of another account needs its ARN.

    Raises AwsError, also for an answer about another table, and Stopped.
    """
    try:
        answer: Any = ask(dynamodb.describe_table, _form(name_or_arn), retry_policy, TableName=name_or_arn)
    except AwsError as error:
        if error.is_absence:
            return None
        raise
    return _described(answer["Table"])


def _form(name_or_arn: str) -> Form:
    return {
        "Table": {
            # arn:<partition>:dynamodb:<region>:<account>:table/<name>
            "TableName": name_or_arn.rpartition("/")[2],
            "TableArn": str,
            "TableStatus": str,
            "CreationDateTime": datetime,
            "ItemCount?": int,
            "TableSizeBytes?": int,
            "KeySchema": [{"AttributeName": str, "KeyType": str}],
            "AttributeDefinitions": [{"AttributeName": str, "AttributeType": str}],
            "BillingModeSummary?": {"BillingMode?": str},
            "ProvisionedThroughput?": {"ReadCapacityUnits": NUMBER, "WriteCapacityUnits": NUMBER},
            "OnDemandThroughput?": {"MaxReadRequestUnits?": int, "MaxWriteRequestUnits?": int},
            "StreamSpecification?": {"StreamEnabled": bool, "StreamViewType?": str},
            "LatestStreamArn?": str,
        }
    }


def _described(table: "TableDescriptionTypeDef") -> DescribedTable:
    is_on_demand = table.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST"
    throughput = {} if is_on_demand else table.get("ProvisionedThroughput", {})
    limits, stream = table.get("OnDemandThroughput", {}), table.get("StreamSpecification", {})
    return DescribedTable(
        name=table["TableName"],
        arn=table["TableArn"],
        status=redact(table["TableStatus"]),
        created_at=table["CreationDateTime"],
        item_count=table.get("ItemCount"),
        size_bytes=table.get("TableSizeBytes", 0),
        key_types=_key_types(table),
        attribute_types=_attribute_types(table),
        is_on_demand=is_on_demand,
        read_units=throughput.get("ReadCapacityUnits"),
        write_units=throughput.get("WriteCapacityUnits"),
        max_read_units=limits.get("MaxReadRequestUnits", -1),
        max_write_units=limits.get("MaxWriteRequestUnits", -1),
        latest_stream_arn=table.get("LatestStreamArn"),
        is_stream_enabled=stream.get("StreamEnabled", False),
        stream_view_type=stream.get("StreamViewType"),
    )


def _key_types(table: "TableDescriptionTypeDef") -> dict[str, str]:
    types = _attribute_types(table)
    # The partition key comes first (HASH before RANGE). DynamoDB has this order; nothing here relies on it.
    schema = sorted(table["KeySchema"], key=lambda part: str(part["KeyType"]))
    return {part["AttributeName"]: types.get(part["AttributeName"], UNKNOWN_TYPE) for part in schema}


def _attribute_types(table: "TableDescriptionTypeDef") -> dict[str, str]:
    return {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
