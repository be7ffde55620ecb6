"""Screens of `scavenger plan`: settings that keep up, some that do not, one with --explain, and simulations."""

from collections.abc import Callable
from functools import cache

from rich.console import Console
from scavenger_ops.plan.function_cost import measured
from scavenger_ops.plan.load import PipelineSettings, PlannedLoad, PlannedPipeline
from scavenger_ops.plan.report import PlanReport
from scavenger_ops.plan.run import make_plan
from scavenger_ops.plan.screen import show_screen
from scavenger_ops.plan.simulate import simulate
from scavenger_ops.plan.timeline import Timeline
from scavenger_ops.plan.timeline_screen import show_timeline

# As in docs/how-to/plan.md.
BUSY = PlannedLoad(inserts_a_second=1000, peak_inserts_a_second=4000, item_bytes=1000, key_bytes=60)
SMALL = PlannedLoad(inserts_a_second=20, peak_inserts_a_second=20, item_bytes=1000, key_bytes=60)
DEFAULTS = PipelineSettings()
ON_DEMAND = PipelineSettings(billing_mode="PAY_PER_REQUEST", stream_view_type="KEYS_ONLY")


# It takes about a second.
@cache
def _plan(load: PlannedLoad, settings: PipelineSettings) -> PlanReport:
    return make_plan(PlannedPipeline(load, settings), measured())


@cache
def _throttled(write_capacity: int) -> Timeline:
    return simulate(_plan(SMALL, PipelineSettings(write_capacity=write_capacity)).capacity, "throttled", hours=1)


SCREENS: dict[str, Callable[[Console], None]] = {
    "keeps up": lambda console: show_screen(_plan(BUSY, ON_DEMAND), console),
    "does not keep up": lambda console: show_screen(_plan(BUSY, DEFAULTS), console),
    "explained": lambda console: show_screen(_plan(BUSY, ON_DEMAND), console, is_explained=True),
    "simulated": lambda console: show_timeline(_throttled(60), 1, console),
    "simulated without recovery": lambda console: show_timeline(_throttled(40), 1, console),
}
