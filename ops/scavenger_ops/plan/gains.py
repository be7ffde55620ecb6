"""Says what each change of settings is good for: what would be lost if it alone were taken back."""

from scavenger_ops.plan.advice import Advice, changed, is_prompt
from scavenger_ops.plan.fitness import Plan, has_headroom, has_memory, is_done_in_time, needed_memory_mb, plan
from scavenger_ops.text import figure, seconds, usd


def gain(advice: Advice, better: Plan, name: str) -> str:
    """Say what a change of the better settings is good for."""
    without = plan(changed(better.design, **{name: getattr(advice.asked.settings, name)}))
    return _necessity(better, without, advice, name) or _saving(better, without)


def _necessity(better: Plan, without: Plan, advice: Advice, name: str) -> str | None:
    """Say why settings would not fit without a change; None if they would."""
    if not has_headroom(without.design):
        if name == "write_capacity" and advice.asked.settings.billing_mode == "PAY_PER_REQUEST":
            return "what puts and deletes need at peak, with a fifth to spare"
        able, unable = better.estimate.limits[0].deletes_a_second, without.estimate.limits[0].deletes_a_second
        what = "has a fifth to spare" if without.estimate.peak.keeps_up else "keeps up with the peak"
        return f"{what}: {figure(able)} deletes a second are possible, not {figure(unable)}"
    if not has_memory(without.design):
        return f"room for a full batch, which takes {figure(needed_memory_mb(without.design))} MB with some to spare"
    if not is_done_in_time(without.design):
        return "a full batch is done in time"
    if not is_prompt(without, advice.longest_lag_s):
        return f"a lag of {_lag(better)} at most, not {_lag(without)}"
    return None


def _saving(better: Plan, without: Plan) -> str:
    saved = without.usd_a_month - better.usd_a_month
    if saved > 0:
        return f"{usd(saved)} a month less"
    return f"a lag of {_lag(better)} at most, not {_lag(without)}"


def _lag(candidate: Plan) -> str:
    lag_s = candidate.estimate.worst_lag_s
    return "one that grows" if lag_s is None else seconds(lag_s)
