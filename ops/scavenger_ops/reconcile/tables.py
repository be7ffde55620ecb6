"""Describes the two tables to compare, checks that they can be compared, and finds their capacity."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from scavenger.redaction import redact
from scavenger.settings import KeyedTable

from scavenger_ops.aws.ask import FIRST_REQUESTS, ask, other_form
from scavenger_ops.aws.clients import connect
from scavenger_ops.aws.errors import AwsError
from scavenger_ops.aws.form import NUMBER
from scavenger_ops.command import CommandError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TableDescriptionTypeDef

# Units a second of a new on-demand table. Source: bp-partition-key-design.html, on-demand-capacity-mode.html.
ON_DEMAND_READ_UNITS = 12_000
ON_DEMAND_WRITE_UNITS = 4_000
# The command uses one part in so many of a table's capacity. The rest is for the application.
SHARE = 4
# The states in which a table accepts reads and writes. Source: API_TableDescription.html.
READABLE = ("ACTIVE", "UPDATING")

_FORM = {
    "Table": {
        "TableName": str,
        "TableArn": str,
        "TableStatus": str,
        "CreationDateTime": datetime,
        "ItemCount": int,
        "KeySchema": [{"AttributeName": str, "KeyType": str}],
        "AttributeDefinitions": [{"AttributeName": str, "AttributeType": str}],
        "BillingModeSummary?": {"BillingMode?": str},
        "ProvisionedThroughput?": {"ReadCapacityUnits": NUMBER, "WriteCapacityUnits": NUMBER},
        "OnDemandThroughput?": {"MaxReadRequestUnits?": int, "MaxWriteRequestUnits?": int},
        "StreamSpecification?": {"StreamViewType?": str},
        "LatestStreamArn?": str,
    }
}


class Described(NamedTuple):
    """A table as DynamoDB describes it. `rows` is DynamoDB's last count, which may be six hours old."""

    table: KeyedTable
    arn: str
    # Identifies this table, and no earlier or later one of the same name.
    identity: str
    rows: int
    read_units: float
    write_units: float
    # True if unknown: a stream that is off has no view type any more.
    has_new_image: bool = True
    # The newest stream, enabled or not.
    stream_arn: str | None = None


class ComparedTables(NamedTuple):
    """The two tables, and a client to read them."""

    client: "DynamoDBClient"
    staging: Described
    messages: Described


def find_tables(staging: str, messages: str, connections: int) -> ComparedTables:
    """Describe both tables. Raises CommandError if one is missing or not ready, or if they are the same."""
    client: DynamoDBClient = connect("dynamodb", connections=connections)
    tables = ComparedTables(client, _describe(client, staging), _describe(client, messages))
    if tables.staging.identity == tables.messages.identity:
        raise CommandError(
            f"{staging} is both the staging and the messages table, so each of its rows would be in both. "
            "Name two different tables."
        )
    return tables


def _describe(client: "DynamoDBClient", name: str) -> Described:
    try:
        answer: Any = ask(client.describe_table, _FORM, FIRST_REQUESTS, TableName=name)
    except AwsError as error:
        if not error.is_absence:
            raise
        raise CommandError(
            f"There is no table {name} in {client.meta.region_name}. Check the name, the Region and the account "
            "(AWS_REGION, AWS_PROFILE)."
        ) from None
    description = answer["Table"]
    if description["TableName"] != name:
        # It may be in another account or Region. All later requests would go to the table of that name in this one.
        raise CommandError(f"{name} is an ARN. Use the name of a table in the account and Region of your AWS settings.")
    if description["TableStatus"] not in READABLE:
        raise CommandError(
            f"Table {name} is {redact(description['TableStatus'])}, so it cannot be compared. Run this again when it "
            "is ACTIVE."
        )
    types = {each["AttributeName"]: each["AttributeType"] for each in description["AttributeDefinitions"]}
    # The partition key comes first. DynamoDB returns it so; the code does not rely on that.
    schema = sorted(description["KeySchema"], key=lambda each: str(each["KeyType"]))
    key_types = {each["AttributeName"]: types.get(each["AttributeName"], "") for each in schema}
    if not key_types or not set(key_types.values()) <= {"S", "N", "B"}:
        raise other_form(client.describe_table, {"TableName": name}, "it has no types of the key attributes")
    read_units, write_units = _throughput(description)
    stream = description.get("StreamSpecification", {})
    return Described(
        KeyedTable(name, key_types),
        description["TableArn"],
        f"{description['TableArn']} {description['CreationDateTime'].isoformat()}",
        description["ItemCount"],
        read_units,
        write_units,
        has_new_image=stream.get("StreamViewType", "NEW_IMAGE") in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"),
        stream_arn=description.get("LatestStreamArn"),
    )


def _throughput(description: "TableDescriptionTypeDef") -> tuple[float, float]:
    """Return the table's read and write capacity units a second, for all of its users."""
    if description.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST":
        limits = description.get("OnDemandThroughput", {})
        return (
            _least(ON_DEMAND_READ_UNITS, limits.get("MaxReadRequestUnits", -1)),
            _least(ON_DEMAND_WRITE_UNITS, limits.get("MaxWriteRequestUnits", -1)),
        )
    throughput = description.get("ProvisionedThroughput", {})
    # If it is missing, the least that a table can have.
    return max(1, throughput.get("ReadCapacityUnits", 1)), max(1, throughput.get("WriteCapacityUnits", 1))


def _least(units: int, limit: int) -> int:
    """Return the units, or the owner's limit (MaxReadRequestUnits, MaxWriteRequestUnits) if lower; -1 is no limit."""
    return min(units, limit) if limit > 0 else units
