"""What is wrong with a deployment's tables: a pure function of the facts."""

from collections.abc import Iterator, Mapping

from scavenger_ops.described_table import WORKING_STATES
from scavenger_ops.status.facts import MISSING, Facts, RowName, Table
from scavenger_ops.status.remediation import APPLY, Finding, describe_table

TABLE_STATES = (
    *WORKING_STATES,
    MISSING,
    "CREATING",
    "DELETING",
    "INACCESSIBLE_ENCRYPTION_CREDENTIALS",
    "ARCHIVING",
    "ARCHIVED",
    "REPLICATION_NOT_AUTHORIZED",
)


def find_wrong_tables(facts: Facts) -> Iterator[Finding]:
    """Find tables that take no requests, or have another key than the function was told."""
    staging = facts.staging_table
    if staging and staging.status == MISSING:
        yield Finding("staging", f"Staging table {staging.name} is missing.", f"To make it anew, empty, {APPLY}.")
    elif staging:
        yield from _state("staging", "Staging", staging)
        yield from _key(facts, "staging", "Staging", staging)
    for trigger in facts.triggers or ():
        table = trigger.messages_table
        # That it is missing is said of the mapping.
        if table and table.status != MISSING:
            yield from _state("trigger", "Messages", table)
            if not facts.settings or not facts.settings.has_key_mapping:
                yield from _key(facts, "trigger", "Messages", table)


def _state(about: RowName, role: str, table: Table) -> Iterator[Finding]:
    if table.status in TABLE_STATES and table.status not in WORKING_STATES:
        what = f"{role} table {table.name} is {table.status}."
        yield Finding(about, what, "See what it waits for:", (describe_table(table.name),))


def _key(facts: Facts, about: RowName, role: str, table: Table) -> Iterator[Finding]:
    told = facts.settings.staging_key if facts.settings else None
    if told is None or table.key is None or dict(told) == dict(table.key):
        return
    what = (
        f"{role} table {table.name} has the key {_in_words(table.key)}, but function {facts.name} was told "
        f"{_in_words(told)}: it can delete nothing."
    )
    yield Finding(about, what, f"Name the right tables in your configuration, if they are wrong there, and {APPLY}.")


def _in_words(key: Mapping[str, str]) -> str:
    return " and ".join(f"{name} ({kind})" for name, kind in sorted(key.items()))
