"""The second stage: what the stream, the function and the staging table can do."""

from dataclasses import dataclass
from functools import cached_property
from math import ceil, inf

from scavenger.batch_delete import START_RESERVE_S

from scavenger_ops.mapping_model.batch_buffer import MAX_PAYLOAD_BYTES
from scavenger_ops.plan.function_cost import MEMORY_OF_A_VCPU_MB, FunctionCost, Measured
from scavenger_ops.plan.load import PipelineSettings, PlannedLoad, PlannedPipeline

# Source: bp-partition-key-design.html.
WRITE_UNITS_OF_A_PARTITION = 1000
# A new table on demand takes 4,000 write units a second at once. Source: warm-throughput-scenarios.html.
PARTITIONS_ON_DEMAND = 4

# Of a record's JSON, all but key and image, with the ARN of a stream whose name is as long as the default's: 418 in
# tests/data/stream-event.json, and up to 14 more for a longer sequence number, which AWS allows.
RECORD_BYTES = 432
IMAGE_LABEL_BYTES = len(',"NewImage":')
# JSON has the types of attributes, and numbers in digits: in that event, 62 bytes of key are 92 in JSON, and 113 of an
# item 163. Items of a few long texts take less.
JSON_FACTOR = 1.5

# From here on, an invocation waits for the CPU most of the time.
MOST_OF_IT = 0.5


@dataclass(frozen=True)
class Capacity:
    """A pipeline with the function that works in it: this project's, or one that it is compared with.

    `shards` are the stream's, `record_bytes` those of a record in the event, and `full_batch` is the most
    records that an invocation gets. AWS's quotas count as raised.
    """

    pipeline: PlannedPipeline
    figures: Measured
    function: FunctionCost
    shards: int
    record_bytes: int
    full_batch: int

    @property
    def load(self) -> PlannedLoad:
        """Return the load."""
        return self.pipeline.load

    @property
    def settings(self) -> PipelineSettings:
        """Return the settings."""
        return self.pipeline.settings

    @property
    def lanes(self) -> int:
        """Return how many batches can be in work at the same time, one in each lane."""
        return self.shards * self.settings.parallelization_factor

    @cached_property
    def cpu_share(self) -> float:
        """Return the share of a CPU that the function's one busy thread makes use of."""
        return self.function.cpu_share(self.settings.memory_size)

    @property
    def memory_mb(self) -> float:
        """Return the memory that an invocation takes at most."""
        return self.function.memory_mb(self.full_batch * self.record_bytes)

    @property
    def time_to_work_s(self) -> float:
        """Return the seconds of an invocation in which requests may start."""
        return self.settings.timeout - START_RESERVE_S

    @cached_property
    def full_batch_s(self) -> float:
        """Return how long an invocation with a full batch takes, without throttling."""
        return self.duration_s(self.full_batch)

    @property
    def cpu_share_of_a_full_batch(self) -> float:
        """Return the share of a full batch's time in which the CPU is at work."""
        return min(1.0, self.cpu_s(self.full_batch) / self.full_batch_s)

    @property
    def is_faster_with_memory(self) -> bool:
        """Return whether more memory, which brings more CPU, would make the function faster at the same cost."""
        return self.cpu_share_of_a_full_batch >= MOST_OF_IT and self.settings.memory_size < MEMORY_OF_A_VCPU_MB

    @property
    def cold_start_s(self) -> float:
        """Return how much longer the first invocation of a lane takes, at most."""
        return self.figures.start_cpu_s / self.cpu_share

    @cached_property
    def lane_deletes_a_second(self) -> float:
        """Return how many deletes a second all lanes together are quick enough for."""
        return self.lanes * self.full_batch / self.full_batch_s

    @property
    def peak_write_units_a_second(self) -> float:
        """Return the write units a second that the API's puts and the deletes together need at peak."""
        return 2 * self.load.write_units(self.load.peak_inserts_a_second)

    @property
    def needs_warm_throughput(self) -> bool:
        """Return whether the peak is more than a new table on demand takes at once."""
        at_first = PARTITIONS_ON_DEMAND * WRITE_UNITS_OF_A_PARTITION
        return not self.settings.is_provisioned and self.peak_write_units_a_second > at_first

    @property
    def write_units_a_second(self) -> float:
        """Return the write units of the staging table; on demand it has as many as it is asked for."""
        return float(self.settings.write_capacity) if self.settings.is_provisioned else inf

    def table_deletes_a_second(self, inserts_a_second: float) -> float:
        """Return the deletes a second that the table has write units for, beside the API's puts.

        The API puts as many items into the staging table as are inserted, and its puts come first.
        """
        left = self.write_units_a_second - self.load.write_units(inserts_a_second)
        return max(0.0, left) / self.load.write_units_an_item

    def most_deletes_a_second(self, inserts_a_second: float) -> float:
        """Return how many deletes a second are possible while so many items are inserted a second."""
        return min(self.lane_deletes_a_second, self.table_deletes_a_second(inserts_a_second))

    def duration_s(self, records: float) -> float:
        """Return how long an invocation takes, without throttling.

        While several requests are in flight, the CPU works on the next ones, and the longer of the two counts; with one
        request after the other, it waits.
        """
        records, request_s = ceil(records), self.figures.request_s
        requests = self.function.requests(records)
        in_flight = min(self.function.requests_in_flight or self.settings.max_requests_in_flight, requests)
        overhead_s, records_s = self.cpu_s(0), records * self.function.record_cpu_s / self.cpu_share
        if in_flight <= 1:
            return overhead_s + requests * request_s + records_s
        return overhead_s + max(requests * request_s / in_flight, request_s + records_s)

    def cpu_s(self, records: int) -> float:
        """Return how long of that the CPU is at work."""
        return (self.function.invocation_cpu_s + records * self.function.record_cpu_s) / self.cpu_share


def find_capacity(pipeline: PlannedPipeline, figures: Measured, function: FunctionCost | None = None) -> Capacity:
    """Return what a pipeline can do, with this project's function unless another is named."""
    record_bytes = _record_bytes(pipeline)
    return Capacity(
        pipeline=pipeline,
        figures=figures,
        function=function or (figures.matching if pipeline.settings.match_attributes else figures.this_function),
        shards=_shards(pipeline),
        record_bytes=record_bytes,
        full_batch=min(pipeline.settings.batch_size, max(1, MAX_PAYLOAD_BYTES // record_bytes)),
    )


def _shards(pipeline: PlannedPipeline) -> int:
    """Return the shards of the stream: one for each partition of the messages table.

    They are as many as its writes need at peak. A table that was busier once or is large has more. A message that is
    updated was inserted before, so it takes two writes.
    """
    load, writes = pipeline.load, 2 if pipeline.settings.has_updates else 1
    needed = ceil(writes * load.write_units(load.peak_inserts_a_second) / WRITE_UNITS_OF_A_PARTITION)
    return max(needed, 1 if pipeline.settings.is_provisioned else PARTITIONS_ON_DEMAND)


def _record_bytes(pipeline: PlannedPipeline) -> int:
    """Return the bytes of a record in the event's JSON, an update's if there are any: an insert has no old image."""
    load, settings = pipeline.load, pipeline.settings
    has_old_image = settings.has_updates and settings.stream_view_type in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES")
    images_bytes = (settings.has_new_image + has_old_image) * (IMAGE_LABEL_BYTES + JSON_FACTOR * load.item_bytes)
    return ceil(RECORD_BYTES + JSON_FACTOR * load.key_bytes + images_bytes)
