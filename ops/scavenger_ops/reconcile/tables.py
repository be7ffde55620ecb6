"""The two tables that are compared: whether they can be, and how much may be taken from them."""

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

# What a new on-demand table takes in a second. Source: bp-partition-key-design.html, on-demand-capacity-mode.html.
ON_DEMAND_READ_UNITS = 12_000
ON_DEMAND_WRITE_UNITS = 4_000
# The rest is the application's.
SHARE = 4
# The states in which a table takes reads and writes. Source: API_TableDescription.html.
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
    """A table as DynamoDB describes it. Rows are those of DynamoDB's last count, which is up to six hours old."""

    table: KeyedTable
    arn: str
    # Of this table, and of no other that had or will have its name.
    identity: str
    rows: int
    read_units: float
    write_units: float
    # What is not said is not ruled out: a stream that is off has no view type any more.
    has_new_image: bool = True
    # The newest stream, on or off.
    stream_arn: str | None = None


class ComparedTables(NamedTuple):
    """The two tables, and a client to read them."""

    client: "DynamoDBClient"
    staging: Described
    messages: Described


def find_tables(staging: str, messages: str, connections: int) -> ComparedTables:
    """Describe both tables. Raises CommandError if they are missing, not ready to be read, or the same."""
    client: DynamoDBClient = connect("dynamodb", connections=connections)
    tables = ComparedTables(client, _describe(client, staging), _describe(client, messages))
    if tables.staging.identity == tables.messages.identity:
        raise CommandError(
            f"{staging} is both the staging and the messages table, so that each of its rows would be in both. "
            "Name two tables."
        )
    return tables


def _describe(client: "DynamoDBClient", name: str) -> Described:
    try:
        answer: Any = ask(client.describe_table, _FORM, FIRST_REQUESTS, TableName=name)
    except AwsError as error:
        if not error.is_absence:
            raise
        raise CommandError(
            f"There is no table {name} in {client.meta.region_name}. Give the name of one that is there, or the Region "
            "and profile (AWS_REGION, AWS_PROFILE) where it is."
        ) from None
    description = answer["Table"]
    if description["TableName"] != name:
        # It may be in another account or Region, and all that follows would go to the table of that name in this one.
        raise CommandError(f"{name} is an ARN. Give the name of a table in the account and Region of the AWS settings.")
    if description["TableStatus"] not in READABLE:
        raise CommandError(
            f"Table {name} is {redact(description['TableStatus'])}, so it cannot be compared. Run this again when it "
            "is ACTIVE."
        )
    types = {each["AttributeName"]: each["AttributeType"] for each in description["AttributeDefinitions"]}
    # The partition key comes first. DynamoDB has it so; here nothing hangs on that.
    schema = sorted(description["KeySchema"], key=lambda each: str(each["KeyType"]))
    key_types = {each["AttributeName"]: types.get(each["AttributeName"], "") for each in schema}
    if not key_types or not set(key_types.values()) <= {"S", "N", "B"}:
        raise other_form(client.describe_table, {"TableName": name}, "it has no types of the key's attributes")
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
    """Return the read and write units that the table has for all who use it."""
    if description.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST":
        limits = description.get("OnDemandThroughput", {})
        return (
            _least(ON_DEMAND_READ_UNITS, limits.get("MaxReadRequestUnits", -1)),
            _least(ON_DEMAND_WRITE_UNITS, limits.get("MaxWriteRequestUnits", -1)),
        )
    throughput = description.get("ProvisionedThroughput", {})
    # Without any, the least that a table can have.
    return max(1, throughput.get("ReadCapacityUnits", 1)), max(1, throughput.get("WriteCapacityUnits", 1))


def _least(units: int, limit: int) -> int:
    """Return the units, or the limit that its owner has set the table; -1 is none."""
    return min(units, limit) if limit > 0 else units
