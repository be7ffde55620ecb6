"""What a redrive came to, in words and as JSON."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from scavenger_ops.redrive.objects import Fate, Result

# More lines than that nobody reads; JSON has them all.
MOST_LINES = 20

STILL_THERE = (Fate.LEFT, Fate.FOREIGN, Fate.UNREADABLE)


def to_json(results: Sequence[Result], found: int) -> dict[str, Any]:
    """Give the counts of the objects found, and each that is still there though it was tried."""
    return {
        "found": found,
        "not_tried": found - len(results),
        "objects": {fate.value: sum(result.fate == fate for result in results) for fate in Fate},
        "records": sum(result.records for result in results),
        "records_done": sum(result.done for result in results),
        "conditions": Counter(result.condition for result in results if result.condition),
        "still_there": [
            {"object": result.name, "fate": result.fate.value, "reason": result.reason} for result in _rest(results)
        ],
    }


def to_lines(results: Sequence[Result], found: int) -> list[str]:
    """Say the same in words."""
    counts = Counter(result.fate for result in results)
    said = ", ".join(f"{count:,} {fate}" for fate in Fate if (count := counts[fate]))
    records, done = sum(result.records for result in results), sum(result.done for result in results)
    lines = [f"Objects: {found:,} found{said and f', {said}'}. Of {records:,} records in them, {done:,} are done."]
    for condition, count in Counter(result.condition for result in results if result.condition).items():
        lines.append(f"{condition}: {count:,}")
    rest = _rest(results)
    lines += [f"{result.fate}: {result.name}: {result.reason}" for result in rest[:MOST_LINES]]
    if len(rest) > MOST_LINES:
        lines.append(f"... and {len(rest) - MOST_LINES:,} more; --json names them all.")
    if len(results) < found:
        lines.append(f"{found - len(results):,} were not tried. Run this again for them: what is done is done.")
    return lines


def _rest(results: Sequence[Result]) -> list[Result]:
    return [result for result in results if result.fate in STILL_THERE]
