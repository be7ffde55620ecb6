"""What an invocation of a deleting function takes, as `make bench` has measured it."""

import json
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any

# With so many MB a function has one vCPU, which all of Python's threads share.
# Source: configuration-memory.html.
MEMORY_OF_A_VCPU_MB = 1769
BYTES_OF_A_MEGABYTE = 1024 * 1024

_FUNCTIONS = ("this_function", "matching", "article", "sequel")


@dataclass(frozen=True)
class FunctionCost:
    """What one contender's function takes: of CPU, for an invocation and for each record, of requests and of memory."""

    invocation_cpu_s: float
    record_cpu_s: float
    deletes_a_request: int
    # None if the deployment's setting decides.
    requests_in_flight: int | None
    # The share that it makes use of, of the CPU that comes with a memory in MB, in order: with less than a whole CPU,
    # it is stopped while it works. Empty if it makes use of all.
    efficiency_by_memory: tuple[tuple[int, float], ...] = ()
    # At most: with an event of next to nothing, and in addition for each MB of the event.
    idle_memory_mb: float = 0.0
    memory_mb_a_payload_mb: float = 0.0

    def cpu_share(self, memory_size: int) -> float:
        """Return the share of a CPU that its one busy thread makes use of."""
        return self._efficiency(memory_size) * min(1.0, memory_size / MEMORY_OF_A_VCPU_MB)

    def _efficiency(self, memory_size: int) -> float:
        """Interpolate between the measured memory sizes; below the least, return what was measured there."""
        for (least, at_least), (most, at_most) in pairwise((*self.efficiency_by_memory, (MEMORY_OF_A_VCPU_MB, 1.0))):
            if memory_size < most:
                return at_least + (at_most - at_least) * max(0, memory_size - least) / (most - least)
        return 1.0

    def requests(self, records: int) -> int:
        """Return the requests for so many records with different keys, if none is throttled."""
        return ceil(records / self.deletes_a_request)

    def memory_mb(self, payload_bytes: int) -> float:
        """Return the memory that an invocation with such an event takes at most."""
        return self.idle_memory_mb + payload_bytes / BYTES_OF_A_MEGABYTE * self.memory_mb_a_payload_mb


@dataclass(frozen=True)
class Measured:
    """The figures of `make bench`: where and when they were taken, and the compared functions by name."""

    measured_on: str
    machine: str
    this_function: FunctionCost
    # This function with match attributes.
    matching: FunctionCost
    article: FunctionCost
    sequel: FunctionCost
    start_cpu_s: float
    # How long the stub takes to answer, and AWS about as long.
    request_s: float


@cache
def measured() -> Measured:
    """Read the figures that the last `make bench` has left."""
    figures: dict[str, Any] = json.loads((Path(__file__).parent / "measured.json").read_text())
    efficiency = tuple((each["memory_size"], each["efficiency"]) for each in figures.pop("efficiency_by_memory"))
    costs = {name: FunctionCost(**figures[name], efficiency_by_memory=efficiency) for name in _FUNCTIONS}
    return Measured(**figures | costs)
