"""What a pipeline will take, before there is one: pure figures of its load and settings."""

from dataclasses import dataclass

from scavenger_ops.mapping_model.settings import MappingSettings
from scavenger_ops.plan.design import Design
from scavenger_ops.plan.flow import Flow, flow
from scavenger_ops.plan.function_cost import Measured
from scavenger_ops.plan.limits import Limit, find_limits
from scavenger_ops.plan.pipeline import Pipeline
from scavenger_ops.plan.stream import record_bytes, shards, units_an_item

# At that age records go to the failure bucket: a test compares it with Terraform's default.
MAXIMUM_RECORD_AGE_S = MappingSettings.maximum_record_age_in_seconds


@dataclass(frozen=True)
class Estimate:
    """What a design takes in general and at peak; its limits at peak are in order, the tightest first."""

    shards: int
    lanes: int
    record_bytes: int
    full_batch: int
    write_units_an_item: int
    steady: Flow
    peak: Flow
    limits: tuple[Limit, ...]
    # None if it may last for ever, or if not even the steady rate fits.
    peak_may_last_s: float | None
    cpu_share_of_an_invocation: float

    @property
    def worst_lag_s(self) -> float | None:
        """Give the longest lag of the two, None if it grows."""
        if self.steady.lag_s is None or self.peak.lag_s is None:
            return None
        return max(self.steady.lag_s, self.peak.lag_s)


def design_of(pipeline: Pipeline, figures: Measured) -> Design:
    """Give this function as the pipeline has it."""
    return Design(pipeline, figures.this_function, figures.request_s)


def estimate(design: Design) -> Estimate:
    """Estimate what a design takes."""
    load = design.pipeline.load
    steady, peak = flow(design, load.inserts_a_second), flow(design, load.peak_inserts_a_second)
    return Estimate(
        shards=shards(design.pipeline),
        lanes=design.lanes,
        record_bytes=record_bytes(design.pipeline),
        full_batch=design.full_batch,
        write_units_an_item=units_an_item(load),
        steady=steady,
        peak=peak,
        limits=find_limits(design, load.peak_inserts_a_second),
        peak_may_last_s=_peak_may_last_s(steady, peak),
        cpu_share_of_an_invocation=min(1.0, design.cpu_s(design.full_batch) / design.duration_s(design.full_batch)),
    )


def _peak_may_last_s(steady: Flow, peak: Flow) -> float | None:
    """Give how long a peak that is too much may last until its records get too old.

    The oldest record is the last that is deleted while it lasts or, if what it left behind is worked off at a lower
    rate than it came, the last of all.
    """
    if peak.keeps_up or not steady.keeps_up:
        return None
    left_behind_a_second = peak.inserts_a_second - peak.deletes_a_second
    return MAXIMUM_RECORD_AGE_S * min(peak.inserts_a_second, steady.most_deletes_a_second) / left_behind_a_second
