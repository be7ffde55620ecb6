"""What a comparison of the two tables came to, in words and as JSON."""

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
    """Return whether all rows were compared, and none is left that should be gone."""
    is_left = comparison.deletes is not None and comparison.progress.counts[AGELESS] > 0
    return comparison.progress.is_done() and not is_left


def to_json(comparison: Comparison) -> dict[str, Any]:
    """Return the counts of rows, what they took, and whether all were compared; of all runs of it together.

    They are not exact after a run that was killed, whose last second is not counted. Unanswered are deletes of which it
    is not known if they were carried out.
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
    """Return the same in words, and what to do next."""
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
    done = comparison.progress
    lines += [f"It took {done.read_units:,.0f} read units and {done.write_units:,.0f} write units."]
    return lines + _advice(comparison)


def _advice(comparison: Comparison) -> list[str]:
    counts, lines = comparison.progress.counts, []
    if counts[DELETABLE]:
        lines.append("Nothing was deleted. --apply deletes what is deletable.")
    if counts[AGELESS]:
        lines.append(
            f"{counts[AGELESS]:,} rows were left since {comparison.age_attribute} does not tell their age. Name the "
            "attribute that does with --age-attribute, or delete whatever is in both with --older-than 0."
        )
    if counts[CHANGED]:
        lines.append(f"{counts[CHANGED]:,} rows were written to after they were read, so they were left.")
    lines += _doubts(comparison)
    if not comparison.progress.is_done():
        lines.append("It was not done to the end. Run the same again: it goes on from here.")
    return lines


def _doubts(comparison: Comparison) -> list[str]:
    """Return what is not known for certain."""
    done, lines = comparison.progress, []
    if done.has_zoneless:
        lines.append(
            f"Some rows have a {comparison.age_attribute} without a time zone. It was taken for the latest time that "
            "it can be (UTC-12), so these rows may be up to 26 hours older than they were taken for."
        )
    if not done.is_exact:
        lines.append("An earlier run of this was killed. What it did in its last second is not counted.")
    if done.unanswered:
        lines.append(
            f"Of {done.unanswered:,} deletes there was no answer, so it is not known if these rows are gone. The next "
            "run deletes what is left of them."
        )
    return lines
