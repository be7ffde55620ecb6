"""The alarm `stopped` knows the second at which its event source mapping was created, on any date."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scavenger_ops.terraform import TERRAFORM
from scavenger_ops.toolchain import ROOT


# A leap day and the day after, the ends of a year, and a February at the end of a century, which has no leap day.
@pytest.mark.parametrize(
    "made_at",
    [
        datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC),
        datetime(2028, 3, 1, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
        datetime(2100, 2, 28, 12, 34, 56, tzinfo=UTC),
        datetime(2100, 3, 1, tzinfo=UTC),
    ],
    ids=str,
)
def test_a_time_becomes_seconds_since_1970(tmp_path: Path, made_at: datetime) -> None:
    """Terraform computes it, here from another time than an apply's."""
    configuration = (ROOT / "modules" / "monitoring" / "mapping_made_at.tf").read_text()
    assert "terraform_data.mapping_made_at.output" in configuration
    text = configuration.replace("terraform_data.mapping_made_at.output", f'"{made_at:%Y-%m-%dT%H:%M:%SZ}"')
    text = text.replace("var.event_source_mapping_uuid", '"a mapping"')
    (tmp_path / "main.tf").write_text(text)
    console = [str(TERRAFORM), f"-chdir={tmp_path}", "console"]
    shown = subprocess.run(console, input="local.mapping_made_at_s", capture_output=True, text=True, check=True).stdout
    assert int(shown) == int(made_at.timestamp())
