"""The commands of the problems. An operator can copy each one as it is."""

from scavenger_ops import program
from scavenger_ops.status.facts import BucketFacts, Facts, MappingFacts

# Status does not know which configuration made the deployment: a command could be that of another configuration.
APPLY = "apply your configuration (terraform apply)"


def run_status_again(facts: Facts) -> str:
    """Return the command that shows the state again."""
    return program.scavenger("status", facts.name)


def describe_mapping(mapping: MappingFacts) -> str:
    """Return the command that describes a mapping."""
    return program.aws("lambda", "get-event-source-mapping", "--uuid", mapping.uuid)


def enable_mapping(mapping: MappingFacts) -> str:
    """Return the command that enables a mapping."""
    return program.aws("lambda", "update-event-source-mapping", "--uuid", mapping.uuid, "--enabled")


def allow_invocations(facts: Facts) -> str:
    """Return the command that removes the function's concurrency limit."""
    return program.aws("lambda", "delete-function-concurrency", "--function-name", facts.name)


def show_concurrency(facts: Facts) -> str:
    """Return the command that shows the function's own concurrency limit."""
    return program.aws("lambda", "get-function-concurrency", "--function-name", facts.name)


def show_account() -> str:
    """Return the command that shows the account's concurrency limit."""
    return program.aws("lambda", "get-account-settings")


def read_log(facts: Facts) -> str:
    """Return the command that shows the errors in the function's log."""
    return program.scavenger("logs", facts.name, "--since", "1h", "--errors")


def describe_table(table_name: str) -> str:
    """Return the command that describes a table."""
    return program.aws("dynamodb", "describe-table", "--table-name", table_name)


def show_item(table_name: str) -> str:
    """Return the command that shows one item of a table: its attributes with their types."""
    return program.aws("dynamodb", "scan", "--table-name", table_name, "--limit", "1")


def describe_alarms(names: list[str]) -> str:
    """Return the command that describes these alarms."""
    return program.aws("cloudwatch", "describe-alarms", "--alarm-names", *names)


def enable_alarms(names: list[str]) -> str:
    """Return the command that enables the actions of these alarms."""
    return program.aws("cloudwatch", "enable-alarm-actions", "--alarm-names", *names)


def redrive(facts: Facts, bucket: BucketFacts) -> str:
    """Return the command that sends the records in the failure bucket to the function again."""
    return program.scavenger("redrive", facts.name, *_bucket_option(facts, bucket))


def list_failed(facts: Facts, bucket: BucketFacts) -> str:
    """Return the command that lists the objects in the failure bucket with their reasons."""
    return program.scavenger("redrive", facts.name, "--dry-run", *_bucket_option(facts, bucket))


def _bucket_option(facts: Facts, bucket: BucketFacts) -> list[str]:
    """Return the option that names the bucket, if the function's settings do not."""
    is_named = facts.settings is not None and facts.settings.failure_bucket_name == bucket.name
    return [] if is_named else ["--bucket", bucket.name]


def reconcile(facts: Facts, messages_table_name: str | None = None) -> tuple[str, ...]:
    """Return the command that counts the obsolete rows in staging, or nothing if the name of a table is not known.

    The deployment's name is enough if it reads one table.
    """
    tables = {mapping.messages_table_name for mapping in facts.mappings or ()}
    messages = messages_table_name or next(iter(sorted(tables)), None)
    if not facts.staging_table_name or not messages:
        return ()
    more = [] if tables == {messages} else ["--messages", messages]
    return (program.scavenger("reconcile", facts.name, *more),)


def list_errors_of_runs(facts: Facts) -> str:
    """Return the command that shows the log of the reconciler's function, with its errors."""
    group = f"/aws/lambda/{facts.name}-reconciler"
    return program.aws("logs", "filter-log-events", "--log-group-name", group, "--query", "events[].message")


def start_run(facts: Facts) -> str:
    """Return the command that starts a run of the reconciler that deletes nothing."""
    return program.scavenger("reconcile", facts.name, "--on-aws")


def count_rows(rows: str, command: tuple[str, ...]) -> str:
    """Return the end of a remediation: reconcile counts these rows, with its command if the tables' names are known."""
    return f"count {rows} (--apply deletes them):" if command else f"count {rows} with scavenger reconcile."
