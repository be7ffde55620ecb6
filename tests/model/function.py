"""The function as the mapping sees it: it is given a batch and ends in one way or another."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from model.batch import Outcome, StreamRecord, encode, event_of
from model.responses import Verdict, read_response
from model.settings import MappingSettings
from model.simulation import Simulation


class FunctionError(Exception):
    """The invocation failed: an unhandled exception, a timeout, or the function was killed."""


class InvokeThrottled(Exception):  # noqa: N818 - it names what happened, and is no error of the function
    """Lambda could not invoke the function."""


@dataclass(frozen=True)
class Invocation:
    """An invocation that has ended, or an attempt at one."""

    time: float
    """When it began."""
    shard_id: str
    sequence_numbers: tuple[str, ...]
    outcome: Outcome
    ended: float


class Function:
    """Invokes the function and notes each invocation when it ends."""

    def __init__(
        self, simulation: Simulation, settings: MappingSettings, invoke: Callable[[dict[str, Any]], object]
    ) -> None:
        self.invocations: list[Invocation] = []
        self._simulation = simulation
        self._settings = settings
        self._invoke = invoke

    def call(self, shard_id: str, records: Sequence[StreamRecord]) -> Verdict:
        """Invoke the function with these records."""
        began = self._simulation.now
        numbers = tuple(record.sequence_number for record in records)
        verdict = self._try(records, numbers)
        self.invocations.append(Invocation(began, shard_id, numbers, verdict.outcome, self._simulation.now))
        return verdict

    def _try(self, records: Sequence[StreamRecord], numbers: Sequence[str]) -> Verdict:
        try:
            response = self._invoke(json.loads(encode(event_of(records))))
        except FunctionError:
            return Verdict("error")
        except InvokeThrottled:
            return Verdict("throttled")
        if not self._settings.report_batch_item_failures:
            return Verdict("success", len(records))
        return read_response(json.loads(json.dumps(response)), numbers)
