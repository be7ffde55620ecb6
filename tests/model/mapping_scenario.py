"""A mapping with a function that answers as a test needs. Times are seconds since the start of the simulation."""

from collections.abc import Callable
from typing import Any

from scavenger_ops.mapping_model.event_source_mapping import EventSourceMapping
from scavenger_ops.mapping_model.settings import MappingSettings
from scavenger_ops.mapping_model.simulation import START, Simulation
from support.events import record

Answer = Callable[[list[int]], object]


def succeed(_: list[int]) -> object:
    """Report no failures."""
    return {"batchItemFailures": []}


def failing(*numbers: int) -> dict[str, list[dict[str, str]]]:
    """Return the response that reports these messages as failed."""
    return {"batchItemFailures": [{"itemIdentifier": str(1000 + number)} for number in numbers]}


class MappingScenario:
    """Runs a mapping. `answer` is its function: it takes the numbers of the messages and returns a response."""

    def __init__(self, answer: Answer = succeed, *, takes_s: float = 0.0, **settings: Any) -> None:
        self.simulation = Simulation()
        self.mapping = EventSourceMapping(self.simulation, MappingSettings(**settings), self._invoke, self._keep)
        self.batches: list[list[int]] = []
        self.began_s: list[float] = []
        self.kept: list[tuple[str, dict[str, Any]]] = []
        self._answer = answer
        self._takes_s = takes_s

    @property
    def now_s(self) -> float:
        """Seconds since the start of the simulation."""
        return self.simulation.now - START

    def put(self, *numbers: int, shard_id: str = "shard-0", **changes: Any) -> None:
        """Append records of these messages to a shard."""
        for number in numbers:
            self.mapping.put(shard_id, record(number, **changes))

    def run(self, until_s: float | None = None) -> None:
        """Run to the end, or up to a time."""
        self.simulation.run(None if until_s is None else START + until_s)

    def most_at_once(self) -> int:
        """Return the greatest number of invocations that ran at the same time."""
        invocations = self.mapping.invocations
        return max(sum(one.time <= other.time < one.ended for one in invocations) for other in invocations)

    def _invoke(self, event: dict[str, Any]) -> object:
        numbers = [int(record["dynamodb"]["SequenceNumber"]) - 1000 for record in event["Records"]]
        self.batches.append(numbers)
        self.began_s.append(self.now_s)
        if self._takes_s:
            self.simulation.sleep(self._takes_s)
        return self._answer(numbers)

    def _keep(self, key: str, body: dict[str, Any]) -> None:
        self.kept.append((key, body))
