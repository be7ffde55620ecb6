"""A finding and what fixes it, in words and in commands to be copied as they are."""

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from scavenger.failure_bucket import quarantine_prefix

from scavenger_ops.status.facts import Bucket, Facts, RowName, Trigger


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: the row that shows it, what it is, and in words and commands what fixes it."""

    about: RowName
    what: str
    mend: str
    commands: tuple[str, ...] = ()


# Whose configuration has made a deployment is not known: a command would be that of another's.
APPLY = "apply your configuration (terraform apply)"


def program() -> str:
    """Return this program, as it was called."""
    called = sys.argv[0]
    return called if Path(called).name == "scavenger" else "scavenger"


def look_again(facts: Facts) -> str:
    """Give the command that shows the state again."""
    return shlex.join([program(), "status", "--name", facts.name])


def describe_mapping(trigger: Trigger) -> str:
    """Return the command that shows all of a mapping."""
    return shlex.join(["aws", "lambda", "get-event-source-mapping", "--uuid", trigger.uuid])


def switch_on(trigger: Trigger) -> str:
    """Give the command that enables a mapping."""
    return shlex.join(["aws", "lambda", "update-event-source-mapping", "--uuid", trigger.uuid, "--enabled"])


def allow_invocations(facts: Facts) -> str:
    """Give the command that takes away the function's limit of concurrency."""
    return shlex.join(["aws", "lambda", "delete-function-concurrency", "--function-name", facts.name])


def show_concurrency(facts: Facts) -> str:
    """Return the command that shows the function's own limit of concurrency."""
    return shlex.join(["aws", "lambda", "get-function-concurrency", "--function-name", facts.name])


def read_log(facts: Facts) -> str:
    """Give the command that shows the function's last log lines."""
    group = facts.function.log_group_name if facts.function else f"/aws/lambda/{facts.name}"
    return shlex.join(["aws", "logs", "tail", group, "--since", "1h"])


def describe_table(table_name: str) -> str:
    """Give the command that shows all of a table."""
    return shlex.join(["aws", "dynamodb", "describe-table", "--table-name", table_name])


def describe_alarms(names: list[str]) -> str:
    """Give the command that shows all of these alarms."""
    return shlex.join(["aws", "cloudwatch", "describe-alarms", "--alarm-names", *names])


def enable_alarms(names: list[str]) -> str:
    """Return the command that switches these alarms' actions on."""
    return shlex.join(["aws", "cloudwatch", "enable-alarm-actions", "--alarm-names", *names])


def redrive(facts: Facts, bucket: Bucket) -> str:
    """Give the command that takes back to the function what is in the failure bucket."""
    return shlex.join([program(), "redrive", "--bucket", bucket.name, "--function", facts.name])


def list_quarantine(facts: Facts, bucket: Bucket) -> str:
    """Give the command that names the objects that the function quarantined."""
    return shlex.join(["aws", "s3", "ls", "--recursive", f"s3://{bucket.name}/{quarantine_prefix(facts.name)}"])


def reconcile(facts: Facts, messages_table_name: str | None = None) -> tuple[str, ...]:
    """Give the command that counts what is left in staging though it was processed; none without the tables' names."""
    messages = messages_table_name or next((trigger.messages_table_name for trigger in facts.triggers or ()), None)
    staging = facts.staging_table_name
    if not staging or not messages:
        return ()
    return (shlex.join([program(), "reconcile", "--staging", staging, "--messages", messages]),)
