"""What an invocation of a deleting function takes, as `make bench` has measured it."""

import json
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any

# At so many MB a function has one vCPU, which Python's threads share, however many there are.
# Source: configuration-memory.html.
MEMORY_OF_A_VCPU_MB = 1769

_FUNCTIONS = ("this_function", "article", "sequel")


@dataclass(frozen=True)
class FunctionCost:
    """What one contender's function takes: of CPU, for an invocation and for each record, of requests and of memory."""

    invocation_cpu_s: float
    record_cpu_s: float
    deletes_a_request: int
    # Nothing if it is what the deployment's setting says.
    requests_in_flight: int | None
    # What it makes of the share of a CPU that comes with a memory in MB, in order: with less than a whole one, it is
    # stopped in the midst of its work. Nothing if it makes all of it.
    efficiency_by_memory: tuple[tuple[int, float], ...] = ()
    # At most: with an event of next to nothing, and in addition for each MB of the event.
    idle_memory_mb: float = 0.0
    memory_mb_a_payload_mb: float = 0.0

    def cpu_share(self, memory_size: int) -> float:
        """Give the share of a CPU that its one busy thread makes use of."""
        return self._efficiency(memory_size) * min(1.0, memory_size / MEMORY_OF_A_VCPU_MB)

    def _efficiency(self, memory_size: int) -> float:
        """Give what lies on the lines between those that were measured; below the least, it is as there."""
        for (least, at_least), (most, at_most) in pairwise((*self.efficiency_by_memory, (MEMORY_OF_A_VCPU_MB, 1.0))):
            if memory_size < most:
                return at_least + (at_most - at_least) * max(0, memory_size - least) / (most - least)
        return 1.0

    def requests(self, records: int) -> int:
        """Give the requests that so many records with different keys take, if none is refused."""
        return ceil(records / self.deletes_a_request)

    def duration_s(self, records: int, memory_size: int, max_requests_in_flight: int, request_s: float) -> float:
        """Give how long an invocation takes in which no request is pushed back.

        While several requests are under way, the CPU works at the next ones, and the longer of the two counts; with one
        after the other, it waits.
        """
        requests = self.requests(records)
        in_flight = min(self.requests_in_flight or max_requests_in_flight, requests)
        cpu_share = self.cpu_share(memory_size)
        overhead_s, cpu_s = self.invocation_cpu_s / cpu_share, records * self.record_cpu_s / cpu_share
        if in_flight <= 1:
            return overhead_s + requests * request_s + cpu_s
        return overhead_s + max(requests * request_s / in_flight, request_s + cpu_s)


@dataclass(frozen=True)
class Measured:
    """The figures of `make bench`: where and when they were taken, and the functions compared, by their names."""

    measured_on: str
    machine: str
    this_function: FunctionCost
    article: FunctionCost
    sequel: FunctionCost
    start_cpu_s: float
    # What the stub takes to answer, and AWS about too.
    request_s: float


@cache
def measured() -> Measured:
    """Read the figures that the last `make bench` has left."""
    figures: dict[str, Any] = json.loads((Path(__file__).parent / "measured.json").read_text())
    efficiency = tuple((each["memory_size"], each["efficiency"]) for each in figures.pop("efficiency_by_memory"))
    costs = {name: FunctionCost(**figures[name], efficiency_by_memory=efficiency) for name in _FUNCTIONS}
    return Measured(**figures | costs)
