"""Says what each change of settings is good for: what would be lost if it alone were taken back."""

from scavenger_ops.plan.advice import Advice, changed, is_prompt
from scavenger_ops.plan.fitness import Plan, has_headroom, is_done_in_time, plan
from scavenger_ops.plan.text import figure, seconds, usd


def gain(advice: Advice, better: Plan, name: str) -> str:
    """Say what a change of the better settings is good for."""
    without = plan(changed(better.design, **{name: getattr(advice.asked.settings, name)}))
    return _necessity(better, without, advice) or _saving(better, without)


def _necessity(better: Plan, without: Plan, advice: Advice) -> str | None:
    """Say why settings would not fit without a change; None if they would."""
    if not has_headroom(without.design):
        able, unable = better.estimate.limits[0].deletes_a_second, without.estimate.limits[0].deletes_a_second
        return f"keeps up with the peak: {figure(able)} deletes a second are possible, not {figure(unable)}"
    if without.settings.memory_size < advice.bounds.least_memory_mb:
        return f"room for a full payload, which takes {figure(advice.bounds.least_memory_mb)} MB with some to spare"
    if not is_done_in_time(without.design):
        return "a full batch is done in one invocation"
    if not is_prompt(without, advice.bounds):
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
