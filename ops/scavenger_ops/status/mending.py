"""A finding and the commands that mend it, to be copied as they are."""

import shlex
from dataclasses import dataclass
from typing import Literal

from scavenger_ops.status.facts import Bucket, Facts, Trigger

# The rows of the screen.
Row = Literal[
    "function",
    "trigger",
    "lag",
    "inserts",
    "deletes",
    "throttling",
    "faults",
    "given up",
    "failure bucket",
    "staging",
    "alarms",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: the row that shows it, what it is, and in words and commands what mends it."""

    about: Row
    what: str
    mend: str
    commands: tuple[str, ...]


# It builds the package, shows the plan and asks before it applies.
DEPLOY = "make deploy"


def look_again(facts: Facts) -> str:
    """Give the command that shows the state again."""
    return shlex.join([".venv/bin/scavenger", "status", "--name", facts.name])


def describe_mapping(trigger: Trigger) -> str:
    """Return the command that shows all of a mapping."""
    return shlex.join(["aws", "lambda", "get-event-source-mapping", "--uuid", trigger.uuid])


def switch_on(trigger: Trigger) -> str:
    """Give the command that enables a mapping."""
    return shlex.join(["aws", "lambda", "update-event-source-mapping", "--uuid", trigger.uuid, "--enabled"])


def allow_invocations(facts: Facts) -> str:
    """Give the command that takes away the function's limit of concurrency."""
    return shlex.join(["aws", "lambda", "delete-function-concurrency", "--function-name", facts.name])


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


def redrive(facts: Facts, bucket: Bucket) -> str:
    """Give the command that takes back to the function what is in the failure bucket."""
    return shlex.join([".venv/bin/scavenger", "redrive", "--bucket", bucket.name, "--function", facts.name])


def list_quarantine(facts: Facts, bucket: Bucket) -> str:
    """Give the command that names the objects that the function quarantined."""
    return shlex.join(["aws", "s3", "ls", "--recursive", f"s3://{bucket.name}/aws/lambda/{facts.name}/quarantine/"])


def reconcile(facts: Facts, messages_table_name: str | None = None) -> str:
    """Give the command that counts what is left in staging though it was processed.

    Where a table's name is not known, it is taken from Terraform.
    """
    known = messages_table_name or next((trigger.messages_table_name for trigger in facts.triggers or ()), None)
    staging = _word(facts.staging_table_name, "staging_table_name")
    return f".venv/bin/scavenger reconcile --staging {staging} --messages {_word(known, 'messages_table_name')}"


def _word(name: str | None, output: str) -> str:
    return shlex.quote(name) if name else f'"$(.venv/bin/terraform output -raw {output})"'
