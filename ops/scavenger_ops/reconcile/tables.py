"""The two tables that are compared: whether they can be, and how much may be taken from them."""

from typing import TYPE_CHECKING, NamedTuple

from scavenger.settings import KeyedTable

from scavenger_ops.aws.ask import FIRST, other_form
from scavenger_ops.aws.clients import connect
from scavenger_ops.command import CommandError
from scavenger_ops.described_table import WORKING_STATES, DescribedTable, read_described_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# What a new on-demand table takes in a second. Source: bp-partition-key-design.html, on-demand-capacity-mode.html.
ON_DEMAND_READ_UNITS = 12_000
ON_DEMAND_WRITE_UNITS = 4_000
# The rest is the application's.
SHARE = 4


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


class Tables(NamedTuple):
    """The two tables, and a client to read them."""

    client: "DynamoDBClient"
    staging: Described
    messages: Described


def find_tables(staging: str, messages: str, connections: int) -> Tables:
    """Describe both tables. Raises CommandError if they are missing, not ready to be read, or the same."""
    client: DynamoDBClient = connect("dynamodb", connections=connections)
    tables = Tables(client, _describe(client, staging), _describe(client, messages))
    if tables.staging.identity == tables.messages.identity:
        raise CommandError(
            f"{staging} is both the staging and the messages table, so that each of its rows would be in both. "
            "Name two tables."
        )
    return tables


def _describe(client: "DynamoDBClient", name: str) -> Described:
    table = read_described_table(client, name, FIRST)
    if table is None:
        raise CommandError(
            f"There is no table {name} in {client.meta.region_name}. Give the name of one that is there, or the Region "
            "and profile (AWS_REGION, AWS_PROFILE) where it is."
        )
    if table.name != name:
        # It may be in another account or Region, and all that follows would go to the table of that name in this one.
        raise CommandError(f"{name} is an ARN. Give the name of a table in the account and Region of the AWS settings.")
    if table.status not in WORKING_STATES:
        raise CommandError(
            f"Table {name} is {table.status}, so it cannot be compared. Run this again when it is ACTIVE."
        )
    if not table.key_types or not set(table.key_types.values()) <= {"S", "N", "B"}:
        raise other_form(client.describe_table, {"TableName": name}, "it has no types of the key's attributes")
    if table.item_count is None:
        raise other_form(client.describe_table, {"TableName": name}, "it has no Table.ItemCount")
    read_units, write_units = _throughput(table)
    return Described(
        KeyedTable(name, table.key_types),
        table.arn,
        f"{table.arn} {table.created_at.isoformat()}",
        table.item_count,
        read_units,
        write_units,
        has_new_image=table.stream_view_type in (None, "NEW_IMAGE", "NEW_AND_OLD_IMAGES"),
        stream_arn=table.latest_stream_arn,
    )


def _throughput(table: DescribedTable) -> tuple[float, float]:
    """Return the read and write units that the table has for all who use it."""
    if table.is_on_demand:
        return (
            _least(ON_DEMAND_READ_UNITS, table.max_read_units),
            _least(ON_DEMAND_WRITE_UNITS, table.max_write_units),
        )
    # Without any, the least that a table can have.
    return max(1, table.read_units or 1), max(1, table.write_units or 1)


def _least(units: int, limit: int) -> int:
    """Return the units, or the limit that its owner has set the table; -1 is none."""
    return min(units, limit) if limit > 0 else units
