"""What the mapping learns from an invocation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from scavenger_ops.mapping_model.record_run import RecordRun

InvocationStatus = Literal["success", "partial", "failure", "error", "throttled"]


@dataclass(frozen=True)
class InvocationResult:
    """How an invocation ended, and how many records from the first on are done."""

    status: InvocationStatus
    done: int = 0


# The function as the mapping sees it: given a shard's name and a batch, it lets simulated time pass and ends so.
Invoke = Callable[[str, Sequence[RecordRun]], InvocationResult]
