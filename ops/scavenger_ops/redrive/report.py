"""What a redrive came to, in words and as JSON."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from scavenger_ops.redrive.objects import RedriveResult, RedriveStatus

# More lines than that nobody reads; JSON has them all.
MOST_LINES = 20

_STILL_THERE = (RedriveStatus.LEFT, RedriveStatus.FOREIGN, RedriveStatus.UNREADABLE)


@dataclass(slots=True)
class RedriveReport:
    """The counts of the objects found, and each that is still there though it was tried."""

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
        """How many objects have no result: not tried, or not to the end."""
        return self.found - self.statuses.total()

    def to_json(self) -> dict[str, Any]:
        """Give it for scripts."""
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
        """Say it in words."""
        said = "".join(f", {count:,} {status}" for status in RedriveStatus if (count := self.statuses[status]))
        lines = [f"Objects: {self.found:,} found{said}. Of {self.records:,} records in them, {self.done:,} are done."]
        lines += [f"{condition}: {count:,}" for condition, count in self.conditions.items()]
        lines += [_plain(f"{each.status}: {each.name}: {each.reason}") for each in self.still_there[:MOST_LINES]]
        if len(self.still_there) > MOST_LINES:
            lines.append(f"... and {len(self.still_there) - MOST_LINES:,} more; --json names them all.")
        if self.not_tried:
            again = "Run this again for them: what is done is done."
            lines.append(f"{self.not_tried:,} were not tried, or not to the end. {again}")
        return lines


def _plain(line: str) -> str:
    """Return what is said of an object as one line; its name may have any character in it."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in line)
