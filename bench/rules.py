"""Writes the README's rules of thumb from the last figures: what memory keeps up, and where the money goes."""

import json
from collections.abc import Iterator
from math import floor, log10
from textwrap import fill
from typing import Any

from scavenger_ops.plan.as_json import to_json
from scavenger_ops.plan.function_cost import measured
from scavenger_ops.plan.pipeline import Load, Pipeline, Settings
from scavenger_ops.plan.prices import price_table
from scavenger_ops.plan.report import make_report
from scavenger_ops.plan.text import usd
from scavenger_ops.toolchain import ROOT

from bench.alternatives.report import ARTICLE, OURS, SEQUEL, Results, of
from bench.alternatives.run import FOR_MEMORY, RESULTS
from bench.report import write_generated_block

README = ROOT / "README.md"
# A shard's worth of small items, on demand, and else as by default.
LOAD = Load(inserts_a_second=1000, peak_inserts_a_second=1000, item_bytes=1000, key_bytes=60)
LARGE_BATCH = 1000
WIDTH = 120


def rules(results: Results) -> str:
    """Lay out the rules as a list."""
    small, large = plan(batch_size=100), plan(batch_size=LARGE_BATCH)
    each = (memory(results, small), money(small, large), *storage(small), beside_others(results))
    return "\n".join(fill(f"- {rule}", WIDTH, subsequent_indent="  ", break_on_hyphens=False) for rule in each)


def memory(results: Results, small: dict[str, Any]) -> str:
    """Say what memory keeps up with a shard."""
    speeds = ", ".join(
        f"{about(each['records_a_second'])} with {each['memory_size']:,} MB" for each in results["by_memory"]["rows"]
    )
    a_lane = small["estimate"]["steady"]["most_deletes_a_second"] / small["estimate"]["lanes"]
    return (
        f"**Memory.** A shard takes 1,000 writes a second at most. With batches of {FOR_MEMORY.batch_size:,}, one "
        f"invocation after the other clears so many: {speeds}. With batches of 100 and 256 MB, as by default, it is "
        f"{about(a_lane)}."
    )


def money(small: dict[str, Any], large: dict[str, Any]) -> str:
    """Say where the money goes, with small and with large batches."""
    bill, table = small["cost_usd_a_month"], price_table()
    monitoring = bill["own_metrics"] + bill["mapping_metrics"] + bill["alarms"] + bill["dashboard"]
    return (
        f"**Money goes to write units.** Each delete takes one for each begun KB of its row. Of 1,000 inserts a second "
        f"on demand ({table.region}, {table.as_of}), the bill is {usd(bill['total'])} a month: {usd(bill['deletes'])} "
        f"for deletes, {usd(bill['function'] + bill['invocations'])} for the function, "
        f"{usd(bill['log'] + bill['traces'])} for log and traces, {usd(monitoring)} for metrics, alarms and dashboard. "
        f"Batches of {LARGE_BATCH:,} instead of 100 take "
        f"{usd(bill['total'] - large['cost_usd_a_month']['total'])} off."
    )


def storage(small: dict[str, Any]) -> Iterator[str]:
    """Say what provisioned write units cost beside those on demand, and what it costs to wait for a TTL."""
    prices = price_table().prices
    as_dear_at = prices["write_capacity_unit_hour"].usd / prices["write_request_unit"].usd / 3600
    yield (
        f"**Provisioned** write units are cheaper as soon as {as_dear_at:.0%} of them are used. The default's 5 are "
        "for two small rows a second, each of which is put and deleted."
    )
    (ttl,) = (each["cost_usd_a_month"] for each in small["alternatives"] if each["name"] == "TTL alone")
    yield f"**TTL alone** would cost {usd(ttl['total'])} for the storage of those rows, which stay for days, readable."


def beside_others(results: Results) -> str:
    """Say how fast it is."""
    ours, loop, article = (of(results, name, LARGE_BATCH)["wall_s"] for name in (OURS, SEQUEL, ARTICLE))
    return (
        f"**Beside others**, 10,000 records in batches of {LARGE_BATCH:,} take {ours / loop:.2f} of the time of a loop "
        f"of the same requests, and {ours / article:.3f} of the article's."
    )


def plan(*, batch_size: int) -> dict[str, Any]:
    """Plan for the load, by the last figures."""
    settings = Settings(
        stream_view_type="KEYS_ONLY",
        billing_mode="PAY_PER_REQUEST",
        write_capacity=5,
        batch_size=batch_size,
        maximum_batching_window_in_seconds=60,
        parallelization_factor=1,
        memory_size=256,
        max_requests_in_flight=8,
        timeout=60,
    )
    return to_json(make_report(Pipeline(LOAD, settings), measured()))


def about(number: float) -> str:
    """Round to two digits, since the machine's figures are no better."""
    return f"{round(number, 1 - floor(log10(number))):,.0f}"


if __name__ == "__main__":
    write_generated_block("rules", rules(json.loads(RESULTS.read_text())), README)
