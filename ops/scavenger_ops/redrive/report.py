"""The report of a redrive, as text and as JSON."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from scavenger_ops.redrive.objects import RedriveResult, RedriveStatus

# Nobody reads more lines than that; the JSON has them all.
MOST_LINES = 20

_STILL_THERE = (RedriveStatus.LEFT, RedriveStatus.FOREIGN, RedriveStatus.UNREADABLE)


@dataclass(slots=True)
class RedriveReport:
    """Counts of the objects found, and the objects that are still there after an attempt."""

    found: int = 0
    statuses: Counter[RedriveStatus] = field(default_factory=Counter)
    conditions: Counter[str] = field(default_factory=Counter)
    records: int = 0
    done: int = 0
    still_there: list[RedriveResult] = field(default_factory=list)

    def add(self, result: RedriveResult) -> None:
        """Count the result of an object."""
        self.statuses[result.status] += 1
        self.records += result.records
        self.done += result.done
        if result.condition:
            self.conditions[result.condition] += 1
        if result.status in _STILL_THERE:
            self.still_there.append(result)

    @property
    def not_tried(self) -> int:
        """How many objects have no result: not tried, or interrupted."""
        return self.found - self.statuses.total()

    def to_json(self) -> dict[str, Any]:
        """Return the report for scripts."""
        return {
            "found": self.found,
            "not_tried": self.not_tried,
            "objects": {status.value: self.statuses[status] for status in RedriveStatus},
            "records": self.records,
            "records_done": self.done,
            "conditions": self.conditions,
            "still_there": [
                {"object": result.name, "fate": result.status.value, "reason": result.reason}
                for result in self.still_there
            ],
        }

    def to_lines(self) -> list[str]:
        """Return the report as lines of text."""
        counts = "".join(f", {count:,} {status}" for status in RedriveStatus if (count := self.statuses[status]))
        lines = [
            f"Objects: {self.found:,} found{counts}. Records in them: {self.records:,}, {self.done:,} of them done."
        ]
        lines += [f"{condition}: {count:,}" for condition, count in self.conditions.items()]
        lines += [_plain(f"{each.status}: {each.name}: {each.reason}") for each in self.still_there[:MOST_LINES]]
        if len(self.still_there) > MOST_LINES:
            lines.append(f"... and {len(self.still_there) - MOST_LINES:,} more. --json lists all of them.")
        if self.not_tried:
            lines.append(f"{self.not_tried:,} objects were not tried, or not finished. Run this again to redrive them.")
        return lines


def _plain(line: str) -> str:
    """Return a line with escapes for unprintable characters, which an object's name may have."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in line)
