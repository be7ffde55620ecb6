"""The batch that the mapping tries to deliver."""

from dataclasses import dataclass, replace

from scavenger_ops.mapping_model.run import Run, count_records, split
from scavenger_ops.mapping_model.verdict import Outcome


@dataclass(frozen=True)
class Batch:
    """Records to deliver together, and how that has gone so far."""

    runs: tuple[Run, ...]
    counted_failures: int = 0
    """Failures that used up the retry quota."""
    failures: int = 0
    """All failures, by which the next wait is reckoned."""
    not_before: float = 0.0
    last_answer: Outcome | None = None
    """How the function ended last; nothing if it was never invoked."""

    def halves(self) -> list["Batch"]:
        """Split the batch in two."""
        return [replace(self, runs=part) for part in split(self.runs, count_records(self.runs) // 2)]
