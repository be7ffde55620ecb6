"""The `demo` command: deploys to a local AWS, stages and processes messages, and watches the staging table drain."""

import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from scavenger_ops.command import EXIT_NOT_OK, EXIT_OK
from scavenger_ops.demo import terraform_steps
from scavenger_ops.demo.results import add_up, last_lines, lay_out, show_end
from scavenger_ops.local.ministack import LocalAwsError, local_aws
from scavenger_ops.screen import show_verdict
from scavenger_ops.signals import handle, unwind
from scavenger_ops.terraform import PACKAGE, TerraformError, check_clone, copy_configuration, read_outputs

# One message in ten is never processed, so that some rows must not be deleted.
UNPROCESSED_EVERY = 10
VARIABLES = (f"-var=package_path={PACKAGE}",)
# The provider reads a bucket's lifecycle for 55 seconds before it trusts it, on AWS too. Nothing expires in the demo.
WITHOUT_EXPIRY = 'resource "aws_s3_bucket_lifecycle_configuration" "failures" {\n  count = 0\n}\n'

STALL_TIMEOUT_S = 60
POLL_INTERVAL_S = 0.5


class DemoError(Exception):
    """The staging table has a row that should be deleted, or lacks one that should be left."""


@dataclass(frozen=True, slots=True)
class DemoMessage:
    """A message of the demo, with the article's key."""

    message_id: str
    created_at_ms: int
    is_processed: bool

    def item(self) -> dict[str, Any]:
        """Return its item, the same in both tables."""
        return {
            "messageId": self.message_id,
            "createdAt": self.created_at_ms,
            "event": json.dumps({"message": {"new": "A secret message"}}),
            "expiresAt": self.created_at_ms // 1000 + 86_400,
        }


def run(count: int, console: Console) -> int:
    """Run the demo with `count` messages, and return the exit code: 0, or 1 after printing the reason.

    Ctrl-C, SIGTERM and SIGHUP end it with 128 plus the signal's number, after everything that it started has ended.
    """
    handle(unwind)
    try:
        check_clone()
        with tempfile.TemporaryDirectory(prefix="scavenger-demo-") as folder:
            _demonstrate(count, Path(folder), console)
    except SystemExit:
        console.print("Interrupted. The local AWS and everything in it is gone.")
        raise
    except (LocalAwsError, TerraformError, DemoError, OSError) as error:
        reason, _, more = str(error).partition("\n")
        show_verdict(console, "bad", "demo", f"failed: {reason}")
        if more:
            console.print(more, markup=False, soft_wrap=True)
        return EXIT_NOT_OK
    return EXIT_OK


def _demonstrate(count: int, folder: Path, console: Console) -> None:
    console.print("Starting a local AWS on 127.0.0.1, with IAM enforced")
    with local_aws(folder) as environment:
        # From here on, nothing in this process can reach another AWS.
        os.environ.clear()
        os.environ.update(environment)
        console.print("Deploying the root configuration with Terraform")
        configuration = copy_configuration(folder)
        (configuration / "modules" / "scavenger" / "demo_override.tf").write_text(WITHOUT_EXPIRY)
        terraform_steps.init(configuration, environment, console)
        terraform_steps.apply(configuration, *VARIABLES, environment=environment, console=console)
        outputs = read_outputs(configuration, environment)
        messages = _make_messages(count)
        _stage_and_process(messages, outputs, console)
        verify(messages, outputs)
        console.print(lay_out(len(messages), _count_processed(messages), _read_figures(messages, outputs)))
        console.print(
            "The local AWS has no batching window: it invokes the function as soon as there is a record, so batches "
            "are smaller than on AWS. The columns of the article and its sequel are for full batches.",
            style="dim",
        )
        console.print("Destroying the deployment")
        terraform_steps.destroy(configuration, *VARIABLES, environment=environment, console=console)
    show_end(len(messages), _count_processed(messages), console)


def _make_messages(count: int) -> list[DemoMessage]:
    now_ms = time.time_ns() // 1_000_000
    return [DemoMessage(str(uuid4()), now_ms, number % UNPROCESSED_EVERY != 0) for number in range(1, count + 1)]


def _stage_and_process(messages: Sequence[DemoMessage], outputs: dict[str, Any], console: Console) -> None:
    """Write all messages to staging, and the processed ones to the messages table. Wait until staging has drained."""
    staging, processed = outputs["staging_table_name"], [message for message in messages if message.is_processed]
    console.print(f"Staging {len(messages):,} messages and processing {len(processed):,} of them")
    columns = (TextColumn("{task.description:<9}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        stage = progress.add_task("staged", total=len(messages))
        process = progress.add_task("processed", total=len(processed), start=False)
        drain = progress.add_task("deleted", total=len(processed), start=False)

        for _ in _write(staging, messages):
            progress.advance(stage)
        progress.start_task(process)
        progress.start_task(drain)
        for written, _ in enumerate(_write(outputs["messages_table_name"], processed)):
            progress.advance(process)
            if written % 1000 == 0:
                progress.update(drain, completed=len(messages) - _count_items(staging))

        _poll(
            lambda: len(messages) - _count_items(staging),
            len(processed),
            lambda deleted: progress.update(drain, completed=deleted),
        )


def _poll(measure: Callable[[], int], goal: int, show: Callable[[int], None] = lambda _: None) -> None:
    """Measure until the goal is reached, or nothing has changed for STALL_TIMEOUT_S."""
    last, changed_at = -1, time.monotonic()
    while last < goal and time.monotonic() - changed_at < STALL_TIMEOUT_S:
        now = measure()
        if now != last:
            last, changed_at = now, time.monotonic()
            show(now)
        if now < goal:
            time.sleep(POLL_INTERVAL_S)


def _write(table_name: str, messages: Iterable[DemoMessage]) -> Iterable[DemoMessage]:
    """Write the messages to a table, and yield each one."""
    with boto3.resource("dynamodb").Table(table_name).batch_writer() as batch:
        for message in messages:
            batch.put_item(Item=message.item())
            yield message


def _count_items(table_name: str) -> int:
    """Return the number of items. Only the local AWS has it at once: DynamoDB updates it about every six hours."""
    return boto3.client("dynamodb").describe_table(TableName=table_name)["Table"]["ItemCount"]


def verify(messages: Sequence[DemoMessage], outputs: dict[str, Any]) -> None:
    """Check, row by row, that exactly the unprocessed messages are left in staging. Raises DemoError if not."""
    scan = boto3.client("dynamodb").get_paginator("scan")
    pages = scan.paginate(
        TableName=outputs["staging_table_name"], ProjectionExpression="messageId", ConsistentRead=True
    )
    left = {item["messageId"]["S"] for page in pages for item in page["Items"]}
    expected = {message.message_id for message in messages if not message.is_processed}
    if left == expected:
        return
    raise DemoError(
        f"{len(left - expected)} processed messages are still in the staging table, and {len(expected - left)} "
        f"unprocessed ones are missing. The last lines of the function's log:\n{last_lines(outputs['log_group_name'])}"
    )


def _read_figures(messages: Sequence[DemoMessage], outputs: dict[str, Any]) -> Counter[str]:
    """Add up the function's summary lines, once they account for all deletes."""
    figures: Counter[str] = Counter()

    def measure() -> int:
        nonlocal figures
        figures = add_up(outputs["log_group_name"])
        return figures["deleted"]

    _poll(measure, _count_processed(messages))
    return figures


def _count_processed(messages: Sequence[DemoMessage]) -> int:
    return sum(message.is_processed for message in messages)
