"""Whether match_attributes compares the right attributes: a pure function of the facts."""

from collections.abc import Iterator

from scavenger_ops.status.facts import Facts
from scavenger_ops.status.problem import Problem
from scavenger_ops.status.remediation import APPLY, show_item
from scavenger_ops.status.thresholds import SUPERSEDED_ROWS
from scavenger_ops.text import count


def find_superseded_rows(facts: Facts) -> Iterator[Problem]:
    """Find that all rows of the last hour differ from their messages, so that none is deleted.

    A row that was staged again is superseded until its own message deletes it. So rows that are superseded beside
    others that are deleted are no problem, however many they are.
    """
    superseded, deleted = facts.metrics.superseded, facts.metrics.deleted
    if not facts.settings or not facts.matches_rows or superseded is None or deleted is None:
        return
    if (superseded.total or 0) < SUPERSEDED_ROWS or deleted.total:
        return
    pairs = sorted(facts.settings.match_attributes.items())
    compared = " and ".join(f"{name} of a row with {source} of its message" for name, source in pairs)
    what = (
        f"In the last hour, function {facts.name} kept {count(superseded.total or 0, 'superseded row')} and deleted "
        f"none: match_attributes compares {compared}, and they differ."
    )
    remediation = (
        "If these rows were staged again, nothing is left to do. Otherwise match_attributes names the wrong attribute, "
        "or the row has the value in another form or type, such as text instead of a number. Correct match_attributes "
        f"and {APPLY}. To compare a row and a message:"
    )
    tables = (facts.staging_table_name, *sorted({mapping.messages_table_name for mapping in facts.mappings or ()}))
    yield Problem("deletes", what, remediation, tuple(show_item(name) for name in tables if name))
