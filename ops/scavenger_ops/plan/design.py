"""A function behind its mapping: this one, or one of those that it is compared with."""

from dataclasses import dataclass
from functools import cached_property
from math import ceil, inf
from typing import NamedTuple

from scavenger.batch_delete import START_RESERVE_S

from scavenger_ops.plan.function_cost import FunctionCost
from scavenger_ops.plan.pipeline import Pipeline
from scavenger_ops.plan.stream import full_batch, record_bytes, shards

BYTES_OF_A_MEGABYTE = 1024 * 1024


class Quotas(NamedTuple):
    """What AWS allows, and raises when it is asked to."""

    # Of a table, in either mode. Source: ServiceQuotas.html of DynamoDB.
    write_units_a_second: float
    # Of all functions of an account. Source: gettingstarted-limits.html.
    concurrent_invocations: float


DEFAULT_QUOTAS = Quotas(write_units_a_second=40_000, concurrent_invocations=1_000)
RAISED_QUOTAS = Quotas(write_units_a_second=inf, concurrent_invocations=inf)


@dataclass(frozen=True)
class Design:
    """A pipeline, what an invocation of its function takes, how long a request does, and the account's quotas."""

    pipeline: Pipeline
    function: FunctionCost
    request_s: float
    quotas: Quotas = DEFAULT_QUOTAS

    @cached_property
    def lanes(self) -> int:
        """Give how many batches may be under way at the same time, one in each lane."""
        return shards(self.pipeline) * self.pipeline.settings.parallelization_factor

    @cached_property
    def full_batch(self) -> int:
        """Give how many records an invocation gets at most."""
        return full_batch(self.pipeline)

    @property
    def memory_mb(self) -> float:
        """Give the memory that an invocation takes at most."""
        payload_mb = self.full_batch * record_bytes(self.pipeline) / BYTES_OF_A_MEGABYTE
        return self.function.idle_memory_mb + payload_mb * self.function.memory_mb_a_payload_mb

    @cached_property
    def cpu_share(self) -> float:
        """Give the share of a CPU that the function's one busy thread makes use of."""
        return self.function.cpu_share(self.pipeline.settings.memory_size)

    @property
    def time_to_work_s(self) -> float:
        """Give the seconds of an invocation in which requests may start."""
        return self.pipeline.settings.timeout - START_RESERVE_S

    def duration_s(self, records: float) -> float:
        """Give how long an invocation takes in which no request is pushed back."""
        settings = self.pipeline.settings
        return self.function.duration_s(
            ceil(records), settings.memory_size, settings.max_requests_in_flight, self.request_s
        )

    def cpu_s(self, records: int) -> float:
        """Give how long of that the CPU is at work."""
        return (self.function.invocation_cpu_s + records * self.function.record_cpu_s) / self.cpu_share
