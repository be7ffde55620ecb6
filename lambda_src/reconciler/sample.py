"""Looks at some rows before the work: if none has an age, nothing could be deleted by age."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from scavenger.redaction import redact

from reconciler.comparison import Comparison
from reconciler.explained_error import RefusedError
from reconciler.reading import look_up, read_page
from reconciler.row_age import age_of

# Enough to see what rows have, at a price of some read units.
SAMPLED_ROWS = 25
# A slow table gets fewer: no more than may be read in this time.
SAMPLE_S = 5
# The most attributes to name.
MOST_NAMED = 5

Row = Mapping[str, Any]


class AgelessTableError(RefusedError):
    """No row seems to have an age, so the work would be for nothing."""


def check_ages(comparison: Comparison, *, is_confirmed: bool) -> str:
    """Return a message for people if no sampled row has an age, before the work; otherwise an empty text.

    Raises AgelessTableError if rows are to be deleted and the user did not confirm it with --yes. Raises AwsError and
    Stopped.
    """
    if not comparison.older_than_s or comparison.progress.counts.total():
        return ""
    rows, now = _sample(comparison), time.time()
    if not rows or any(age_of(row, comparison.age_attribute, now) for row in rows):
        return ""
    told = _describe(comparison, rows, now)
    if comparison.deletes and not is_confirmed:
        raise AgelessTableError(f"{told} To compare nevertheless, since other rows have an age: --yes.")
    return told


def find_time_attributes(rows: Sequence[Row], now: float) -> list[str]:
    """Return the attributes that are a time in the past in every row that has them, the most frequent first."""
    found = Counter(name for row in rows for name in row)
    times = [name for name in found if all(_is_past(row, name, now) for row in rows if name in row)]
    return sorted(times, key=lambda name: (-found[name], name))


def _is_past(row: Row, name: str, now: float) -> bool:
    age = age_of(row, name, now)
    return age is not None and age.seconds >= 0


def _sample(comparison: Comparison) -> Sequence[Row]:
    """Return some rows of the staging table with all of their attributes."""
    staging = comparison.staging()._replace(attributes=())
    scanned = comparison.messages() if comparison.match_rule.is_by_message else staging
    most = max(1, min(SAMPLED_ROWS, int(scanned.limit.items_in(SAMPLE_S))))
    page = read_page(scanned, (0, 1), None, most)
    comparison.progress.add_units(read_units=page.read_units)
    if scanned is staging:
        return page.items
    rows, units = look_up(staging, [each.key for each in comparison.match(page.items)])
    comparison.progress.add_units(read_units=units)
    return rows


def _describe(comparison: Comparison, rows: Sequence[Row], now: float) -> str:
    """Return what is wrong and what to do. It has names of attributes, and none of their values."""
    table, names = comparison.tables.staging.table.name, find_time_attributes(rows, now)
    number = "The first row" if len(rows) == 1 else f"None of the first {len(rows)} rows"
    has = "has no time" if len(rows) == 1 else "has a time"
    listed = ", ".join(redact(name) for name in names[:MOST_NAMED])
    look = f"These look like times: {listed}." if names else "No other attribute of these rows looks like a time."
    return (
        f"{number} of {table} {has} in {comparison.age_attribute}, so their age is unknown, and rows of unknown age "
        f"are not deleted. Name the attribute that has the time: --age-attribute A. {look} Or, if nothing is written "
        f"to {table} at the moment, take rows of any age: --older-than 0."
    )
