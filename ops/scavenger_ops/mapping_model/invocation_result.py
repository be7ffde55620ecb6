"""The result of an invocation, as the mapping sees it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from scavenger_ops.mapping_model.record_run import RecordRun

InvocationStatus = Literal["success", "partial", "failure", "error", "throttled"]


@dataclass(frozen=True)
class InvocationResult:
    """How an invocation ended, and how many records are done, counted from the first."""

    status: InvocationStatus
    done: int = 0


# The function as the mapping sees it: takes a shard's name and a batch, lets simulated time pass, returns the result.
Invoke = Callable[[str, Sequence[RecordRun]], InvocationResult]
