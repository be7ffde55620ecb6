"""The counts of a segment as a list of numbers, so short that 1,000 of them fit in the input of a state."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard

from reconciler.progress import ComparisonProgress, earliest
from reconciler.row_age import AGES
from reconciler.rows import (
    AGELESS,
    CHANGED,
    DELETABLE,
    DELETED,
    GONE,
    ONLY_IN_STAGING,
    SUPERSEDED,
    WITHOUT_ROW,
    YOUNG,
)

# The order in the list. What is not a count of rows follows.
NAMES = (
    *(DELETED, CHANGED, GONE, DELETABLE, SUPERSEDED, YOUNG, AGELESS, WITHOUT_ROW),
    *(ONLY_IN_STAGING + name for name in (*(name for name, _ in AGES), AGELESS)),
)
FIGURES = ("unprocessed", "oldest_unprocessed_at", "read_units", "write_units", "unanswered", "has_zoneless")
LENGTH = len(NAMES) + len(FIGURES)


def write_counts(progress: ComparisonProgress) -> list[float]:
    """Return the counts as a list. A time is in whole epoch seconds, 0 if it is not known."""
    return [
        *(progress.counts[name] for name in NAMES),
        progress.unprocessed,
        int(progress.oldest_unprocessed_at or 0),
        round(progress.read_units, 1),
        round(progress.write_units, 1),
        progress.unanswered,
        int(progress.has_zoneless),
    ]


def add_counts(progress: ComparisonProgress, counts: Sequence[float]) -> None:
    """Add the counts of a list. An empty list has none."""
    if not counts:
        return
    rows, figures = counts[: len(NAMES)], dict(zip(FIGURES, counts[len(NAMES) :], strict=True))
    # Without zeros, as a Counter that counts them itself.
    progress.counts.update({name: int(number) for name, number in zip(NAMES, rows, strict=True) if number})
    progress.unprocessed += int(figures["unprocessed"])
    progress.oldest_unprocessed_at = earliest(progress.oldest_unprocessed_at, figures["oldest_unprocessed_at"] or None)
    progress.read_units += figures["read_units"]
    progress.write_units += figures["write_units"]
    progress.unanswered += int(figures["unanswered"])
    progress.has_zoneless = progress.has_zoneless or bool(figures["has_zoneless"])


def add_up(results: Iterable[object], segments: int) -> tuple[ComparisonProgress, list[int]]:
    """Return the counts of all segments, and the numbers of those that failed or have no result.

    A result has the members of the child workflow's output: `segment`, `counts`, and `error` if it failed. What a
    failed segment counted before it failed is included.
    """
    total, done = ComparisonProgress(()), set[int]()
    for result in results:
        if not is_result(result):
            continue
        add_counts(total, result["counts"])
        if "error" not in result:
            done.add(result["segment"])
    return total, [segment for segment in range(segments) if segment not in done]


def is_result(result: object) -> TypeGuard[Mapping[str, Any]]:
    """Return whether an entry of the Map state's result is the output of a child workflow."""
    return (
        isinstance(result, Mapping)
        and isinstance(result.get("segment"), int)
        and isinstance(result.get("counts"), list)
        and len(result["counts"]) in (0, LENGTH)
    )
