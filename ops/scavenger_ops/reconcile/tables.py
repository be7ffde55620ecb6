"""The two tables that are compared: whether they can be, and how much may be taken from them."""

from typing import TYPE_CHECKING, NamedTuple

import boto3
from botocore.config import Config
from scavenger.settings import Table

from scavenger_ops.command import CommandError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TableDescriptionTypeDef

# What a new on-demand table takes in a second. Source: bp-partition-key-design.html, on-demand-capacity-mode.html.
ON_DEMAND_READ_UNITS = 12_000
ON_DEMAND_WRITE_UNITS = 4_000
# The rest is the application's.
SHARE = 4
# With the waits between them some minutes, in which a throttled table can recover.
READ_ATTEMPTS = 10


class Described(NamedTuple):
    """A table as DynamoDB describes it. Rows are those of DynamoDB's last count, which is up to six hours old."""

    table: Table
    arn: str
    # Of this table, and of no other that had or will have its name.
    identity: str
    rows: int
    read_units: float
    write_units: float
    has_stream: bool
    # What is not said is not ruled out: a stream that is off has no view type any more.
    has_new_image: bool = True


class Tables(NamedTuple):
    """The two tables, and a client to read them."""

    client: "DynamoDBClient"
    staging: Described
    messages: Described


def find_tables(staging: str, messages: str, connections: int) -> Tables:
    """Describe both tables. Raises CommandError if they are missing, the same, or swapped."""
    config = Config(max_pool_connections=connections, retries={"mode": "standard", "total_max_attempts": READ_ATTEMPTS})
    client = boto3.client("dynamodb", config=config)
    tables = Tables(client, _describe(client, staging), _describe(client, messages))
    if tables.staging.identity == tables.messages.identity:
        raise CommandError(
            f"{staging} is both the staging and the messages table, so that each of its rows would be in both. "
            "Name two tables."
        )
    if tables.staging.has_stream and not tables.messages.has_stream:
        raise CommandError(
            f"{staging} has a stream and {messages} has none, so they seem to be swapped: messages would be deleted. "
            f"If they are not, switch on the stream of {messages}, which is to report inserts."
        )
    return tables


def _describe(client: "DynamoDBClient", name: str) -> Described:
    try:
        description = client.describe_table(TableName=name)["Table"]
    except client.exceptions.ResourceNotFoundException:
        raise CommandError(
            f"There is no table {name} in {client.meta.region_name}. Give the name of one that is there, or the Region "
            "and profile (AWS_REGION, AWS_PROFILE) where it is."
        ) from None
    if description["TableName"] != name:
        # It may be in another account or Region, and all that follows would go to the table of that name in this one.
        raise CommandError(f"{name} is an ARN. Give the name of a table in the account and Region of the AWS settings.")
    types = {each["AttributeName"]: each["AttributeType"] for each in description["AttributeDefinitions"]}
    key_types = {each["AttributeName"]: types[each["AttributeName"]] for each in description["KeySchema"]}
    read_units, write_units = _throughput(description)
    identity = f"{description['TableArn']} {description['CreationDateTime'].isoformat()}"
    stream = description.get("StreamSpecification", {})
    rows, arn = description["ItemCount"], description["TableArn"]
    return Described(
        Table(name, key_types),
        arn,
        identity,
        rows,
        read_units,
        write_units,
        has_stream=stream.get("StreamEnabled", False),
        has_new_image=stream.get("StreamViewType", "NEW_IMAGE") in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"),
    )


def _throughput(description: "TableDescriptionTypeDef") -> tuple[float, float]:
    """Give the read and write units that the table has for all who use it."""
    if description.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST":
        limits = description.get("OnDemandThroughput", {})
        return (
            _least(ON_DEMAND_READ_UNITS, limits.get("MaxReadRequestUnits", -1)),
            _least(ON_DEMAND_WRITE_UNITS, limits.get("MaxWriteRequestUnits", -1)),
        )
    throughput = description["ProvisionedThroughput"]
    return throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]


def _least(units: int, limit: int) -> int:
    """Give the units, or the limit that its owner has set the table; -1 is none."""
    return min(units, limit) if limit > 0 else units
