"""Writes the rules of thumb in docs/explanation/costs.md from the last figures: speed by memory, and the bill."""

import json
from collections.abc import Iterator
from math import floor, log10
from textwrap import fill
from typing import Any

from scavenger_ops.plan.as_json import to_json
from scavenger_ops.plan.cost import price_table
from scavenger_ops.plan.function_cost import measured
from scavenger_ops.plan.load import PipelineSettings, PlannedLoad, PlannedPipeline
from scavenger_ops.plan.run import make_plan
from scavenger_ops.text import usd
from scavenger_ops.toolchain import ROOT

from bench.alternatives.report import ARTICLE, OURS, SEQUEL, Results, of
from bench.alternatives.run import FOR_MEMORY, RESULTS
from bench.report import write_generated_block

COSTS = ROOT / "docs" / "explanation" / "costs.md"
# As many small items as one shard takes, on demand. Everything else is the default.
LOAD = PlannedLoad(inserts_a_second=1000, peak_inserts_a_second=1000, item_bytes=1000, key_bytes=60)
LARGE_BATCH = 1000
MATCHED_MEMORY = (256, 512, 1769)
WIDTH = 120


def rules(results: Results) -> str:
    """Return the rules as a Markdown list."""
    small, large = plan(), plan(batch_size=LARGE_BATCH)
    each = (memory(results, small), money(small, large), *storage(small), beside_others(results))
    return "\n".join(fill(f"- {rule}", WIDTH, subsequent_indent="  ", break_on_hyphens=False) for rule in each)


def memory(results: Results, small: dict[str, Any]) -> str:
    """Return the rule on how much memory keeps up with a shard."""
    speeds = ", ".join(
        f"{about(each['records_a_second'])} with {each['memory_size']:,} MB" for each in results["by_memory"]["rows"]
    )
    matched = ", ".join(
        f"{about(a_lane(plan(match_attributes=True, stream_view_type='NEW_IMAGE', memory_size=size)))} with {size:,} MB"
        for size in MATCHED_MEMORY
    )
    return (
        f"**Memory.** A shard takes at most 1,000 writes a second. With batches of {FOR_MEMORY.batch_size:,}, one "
        f"invocation after the other deletes this many rows a second: {speeds}. With the defaults, batches of 100 and "
        f"256 MB, it is {about(a_lane(small))}. With `match_attributes`, each row is a request of its own, and it is "
        f"{matched}."
    )


def a_lane(plan: dict[str, Any]) -> float:
    """Return the deletes a second that are possible in a lane."""
    return float(plan["estimate"]["steady"]["most_deletes_a_second"] / plan["estimate"]["lanes"])


def money(small: dict[str, Any], large: dict[str, Any]) -> str:
    """Return the rule on what the bill consists of, with small and with large batches."""
    bill, table = small["cost_usd_a_month"], price_table()
    monitoring = bill["own_metrics"] + bill["mapping_metrics"] + bill["alarms"] + bill["dashboard"]
    return (
        f"**Write units are most of the bill.** Each delete takes one write unit for each KB of its row, rounded up. "
        f"For 1,000 inserts a second on demand ({table.region}, prices of {table.as_of}), the bill is "
        f"{usd(bill['total'])} a month: {usd(bill['deletes'])} for deletes, "
        f"{usd(bill['function'] + bill['invocations'])} for the function, "
        f"{usd(bill['log'] + bill['traces'])} for log and traces, {usd(monitoring)} for metrics, alarms and dashboard. "
        f"Batches of {LARGE_BATCH:,} instead of 100 save "
        f"{usd(bill['total'] - large['cost_usd_a_month']['total'])} a month."
    )


def storage(small: dict[str, Any]) -> Iterator[str]:
    """Yield the rules on provisioned write units compared with on demand, and on the cost of TTL alone."""
    prices = price_table().prices
    as_dear_at = prices["write_capacity_unit_hour"].usd / prices["write_request_unit"].usd / 3600
    yield (
        f"**Provisioned write units** are cheaper if at least {as_dear_at:.0%} of them are used. The default of 5 is "
        "enough for two small rows a second, because each row is put once and deleted once."
    )
    (ttl,) = (each["cost_usd_a_month"] for each in small["alternatives"] if each["name"] == "TTL alone")
    monthly = usd(ttl["total"])
    yield f"**TTL alone** costs {monthly} a month, for the storage of those rows. They stay readable for days."


def beside_others(results: Results) -> str:
    """Return the rule on how fast it is compared with others."""
    ours, loop, article = (of(results, name, LARGE_BATCH)["wall_s"] for name in (OURS, SEQUEL, ARTICLE))
    return (
        f"**Compared with others**, 10,000 records in batches of {LARGE_BATCH:,} take {ours / loop:.2f} times as long "
        f"as a loop that sends the same requests one after the other, and {ours / article:.3f} times as long as the "
        "article's function."
    )


def plan(**settings: Any) -> dict[str, Any]:  # noqa: ANN401 - the fields of PipelineSettings
    """Return the plan for the load on demand, with a stream of keys and these settings, made with the last figures."""
    chosen = PipelineSettings(**{"stream_view_type": "KEYS_ONLY", "billing_mode": "PAY_PER_REQUEST", **settings})
    return to_json(make_plan(PlannedPipeline(LOAD, chosen), measured()))


def about(number: float) -> str:
    """Return the number rounded to two digits: the figures of a machine are not more precise."""
    return f"{round(number, 1 - floor(log10(number))):,.0f}"


if __name__ == "__main__":
    write_generated_block("rules", rules(json.loads(RESULTS.read_text())), COSTS)
