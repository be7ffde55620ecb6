"""The demo fails, with the reason, if the staging table does not end as it should."""

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from rich.console import Console
from scavenger_ops import toolchain
from scavenger_ops.cli import app
from scavenger_ops.demo import run as demo
from scavenger_ops.demo.run import DemoError, DemoMessage, verify
from scavenger_ops.terraform import TerraformError
from typer.testing import CliRunner

OUTPUTS = {"staging_table_name": "staging", "log_group_name": "/aws/lambda/scavenger"}
MESSAGES = [DemoMessage(f"message-{number}", 1, is_processed=number < 8) for number in range(10)]


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with mock_aws():
        boto3.client("dynamodb").create_table(
            TableName="staging",
            KeySchema=[{"AttributeName": "messageId", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "messageId", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        boto3.client("logs").create_log_group(logGroupName=OUTPUTS["log_group_name"])
        yield


def leave(*messages: DemoMessage) -> None:
    """Leave these messages in the staging table."""
    for message in messages:
        boto3.resource("dynamodb").Table("staging").put_item(Item=message.item())


def test_exactly_the_unprocessed_messages_must_be_left() -> None:
    """Then the check passes."""
    leave(*MESSAGES[8:])
    verify(MESSAGES, OUTPUTS)


def test_processed_messages_that_are_left_are_counted() -> None:
    """The error has the last lines of the log, which is empty here."""
    leave(*MESSAGES[7:])
    expected = "1 processed messages are still in the staging table, and 0 unprocessed ones are missing"
    with pytest.raises(DemoError, match=f"{expected}[^$]*never invoked"):
        verify(MESSAGES, OUTPUTS)


def test_unprocessed_messages_that_are_gone_are_counted() -> None:
    """That fails even if the number of messages left is right."""
    leave(MESSAGES[0], MESSAGES[8])
    expected = "1 processed messages are still in the staging table, and 1 unprocessed ones are missing"
    with pytest.raises(DemoError, match=re.escape(expected)):
        verify(MESSAGES, OUTPUTS)


INSTALLED_APART = """
import sys
from pathlib import Path
from scavenger_ops import toolchain
toolchain.ROOT = Path("/somewhere/lib/python")
sys.argv = ["scavenger", "demo"]
from scavenger_ops.main import main
main()
"""


def test_without_a_clone_the_demo_says_what_it_needs() -> None:
    """There is none if only the command is installed."""
    ran = subprocess.run([sys.executable, "-c", INSTALLED_APART], capture_output=True, text=True, check=False)
    output = " ".join(ran.stdout.split())
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "needs a clone of the repository" in output
    assert "/somewhere/lib/python/main.tf is missing" in output


@pytest.mark.parametrize("command", ["demo", "local"])
def test_without_the_extra_the_command_says_how_to_get_it(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is started."""
    monkeypatch.setattr("scavenger_ops.extras.find_spec", lambda _: None)
    ran = CliRunner().invoke(app, [command])
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert f"`scavenger {command}` runs a local AWS, which needs cryptography, and that is not installed." in ran.stderr
    assert "pip install 'staging-scavenger[local] @ git+https://" in ran.stderr


def test_a_failure_begins_with_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of the error, such as Terraform's, comes below it as it is."""

    def fail() -> None:
        raise TerraformError("terraform apply failed:\nno such bucket [1]")

    monkeypatch.setattr(demo, "check_clone", fail)
    console = Console(file=io.StringIO(), record=True, width=80)
    assert demo.run(1, console) == 1
    assert console.export_text() == "✗ demo · failed: terraform apply failed:\nno such bucket [1]\n"


def test_without_a_clone_the_set_up_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no traceback."""
    monkeypatch.setattr(toolchain, "ROOT", Path("/somewhere"))
    with pytest.raises(toolchain.ToolchainError, match=r"/somewhere/\.terraform\.lock\.hcl cannot be read"):
        toolchain.find_mirror()
