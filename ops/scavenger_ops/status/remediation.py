"""The commands of the findings. An operator can copy each one as it is."""

import shlex
import sys
from pathlib import Path

from scavenger.failure_bucket import quarantine_prefix

from scavenger_ops.program import scavenger
from scavenger_ops.status.facts import BucketFacts, Facts, MappingFacts

# Status does not know which configuration made the deployment: a command could be that of another configuration.
APPLY = "apply your configuration (terraform apply)"


def program() -> str:
    """Return this program, as it was called."""
    called = sys.argv[0]
    return called if Path(called).name == "scavenger" else "scavenger"


def run_status_again(facts: Facts) -> str:
    """Return the command that shows the state again."""
    return shlex.join([program(), "status", "--name", facts.name])


def describe_mapping(mapping: MappingFacts) -> str:
    """Return the command that describes a mapping."""
    return shlex.join(["aws", "lambda", "get-event-source-mapping", "--uuid", mapping.uuid])


def enable_mapping(mapping: MappingFacts) -> str:
    """Return the command that enables a mapping."""
    return shlex.join(["aws", "lambda", "update-event-source-mapping", "--uuid", mapping.uuid, "--enabled"])


def allow_invocations(facts: Facts) -> str:
    """Return the command that removes the function's concurrency limit."""
    return shlex.join(["aws", "lambda", "delete-function-concurrency", "--function-name", facts.name])


def show_concurrency(facts: Facts) -> str:
    """Return the command that shows the function's own concurrency limit."""
    return shlex.join(["aws", "lambda", "get-function-concurrency", "--function-name", facts.name])


def read_log(facts: Facts) -> str:
    """Return the command that shows the problems in the function's log."""
    return scavenger("logs", facts.name, "--since", "1h", "--errors")


def describe_table(table_name: str) -> str:
    """Return the command that describes a table."""
    return shlex.join(["aws", "dynamodb", "describe-table", "--table-name", table_name])


def describe_alarms(names: list[str]) -> str:
    """Return the command that describes these alarms."""
    return shlex.join(["aws", "cloudwatch", "describe-alarms", "--alarm-names", *names])


def enable_alarms(names: list[str]) -> str:
    """Return the command that enables the actions of these alarms."""
    return shlex.join(["aws", "cloudwatch", "enable-alarm-actions", "--alarm-names", *names])


def redrive(facts: Facts, bucket: BucketFacts) -> str:
    """Return the command that sends the records in the failure bucket to the function again."""
    return shlex.join([program(), "redrive", "--bucket", bucket.name, "--function", facts.name])


def list_quarantine(facts: Facts, bucket: BucketFacts) -> str:
    """Return the command that lists the objects that the function quarantined."""
    return shlex.join(["aws", "s3", "ls", "--recursive", f"s3://{bucket.name}/{quarantine_prefix(facts.name)}"])


def reconcile(facts: Facts, messages_table_name: str | None = None) -> tuple[str, ...]:
    """Return the command that counts the obsolete rows in staging, or nothing if the name of a table is not known."""
    messages = messages_table_name or next((mapping.messages_table_name for mapping in facts.mappings or ()), None)
    staging = facts.staging_table_name
    if not staging or not messages:
        return ()
    return (shlex.join([program(), "reconcile", "--staging", staging, "--messages", messages]),)


def count_rows(rows: str, command: tuple[str, ...]) -> str:
    """Return the end of a remediation: reconcile counts these rows, with its command if the tables' names are known."""
    return f"count {rows} (--apply deletes them):" if command else f"count {rows} with scavenger reconcile."
