"""All that a plan says, before it is laid out."""

from dataclasses import dataclass

from scavenger_ops.plan.advice import Advice, advise
from scavenger_ops.plan.alternatives import Alternative, compare
from scavenger_ops.plan.assumptions import assumptions
from scavenger_ops.plan.cost import Item, monthly_cost
from scavenger_ops.plan.design import Design
from scavenger_ops.plan.estimate import Estimate
from scavenger_ops.plan.fitness import Quota, quotas_to_raise
from scavenger_ops.plan.function_cost import Measured
from scavenger_ops.plan.pipeline import Pipeline
from scavenger_ops.plan.prices import PriceTable, price_table
from scavenger_ops.plan.verdict import notes, verdict, what_binds


@dataclass(frozen=True)
class Report:
    """A design with its estimate, cost, alternatives and advice, and the sentences that sum them up.

    All of it is worked out as if AWS had raised the quotas that are too low.
    """

    design: Design
    estimate: Estimate
    quotas: tuple[Quota, ...]
    verdict: str
    what_binds: tuple[str, ...]
    notes: tuple[str, ...]
    bill: tuple[Item, ...]
    alternatives: tuple[Alternative, ...]
    advice: Advice
    assumptions: tuple[str, ...]
    prices: PriceTable


def make_report(pipeline: Pipeline, figures: Measured) -> Report:
    """Work out all that a plan says."""
    advice, prices = advise(pipeline, figures), price_table()
    design, result = advice.asked.design, advice.asked.estimate
    quotas = quotas_to_raise(advice.asked)
    return Report(
        design=design,
        estimate=result,
        quotas=quotas,
        verdict=verdict(result, quotas),
        what_binds=tuple(what_binds(design, result, quotas)),
        notes=tuple(notes(design, figures)),
        bill=monthly_cost(design, result.steady),
        alternatives=compare(design, figures),
        advice=advice,
        assumptions=assumptions(figures, prices),
        prices=prices,
    )
