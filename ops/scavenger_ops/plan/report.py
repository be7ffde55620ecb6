"""The sixth stage: all that a plan says, as the screen and the JSON have it."""

from dataclasses import dataclass

from scavenger_ops.plan import sentences
from scavenger_ops.plan.advice import Advice, find_rationale
from scavenger_ops.plan.capacity import Capacity
from scavenger_ops.plan.cost import Alternative, MonthlyCost, PriceTable, price_table
from scavenger_ops.plan.feasibility import Quota, quotas_to_raise
from scavenger_ops.plan.lag import PlannedLag


@dataclass(frozen=True)
class PlanReport:
    """The stages' results, with the sentences that sum them up.

    All of it is worked out as if AWS had raised the quotas that are too low. `consequence` is what happens if it does
    not keep up. `rationales` has the reason for each change of the better settings.
    """

    cost: MonthlyCost
    alternatives: tuple[Alternative, ...]
    advice: Advice
    rationales: dict[str, str]
    quotas: tuple[Quota, ...]
    verdict: str
    consequence: str | None
    requests_for_quotas: tuple[str, ...]
    what_limits: tuple[str, ...]
    assumptions: tuple[str, ...]
    prices: PriceTable

    @property
    def keeps_up(self) -> bool:
        """Return whether the settings keep up with the load, even at peak."""
        return self.lag.keeps_up

    @property
    def lag(self) -> PlannedLag:
        """Return the lag of what was asked for."""
        return self.cost.lag

    @property
    def capacity(self) -> Capacity:
        """Return the capacity of what was asked for."""
        return self.cost.lag.capacity


def make_report(advice: Advice, alternatives: tuple[Alternative, ...]) -> PlanReport:
    """Put into words what the stages have found."""
    lag, better, prices = advice.asked.lag, advice.better, price_table()
    quotas = quotas_to_raise(lag)
    return PlanReport(
        cost=advice.asked,
        alternatives=alternatives,
        advice=advice,
        rationales={name: find_rationale(advice, better, name) for name in advice.changes} if better else {},
        quotas=quotas,
        verdict=sentences.verdict(lag, quotas),
        consequence=sentences.consequence(lag),
        requests_for_quotas=tuple(sentences.requests_for_quotas(quotas)),
        what_limits=(*sentences.what_binds(lag), *sentences.notes(lag.capacity)),
        assumptions=tuple(sentences.assumptions(lag.capacity, prices)),
        prices=prices,
    )
