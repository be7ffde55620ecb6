"""The batch that the mapping tries to deliver."""

from dataclasses import dataclass, replace

from scavenger_ops.mapping_model.invocation_result import InvocationStatus
from scavenger_ops.mapping_model.record_run import RecordRun, count_records, split


@dataclass(frozen=True)
class RecordBatch:
    """Records to deliver together, and the attempts so far."""

    runs: tuple[RecordRun, ...]
    counted_failures: int = 0
    """Failures since the last progress that used up a retry."""
    failures: int = 0
    """All failures since the last progress, which determine the backoff."""
    not_before: float = 0.0
    """The simulated time of the next attempt, at the earliest."""
    last_answer: InvocationStatus | None = None
    """How the last counted failure ended; None without one."""

    def halves(self) -> list["RecordBatch"]:
        """Return the two halves. An assumption: each has used up as many retries as the batch."""
        return [replace(self, runs=part) for part in split(self.runs, count_records(self.runs) // 2)]
