"""The scavenger on tables that it did not make: they are there before it, and after it as they were."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from scavenger_ops.terraform import PACKAGE, destroy, run_terraform
from scavenger_ops.toolchain import ROOT
from support.deployment import wait_until
from support.tables import fill, keys_of, make_table, row

CONFIGURATION = """
provider "aws" {{}}

module "scavenger" {{
  source = "{root}/modules/scavenger"

  name                  = "attached"
  messages_table        = {{ name = "their-messages" }}
  staging_table         = {{ name = "their-staging" }}
  package_path          = "{package}"
  create_failure_bucket = false
}}
"""


def test_destroying_the_scavenger_leaves_the_tables_of_others_as_they_were(
    local: dict[str, str], client: Callable[[str], Any], tmp_path: Path
) -> None:
    """With their rows, their stream and their settings."""
    dynamodb = client("dynamodb")
    make_table(dynamodb, "their-staging")
    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    make_table(dynamodb, "their-messages", StreamSpecification=stream)

    def tables() -> dict[str, Any]:
        """Describe them, without how much is in them."""
        described: dict[str, Any] = {}
        for name in ("their-staging", "their-messages"):
            table: Any = dynamodb.describe_table(TableName=name)["Table"]
            described[name] = {key: value for key, value in table.items() if key not in ("ItemCount", "TableSizeBytes")}
        return described

    before = tables()
    (tmp_path / "main.tf").write_text(
        CONFIGURATION.format(
            root=ROOT,
            package=PACKAGE,
        )
    )
    (tmp_path / ".terraform.lock.hcl").write_text((ROOT / ".terraform.lock.hcl").read_text())
    run_terraform(tmp_path, "init", "-input=false", environment=local)
    try:
        run_terraform(tmp_path, "apply", "-auto-approve", environment=local)
        fill(dynamodb, "their-staging", [row("processed"), row("unprocessed")])
        fill(dynamodb, "their-messages", [row("processed")])
        assert wait_until(lambda: keys_of(dynamodb, "their-staging") == {"{'S': 'unprocessed'}"})
    finally:
        destroy(tmp_path, environment=local)
    assert tables() == before
    assert keys_of(dynamodb, "their-staging") == {"{'S': 'unprocessed'}"}
    assert keys_of(dynamodb, "their-messages") == {"{'S': 'processed'}"}
