"""A deployment of the root whose staging table has five write units, and too few for what comes."""

from collections.abc import Callable, Iterator

import pytest
from scavenger_ops.terraform import PACKAGE
from scavenger_ops.toolchain import ROOT
from support.tables import row

from aws.account import Aws
from aws.failures import failure_objects
from aws.function_log import batches, total
from aws.items import now_ms
from aws.root_tables import RootTables
from aws.run_names import name_of
from aws.terraform_run import AppliedCopy, deploy
from aws.throttling import without_capacity
from aws.waiting import SOON_S, wait_for

# The five units of a second take them in half a minute.
ROWS = 150


@pytest.fixture(scope="module")
def root(aws: Aws) -> Iterator[AppliedCopy]:
    """Deploy the root with a mapping that does not read yet."""
    name = name_of(aws.run_id, "th")
    variables = {
        "name": name,
        # The provider on the local AWS does not run in the folder of the configuration.
        "package_path": str(PACKAGE),
        "enabled": False,
        # A test scans a table every two seconds.
        "read_capacity": 25,
        "write_capacity": 5,
        # A test waits for each batch.
        "maximum_batching_window_in_seconds": 1,
        "failure_bucket_force_destroy": True,
        "permissions_boundary_arn": aws.boundary_arn,
        "failure_bucket_operator_arns": [arn for arn in [aws.principal_arn] if arn],
    }
    with deploy(aws, ROOT, name, variables) as deployment:
        yield deployment


@pytest.mark.not_local("capacity and throttling")
def test_a_throttled_table_is_drained_without_loss(
    aws: Aws, root: AppliedCopy, record_property: Callable[[str, object], None]
) -> None:
    """Some rows are deleted repeatedly, because a batch is delivered again from its first row that is left."""
    tables = RootTables(aws, root.outputs())
    function, bucket = tables.outputs["function_name"], tables.outputs["failure_bucket_name"]
    names = [f"throttled-{number}" for number in range(ROWS)]
    tables.stage(*map(row, names))
    tables.process(*map(row, names))
    since = now_ms()
    with without_capacity(aws, tables.outputs["staging_table_name"]) as enough:
        # The mapping begins with the oldest record of the stream.
        root.apply(enabled=True)
        wait_for("a row is deleted", lambda: not tables.staged().issuperset(names))
        enough.set()
        tables.wait_until_deleted(*names)
    wait_for(
        "the log counts all deletes", lambda: total(batches(aws, function, since), "deleted") >= len(names), SOON_S
    )
    found = batches(aws, function, since)
    assert total(found, "unprocessed") + sum(len(each["faults"]) for each in found) > 0, "Nothing was throttled."
    assert failure_objects(aws, bucket) == []
    repeated = total(found, "deleted") - len(names)
    record_property("repeated deletes of the throttled table", f"{repeated} for {len(names)} rows")
