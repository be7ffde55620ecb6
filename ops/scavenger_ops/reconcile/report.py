"""The report of a comparison, as text and as JSON."""

from datetime import UTC, datetime
from typing import Any

from scavenger_ops.reconcile.row_age import AGE_UNKNOWN, AGES
from scavenger_ops.reconcile.rows import (
    AGELESS,
    CHANGED,
    DELETABLE,
    DELETED,
    GONE,
    ONLY_IN_STAGING,
    WITHOUT_ROW,
    YOUNG,
    Comparison,
)

IN_BOTH = (DELETED, CHANGED, GONE, DELETABLE, YOUNG, AGELESS)
AGE_CLASSES = (*(name for name, _ in AGES), AGE_UNKNOWN)


def is_clean(comparison: Comparison) -> bool:
    """Return whether all rows were compared, and none is left that should be deleted."""
    is_left = comparison.deletes is not None and comparison.progress.counts[AGELESS] > 0
    return comparison.progress.is_done() and not is_left


def to_json(comparison: Comparison) -> dict[str, Any]:
    """Return the report for scripts: counts of rows, consumed units, and whether all rows were compared.

    It covers all runs of the comparison. `is_exact` is false after a run that was killed: its last second is not
    counted. `unanswered` counts deletes for which it is unknown whether DynamoDB carried them out.
    """
    counts = comparison.progress.counts
    return {
        "is_finished": comparison.progress.is_done(),
        "rows": counts.total() - counts[WITHOUT_ROW],
        "messages_without_a_row_of_their_own": counts[WITHOUT_ROW] if comparison.match_rule.is_by_message else None,
        "in_both": {name.replace(" ", "_"): counts[name] for name in IN_BOTH},
        "only_in_staging": {name: counts[ONLY_IN_STAGING + name] for name in AGE_CLASSES},
        "read_units": round(comparison.progress.read_units, 1),
        "write_units": round(comparison.progress.write_units, 1),
        "begun_at": datetime.fromtimestamp(comparison.progress.begun_at, UTC).isoformat(timespec="seconds"),
        "is_resumed": comparison.progress.is_resumed,
        "is_exact": comparison.progress.is_exact,
        "unanswered": comparison.progress.unanswered,
    }


def to_lines(comparison: Comparison) -> list[str]:
    """Return the report as lines of text, with what to do next."""
    counts = comparison.progress.counts
    scanned = "messages" if comparison.match_rule.is_by_message else "rows in staging"
    lines = [f"{scanned:<24}{counts.total():>14,}"]
    if comparison.match_rule.is_by_message:
        lines.append(f"  {'without a row':<22}{counts[WITHOUT_ROW]:>14,}")
    lines += [f"  {'in both, ' + name:<22}{counts[name]:>14,}" for name in IN_BOTH if counts[name]]
    lines += [
        f"  {'unprocessed, ' + name:<22}{counts[ONLY_IN_STAGING + name]:>14,}"
        for name in AGE_CLASSES
        if counts[ONLY_IN_STAGING + name]
    ]
    progress = comparison.progress
    lines += [f"Consumed: {progress.read_units:,.0f} read units and {progress.write_units:,.0f} write units."]
    return lines + _advice(comparison)


def _advice(comparison: Comparison) -> list[str]:
    counts, lines = comparison.progress.counts, []
    if counts[DELETABLE]:
        lines.append("Nothing was deleted. Add --apply to delete the deletable rows.")
    if counts[AGELESS]:
        lines.append(
            f"{counts[AGELESS]:,} rows were skipped: {comparison.age_attribute} does not show their age. Name another "
            "attribute with --age-attribute, or delete every row that is in both tables with --older-than 0."
        )
    if counts[CHANGED]:
        lines.append(f"{counts[CHANGED]:,} rows were skipped: they were changed after they were read.")
    lines += _doubts(comparison)
    if not comparison.progress.is_done():
        lines.append("The comparison is not finished. Run the same command again: it continues from here.")
    return lines


def _doubts(comparison: Comparison) -> list[str]:
    """Return the lines about what is uncertain."""
    progress, lines = comparison.progress, []
    if progress.has_zoneless:
        lines.append(
            f"Some rows have a {comparison.age_attribute} without a time zone. It was read as the latest possible time "
            "(UTC-12), so these rows may be up to 26 hours older than assumed."
        )
    if not progress.is_exact:
        lines.append("An earlier run of this comparison was killed. Its last second is not counted.")
    if progress.unanswered:
        lines.append(
            f"{progress.unanswered:,} deletes got no response, so it is unknown whether these rows are gone. The next "
            "run deletes those that are still there."
        )
    return lines
