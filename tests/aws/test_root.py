"""A deployment of the root.

Its tests are in the order in which the deployment changes: with match_attributes, then without, then paused.
"""

from collections.abc import Iterator

import pytest
from scavenger_ops.terraform import PACKAGE
from scavenger_ops.toolchain import ROOT
from support.tables import row

from aws.account import Aws
from aws.commands import scavenger
from aws.failures import failure_objects
from aws.function_log import batches, total
from aws.items import now_ms
from aws.root_tables import RootTables, message
from aws.run_names import name_of
from aws.terraform_run import AppliedCopy, deploy
from aws.waiting import SOON_S, wait_for, wait_until_rows_stay

PROCESSED, WAITING = 200, 100
FAST = ("--max-read-units", "100", "--max-write-units", "100")


@pytest.fixture(scope="module")
def root(aws: Aws) -> Iterator[AppliedCopy]:
    """Deploy the root, as a caller with a provider does."""
    name = name_of(aws.run_id, "rt")
    variables = {
        "name": name,
        # The provider on the local AWS does not run in the folder of the configuration.
        "package_path": str(PACKAGE),
        "match_attributes": {"version": "version"},
        # A test scans a table every two seconds.
        "read_capacity": 25,
        # The tests write hundreds of rows.
        "write_capacity": 25,
        # A test waits for each batch.
        "maximum_batching_window_in_seconds": 1,
        "create_reconciler": True,
        "reconcile_max_read_units": 100,
        "reconcile_max_write_units": 100,
        "failure_bucket_force_destroy": True,
        "permissions_boundary_arn": aws.boundary_arn,
        "failure_bucket_operator_arns": [arn for arn in [aws.principal_arn] if arn],
    }
    with deploy(aws, ROOT, name, variables) as deployment:
        yield deployment


@pytest.fixture(scope="module")
def tables(aws: Aws, root: AppliedCopy) -> RootTables:
    """Return the tables of the deployment."""
    return RootTables(aws, root.outputs())


@pytest.fixture(scope="module")
def function(tables: RootTables) -> str:
    """Return the name of the function."""
    return str(tables.outputs["function_name"])


@pytest.fixture(scope="module")
def bucket(tables: RootTables) -> str:
    """Return the name of the failure bucket."""
    return str(tables.outputs["failure_bucket_name"])


def test_a_second_plan_is_empty(root: AppliedCopy) -> None:
    """AWS returns all settings as they were sent."""
    # It ends with 2 if there are changes.
    root.terraform("plan", "-detailed-exitcode")


def test_exactly_the_rows_of_processed_messages_are_deleted_one_by_one(tables: RootTables) -> None:
    """With match_attributes, each row has a conditional delete of its own."""
    drain(tables, "one-by-one")


def drain(tables: RootTables, name: str) -> None:
    """Stage hundreds of rows and process some. Exactly these are deleted."""
    before = tables.staged()
    processed = [f"{name}-processed-{number}" for number in range(PROCESSED)]
    waiting = [f"{name}-waiting-{number}" for number in range(WAITING)]
    tables.stage(*map(message, processed + waiting))
    tables.process(*map(message, processed))
    tables.wait_until_deleted(*processed)
    assert tables.staged() == before.union(waiting)


def test_verify_sees_a_row_deleted(aws: Aws, function: str) -> None:
    """Its row and its message have the version that they must have. It leaves nothing."""
    code, result = scavenger(aws, "verify", function, "--yes")
    assert (code, result["is_verified"], result["left"]) == (0, True, [])


def test_a_superseded_row_is_kept_and_counted(aws: Aws, tables: RootTables, function: str) -> None:
    """It was staged again before the message of its first version was written."""
    since = now_ms()
    tables.stage(message("again", version=2))
    tables.process(message("again", version=1))
    tables.wait_for_the_records_of("again")
    assert "again" in tables.staged()
    wait_for("the log counts the row", lambda: total(batches(aws, function, since), "superseded") > 0, SOON_S)


@pytest.fixture(scope="module")
def poison(aws: Aws, tables: RootTables, bucket: str) -> str:
    """Write a message without the attribute that it must have, and return its ID once it is quarantined."""
    tables.stage(row("poison"))
    tables.process(row("poison"))
    wait_for("the record is quarantined", lambda: bool(failure_objects(aws, bucket)))
    return "poison"


def test_a_poison_record_is_quarantined_and_blocks_nothing(
    aws: Aws, tables: RootTables, poison: str, bucket: str
) -> None:
    """Its row stays, and the records after it are handled."""
    tables.wait_for_the_records_of(poison)
    assert [each["requestContext"]["condition"] for each in failure_objects(aws, bucket)] == ["Quarantined"]
    assert poison in tables.staged()


@pytest.fixture(scope="module")
def plain(root: AppliedCopy) -> None:
    """Apply the root without match_attributes."""
    root.apply(match_attributes={})


@pytest.mark.usefixtures("plain")
def test_a_quarantined_record_is_redriven_once_its_cause_is_fixed(
    aws: Aws, tables: RootTables, poison: str, function: str, bucket: str
) -> None:
    """The new permission of the role may take effect later than the new settings of the function."""
    wait_for("redrive is done", lambda: scavenger(aws, "redrive", function)[0] == 0, SOON_S)
    assert failure_objects(aws, bucket) == []
    assert poison not in tables.staged()


@pytest.mark.usefixtures("plain")
def test_exactly_the_rows_of_processed_messages_are_deleted_in_batches(tables: RootTables) -> None:
    """As without match_attributes."""
    drain(tables, "in-batches")


@pytest.mark.usefixtures("plain")
def test_an_update_and_a_removal_delete_nothing(aws: Aws, tables: RootTables) -> None:
    """The rows are staged when the inserts of their messages are done."""
    dynamodb, table = aws.client("dynamodb"), tables.outputs["messages_table_name"]
    names = ["updated", "removed"]
    updated, removed = ({"messageId": row(name)["messageId"], "createdAt": row(name)["createdAt"]} for name in names)
    tables.process(*map(row, names))
    for name in names:
        tables.wait_for_the_records_of(name)
    tables.stage(*map(row, names))
    change = {"UpdateExpression": "SET note = :note", "ExpressionAttributeValues": {":note": {"S": "changed"}}}
    dynamodb.update_item(TableName=table, Key=updated, **change)
    dynamodb.delete_item(TableName=table, Key=removed)
    for name in names:
        tables.wait_for_the_records_of(name)
    assert tables.staged() >= {*names}


@pytest.fixture(scope="module")
def paused(plain: None, root: AppliedCopy, tables: RootTables) -> None:  # noqa: ARG001 - it comes after that
    """Pause the mapping: what is written then is not reported."""
    root.apply(enabled=False)
    wait_until_rows_stay(lambda name: (tables.stage(row(name)), tables.process(row(name))), tables.staged)


@pytest.mark.usefixtures("paused")
@pytest.mark.parametrize("place", [(*FAST,), ("--on-aws",)], ids=["here", "on_aws"])
def test_reconcile_deletes_what_was_not_reported(
    aws: Aws, tables: RootTables, function: str, place: tuple[str, ...]
) -> None:
    """It deletes the rows that are in both tables, counts them, and keeps the others."""
    names = [f"unreported{place[0]}-{number}" for number in range(30)]
    unprocessed = [f"unprocessed{place[0]}-{number}" for number in range(10)]
    tables.stage(*map(row, names + unprocessed))
    tables.process(*map(row, names))
    before, deleted = tables.staged(), 0

    def is_reconciled() -> bool:
        nonlocal deleted
        code, result = scavenger(aws, "reconcile", function, "--apply", *place)
        assert code == 0
        deleted += result["in_both"]["deleted"]
        return tables.staged().isdisjoint(names)

    # Its scan may not find yet what was just written.
    wait_for("the unreported rows are deleted", is_reconciled, SOON_S)
    after = tables.staged()
    assert after.issuperset(unprocessed)
    assert deleted == len(before - after)
