"""The demo deploys, stages, waits for the deletes, and says what came of it."""

import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from scavenger_ops.cli import app
from scavenger_ops.demo import run as demo
from scavenger_ops.demo import terraform_steps
from scavenger_ops.local.ministack import LocalAwsError
from scavenger_ops.signals import ENDING
from scavenger_ops.terraform import PACKAGE
from typer.testing import CliRunner

STAGING, MESSAGES, GROUP = "staging", "messages", "/aws/lambda/scavenger"
OUTPUTS = {"staging_table_name": STAGING, "messages_table_name": MESSAGES, "log_group_name": GROUP}


class DemoWorld:
    """What the demo deploys, and the function, which works whenever the demo waits."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        # Whether the function deletes.
        self.works = True
        self.override = ""

    def apply(self, configuration: Path, *options: str, **_: object) -> None:
        """Create the tables and the log group."""
        self.steps.append(f"apply {' '.join(options)}")
        self.override = (configuration / "modules" / "scavenger" / "demo_override.tf").read_text()
        for name in (STAGING, MESSAGES):
            boto3.client("dynamodb").create_table(
                TableName=name,
                KeySchema=[{"AttributeName": "messageId", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "messageId", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        boto3.client("logs").create_log_group(logGroupName=GROUP)
        boto3.client("logs").create_log_stream(logGroupName=GROUP, logStreamName="all")

    def work(self, _: float) -> None:
        """Delete the processed messages from staging, and log a batch."""
        if not self.works:
            return
        staging = boto3.resource("dynamodb").Table(STAGING)
        left = {item["messageId"] for item in staging.scan()["Items"]}
        processed = {item["messageId"] for item in boto3.resource("dynamodb").Table(MESSAGES).scan()["Items"]}
        for name in left & processed:
            staging.delete_item(Key={"messageId": name})
        lines = ["START", json.dumps({"message": "Batch done", "deleted": len(left & processed), "requests": 2})]
        events = [{"timestamp": int(time.time() * 1000), "message": line} for line in lines]
        boto3.client("logs").put_log_events(logGroupName=GROUP, logStreamName="all", logEvents=events)  # type: ignore[arg-type]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[DemoWorld]:
    """Return the world of a demo, whose AWS is moto's."""
    world, before = DemoWorld(), dict(os.environ)
    handlers = {number: signal.getsignal(number) for number in ENDING}

    @contextmanager
    def local_aws(folder: Path) -> Iterator[Mapping[str, str]]:
        assert folder.is_dir()
        world.steps.append("local AWS")
        try:
            yield {**before, "IS_LOCAL": "1"}
        finally:
            world.steps.append("ended")

    monkeypatch.setattr(demo, "check_clone", lambda: None)
    monkeypatch.setattr(demo, "local_aws", local_aws)
    monkeypatch.setattr(demo, "read_outputs", lambda *_: OUTPUTS)
    monkeypatch.setattr(terraform_steps, "init", lambda *_: world.steps.append("init"))
    monkeypatch.setattr(terraform_steps, "apply", world.apply)
    monkeypatch.setattr(terraform_steps, "destroy", lambda *_, **__: world.steps.append("destroy"))
    monkeypatch.setattr(time, "sleep", world.work)
    with mock_aws():
        yield world
    os.environ.clear()
    os.environ.update(before)
    for number, handler in handlers.items():
        signal.signal(number, handler)


def run_demo(count: int = 20) -> Any:
    """Run the command."""
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, ["demo", "--messages", str(count)])


def test_the_demo_ends_well_once_the_processed_messages_are_deleted(world: DemoWorld) -> None:
    """It shows the function's figures, and destroys what it has deployed before the local AWS ends."""
    ran = run_demo()
    assert ran.exit_code == 0, ran.output
    assert world.steps == ["local AWS", "init", f"apply -var=package_path={PACKAGE}", "destroy", "ended"]
    assert "✓ demo · 18 of 20 rows were deleted from staging" in ran.stdout
    rows = [line.replace("│", "").split() for line in ran.stdout.splitlines()]
    assert ["deleted", "from", "staging", "18", "18", "18"] in rows
    assert ["delete", "requests", "2", "18", "1"] in rows
    assert ["left", "in", "staging", "2", "2", "2"] in rows


def test_the_bucket_of_the_demo_has_no_expiry(world: DemoWorld) -> None:
    """The provider would check it for a minute."""
    run_demo()
    assert world.override == demo.WITHOUT_EXPIRY


def test_the_demo_leads_to_no_other_aws(world: DemoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process has the environment of the local AWS, and nothing else."""
    seen: dict[str, str] = {}
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setattr(terraform_steps, "init", lambda *_: seen.update(os.environ))
    assert run_demo().exit_code == 0
    assert seen["IS_LOCAL"] == "1"
    assert "AWS_PROFILE" not in seen
    assert world.steps[-1] == "ended"


def test_a_function_that_deletes_nothing_fails_the_demo(world: DemoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once nothing has changed for a while. The local AWS ends all the same."""
    world.works = False
    monkeypatch.setattr(demo, "STALL_TIMEOUT_S", 0)
    ran = run_demo()
    assert ran.exit_code == 1
    assert "✗ demo · failed: 18 processed messages are still in the staging table" in ran.stdout
    assert "never invoked" in ran.stdout
    assert "destroy" not in world.steps
    assert world.steps[-1] == "ended"


def test_a_local_aws_that_does_not_start_fails_the_demo(world: DemoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is the verdict, and the end of the log follows as it is."""

    def fail(_: Path) -> object:
        raise LocalAwsError("The local AWS (MiniStack) did not start. The end of its log:\n[bold]port taken")

    monkeypatch.setattr(demo, "local_aws", fail)
    ran = run_demo()
    assert (ran.exit_code, world.steps) == (1, [])
    assert "✗ demo · failed: The local AWS (MiniStack) did not start." in ran.stdout
    assert ran.stdout.endswith("[bold]port taken\n")


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_ends_the_demo(world: DemoWorld, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the exit code of that signal, after it has said that nothing is left."""
    monkeypatch.setattr(terraform_steps, "init", lambda *_: signal.raise_signal(number))
    ran = run_demo()
    assert (ran.exit_code, world.steps) == (128 + number, ["local AWS", "ended"])
    assert "Interrupted. The local AWS and everything in it is gone." in ran.stdout


def test_only_a_change_of_the_measured_number_is_shown(world: DemoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The measuring ends at the goal."""
    assert world.works
    monkeypatch.setattr(time, "sleep", lambda _: None)
    shown: list[int] = []
    measured: Any = iter([0, 0, 3, 3, 5, 9])
    demo._poll(lambda: next(measured), 5, shown.append)  # noqa: SLF001 - there is no other
    assert shown == [0, 3, 5]
    assert next(measured) == 9
