"""The batch that the mapping tries to deliver."""

from dataclasses import dataclass, replace

from scavenger_ops.mapping_model.invocation_result import InvocationStatus
from scavenger_ops.mapping_model.record_run import RecordRun, count_records, split


@dataclass(frozen=True)
class RecordBatch:
    """Records to deliver together, and how that has gone so far."""

    runs: tuple[RecordRun, ...]
    counted_failures: int = 0
    """Failures since the last progress that used up the retry quota."""
    failures: int = 0
    """All failures since the last progress, by which the next wait is reckoned."""
    not_before: float = 0.0
    last_answer: InvocationStatus | None = None
    """How the last of the counted failures ended; None without one."""

    def halves(self) -> list["RecordBatch"]:
        """Return the two halves. An assumption: each has what the batch had used up of its retries."""
        return [replace(self, runs=part) for part in split(self.runs, count_records(self.runs) // 2)]
