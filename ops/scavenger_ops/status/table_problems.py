"""What is wrong with a deployment's tables: pure functions of the facts."""

from collections.abc import Iterator, Mapping

from reconciler.described_table import WORKING_STATES

from scavenger_ops.status.facts import MISSING, Facts, TableFacts
from scavenger_ops.status.problem import Problem, RowName
from scavenger_ops.status.remediation import APPLY, describe_table

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


def find_table_problems(facts: Facts) -> Iterator[Problem]:
    """Find tables that accept no requests, or have another key than the function's settings."""
    staging = facts.staging_table
    if staging and staging.status == MISSING:
        yield Problem(
            "staging table", f"Staging table {staging.name} is missing.", f"To create it again, empty, {APPLY}."
        )
    elif staging:
        yield from _not_working("staging table", "Staging", staging)
        yield from _other_key(facts, "staging table", "Staging", staging)
    for mapping in facts.mappings or ():
        table = mapping.messages_table
        # A missing table is a problem about the mapping.
        if table and table.status != MISSING:
            yield from _not_working("event source mapping", "Messages", table)
            if not facts.settings or not facts.settings.has_key_mapping:
                yield from _other_key(facts, "event source mapping", "Messages", table)


def _not_working(about: RowName, role: str, table: TableFacts) -> Iterator[Problem]:
    if table.status in TABLE_STATES and table.status not in WORKING_STATES:
        what = f"{role} table {table.name} is {table.status}."
        yield Problem(about, what, "Find out what it waits for:", (describe_table(table.name),))


def _other_key(facts: Facts, about: RowName, role: str, table: TableFacts) -> Iterator[Problem]:
    expected = facts.settings.staging_key if facts.settings else None
    if expected is None or table.key is None or dict(expected) == dict(table.key):
        return
    what = (
        f"{role} table {table.name} has the key {_in_words(table.key)}, but function {facts.name} is set to "
        f"{_in_words(expected)}. It cannot delete anything."
    )
    yield Problem(about, what, f"If your configuration names the wrong tables, correct it. Then {APPLY}.")


def _in_words(key: Mapping[str, str]) -> str:
    return " and ".join(f"{name} ({kind})" for name, kind in sorted(key.items()))
