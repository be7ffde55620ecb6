"""Describes the two tables to compare, checks that they can be compared, and finds their capacity."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from scavenger.settings import KeyedTable

from reconciler.aws.ask import FIRST_REQUESTS, other_form
from reconciler.aws.clients import connect
from reconciler.described_table import WORKING_STATES, DescribedTable, read_described_table
from reconciler.explained_error import ExplainedError, RefusedError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Units a second of a new on-demand table. Source: bp-partition-key-design.html, on-demand-capacity-mode.html.
ON_DEMAND_READ_UNITS = 12_000
ON_DEMAND_WRITE_UNITS = 4_000


class ComparedTable(NamedTuple):
    """One of the two tables. `rows` and `size_bytes` are as DynamoDB last counted them, which may be six hours ago."""

    table: KeyedTable
    arn: str
    # Identifies this table, and no earlier or later one of the same name.
    identity: str
    rows: int
    size_bytes: int
    read_units: float
    write_units: float
    # True if unknown: a stream that is off has no view type any more.
    has_new_image: bool = True
    has_old_image: bool = True
    # The newest stream, enabled or not.
    stream_arn: str | None = None
    is_stream_enabled: bool = True
    # Type by attribute, of the table's key and of the keys of its indexes.
    attribute_types: Mapping[str, str] = {}


class ComparedTables(NamedTuple):
    """The two tables, and a client to read them."""

    client: "DynamoDBClient"
    staging: ComparedTable
    messages: ComparedTable


def find_tables(staging: str, messages: str, connections: int) -> ComparedTables:
    """Describe both tables.

    Raises RefusedError if one is missing, or if they are the same, and ExplainedError if one is not ready.
    """
    client: DynamoDBClient = connect("dynamodb", connections=connections)
    tables = ComparedTables(client, _describe(client, staging), _describe(client, messages))
    if tables.staging.identity == tables.messages.identity:
        raise RefusedError(
            f"{staging} is both the staging and the messages table, so each of its rows would be in both. "
            "Name two different tables."
        )
    return tables


def _describe(client: "DynamoDBClient", name: str) -> ComparedTable:
    table = read_described_table(client, name, FIRST_REQUESTS)
    if table is None:
        raise RefusedError(
            f"There is no table {name} in {client.meta.region_name}. Give the name of one that is there, or the Region "
            "and profile (AWS_REGION, AWS_PROFILE) where it is."
        )
    if table.name != name:
        # It may be in another account or Region, and all that follows would go to the table of that name in this one.
        raise RefusedError(f"{name} is an ARN. Use the name of a table in the account and Region of the AWS settings.")
    if table.status not in WORKING_STATES:
        raise ExplainedError(
            f"Table {name} is {table.status}, so it cannot be compared. Run this again when it is ACTIVE."
        )
    if not table.key_types or not set(table.key_types.values()) <= {"S", "N", "B"}:
        raise other_form(client.describe_table, {"TableName": name}, "it has no types of the key's attributes")
    if table.item_count is None:
        raise other_form(client.describe_table, {"TableName": name}, "it has no Table.ItemCount")
    read_units, write_units = _throughput(table)
    return ComparedTable(
        KeyedTable(name, table.key_types),
        table.arn,
        f"{table.arn} {table.created_at.isoformat()}",
        table.item_count,
        table.size_bytes,
        read_units,
        write_units,
        has_new_image=table.stream_view_type in (None, "NEW_IMAGE", "NEW_AND_OLD_IMAGES"),
        has_old_image=table.stream_view_type in (None, "OLD_IMAGE", "NEW_AND_OLD_IMAGES"),
        stream_arn=table.latest_stream_arn,
        is_stream_enabled=table.is_stream_enabled,
        attribute_types=table.attribute_types,
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
    """Return the units, or the owner's limit (MaxReadRequestUnits, MaxWriteRequestUnits) if lower; -1 is no limit."""
    return min(units, limit) if limit > 0 else units
