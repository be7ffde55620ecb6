"""A function that takes events and returns responses, as the mapping sees it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from scavenger_ops.mapping_model.event import encode, event_of
from scavenger_ops.mapping_model.invocation_result import InvocationResult, InvocationStatus
from scavenger_ops.mapping_model.record_run import RecordRun
from scavenger_ops.mapping_model.responses import read_response
from scavenger_ops.mapping_model.settings import MappingSettings
from scavenger_ops.mapping_model.simulation import Simulation


class FunctionError(Exception):
    """The invocation failed: an unhandled exception, a timeout, or the function was killed."""


class InvokeThrottled(Exception):  # noqa: N818 - it is not an error of the function
    """Lambda could not invoke the function."""


@dataclass(frozen=True)
class Invocation:
    """An invocation that has ended, or an attempt at one."""

    time: float
    """When it began, in simulated time."""
    shard_id: str
    sequence_numbers: tuple[str, ...]
    status: InvocationStatus
    ended: float


class SimulatedFunction:
    """Invokes the function, and records each invocation when it ends."""

    def __init__(
        self, simulation: Simulation, settings: MappingSettings, invoke: Callable[[dict[str, Any]], object]
    ) -> None:
        self.invocations: list[Invocation] = []
        self._simulation = simulation
        self._settings = settings
        self._invoke = invoke

    def call(self, shard_id: str, runs: Sequence[RecordRun]) -> InvocationResult:
        """Invoke the function with these records, and return the result."""
        began = self._simulation.now
        numbers = tuple(run.sequence_number for run in runs)
        result = self._try(runs, numbers)
        self.invocations.append(Invocation(began, shard_id, numbers, result.status, self._simulation.now))
        return result

    def _try(self, runs: Sequence[RecordRun], numbers: Sequence[str]) -> InvocationResult:
        try:
            response = self._invoke(json.loads(encode(event_of(runs))))
        except FunctionError:
            return InvocationResult("error")
        except InvokeThrottled:
            return InvocationResult("throttled")
        if not self._settings.report_batch_item_failures:
            return InvocationResult("success", len(runs))
        return read_response(json.loads(json.dumps(response)), numbers)
