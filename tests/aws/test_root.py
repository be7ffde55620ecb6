"""A deployment of the root configuration."""

from collections.abc import Iterator

import pytest
from scavenger_ops.terraform import PACKAGE
from scavenger_ops.toolchain import ROOT
from support.tables import row

from aws.account import Aws
from aws.items import ids, write
from aws.run_names import name_of
from aws.terraform_run import Deployment, deploy
from aws.waiting import wait_for


@pytest.fixture(scope="module")
def root(aws: Aws) -> Iterator[Deployment]:
    """Deploy the root configuration."""
    operators = [aws.principal_arn] if aws.principal_arn else []
    variables = {
        "name": name_of(aws.run_id, "rt"),
        "package_path": str(PACKAGE),
        "create_reconciler": True,
        "failure_bucket_force_destroy": True,
        "failure_bucket_operator_arns": operators,
    }
    with deploy(aws, ROOT, name_of(aws.run_id, "rt"), variables) as deployment:
        yield deployment


def test_exactly_the_rows_of_processed_messages_are_deleted(aws: Aws, root: Deployment) -> None:
    """The others stay."""
    outputs = root.outputs()
    processed = {f"processed-{number}" for number in range(200)}
    waiting = {f"waiting-{number}" for number in range(100)}
    staging, messages = outputs["staging_table_name"], outputs["messages_table_name"]
    write(aws, staging, (row(name) for name in sorted(processed | waiting)))
    write(aws, messages, (row(name) for name in sorted(processed)))
    wait_for("the processed rows are gone", lambda: not processed & ids(aws, staging))
    assert ids(aws, staging) == waiting
