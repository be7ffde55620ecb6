"""Write the results as tables of performance.md, and as the figures that `scavenger plan` calculates with."""

import json
from pathlib import Path
from typing import Any

from scavenger_ops.plan import function_cost
from scavenger_ops.plan.function_cost import BYTES_OF_A_MEGABYTE, MEMORY_OF_A_VCPU_MB, measured

from bench.alternatives.work import make_record
from bench.report import write_generated_block

OURS, MATCHING, BARE = "this function", "this function, matching", "bare client"
SEQUEL, ARTICLE, POWERTOOLS = "sequel", "article", "powertools"
MEGABYTE = 1_000_000
MOST_RECORDS = 100_000
MEASURED = Path(function_cost.__file__).with_name("measured.json")

Results = dict[str, Any]


def report(results: Results) -> None:
    """Write the tables and the file that the planner reads."""
    write_generated_block("where", where(results))
    write_generated_block("compared", compared(results))
    write_generated_block("targets", targets(results))
    write_generated_block("boto3", by_boto3(results))
    write_generated_block("growth", growth(results))
    write_generated_block("memory", by_memory(results))
    write_generated_block("local AWS", on_local_aws(results))
    MEASURED.write_text(json.dumps(for_planner(results), indent=2) + "\n")


def where(results: Results) -> str:
    """Return when, where and with what latency it was measured."""
    return f"{context(results)}; each request is answered after {1000 * results['request_s']:.0f} ms."


def context(figures: dict[str, Any]) -> str:
    """Return when, on what machine and with what Python and boto3 it was measured."""
    return f"{machine(figures)}, boto3 {figures['boto3']}"


def machine(figures: dict[str, Any]) -> str:
    """Return when, on what machine and with what Python it was measured."""
    return f"{figures['measured_on']}, {figures['machine']}, Python {figures['python']}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table. Its first column is text, the others are numbers."""
    rule = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def compared(results: Results) -> str:
    """Return the table of what each contender took."""
    rows = [
        [
            each["contender"],
            f"{each['records']:,}",
            f"{each['batch_size']:,}",
            f"{each['requests']:,}",
            f"{each['wall_s']:.2f}",
            f"{micros(each):.0f}",
            megabytes(each["peak_memory_mb"]),
        ]
        for each in sorted(results["compared"], key=lambda each: (each["records"], each["batch_size"]))
    ]
    return table(["", "records", "batch size", "requests", "seconds", "CPU µs per record", "peak MB"], rows)


def targets(results: Results) -> str:
    """Return the table of targets and measured values."""
    ours, article = of(results, OURS, 10_000), of(results, ARTICLE, 1_000)
    sizes = sorted({each["batch_size"] for each in results["compared"] if each["contender"] == OURS})

    def beside_the_loop(figure: str) -> str:
        ratios = {size: of(results, OURS, size)[figure] / of(results, SEQUEL, size)[figure] for size in sizes}
        return ", ".join(f"{ratio:.2f} ({size:,})" for size, ratio in ratios.items())

    matching, powertools = of(results, MATCHING, 1_000), of(results, POWERTOOLS, 1_000, 2_000)
    beside_the_article = of(results, OURS, 1_000)["wall_s"] / article["wall_s"]
    by_size = {each["batch_size"]: each for each in results["growth"]}
    rows = [
        ["BatchWriteItem requests, 10,000 records", "400", f"{ours['requests']}"],
        ["seconds, compared with a loop of the same requests (batch size)", "at most 0.30", beside_the_loop("wall_s")],
        ["seconds, compared with the article (1,000)", "at most 0.08", f"{beside_the_article:.3f}"],
        [
            "CPU per record, compared with a bare boto3 loop (batch size)",
            "at most 1 (1,000, 10,000)",
            beside_the_loop("cpu_s"),
        ],
        [
            "cold start, compared with a bare client, compiled",
            "at most 1.15",
            f"{start_ratio(results['starts_compiled']):.2f}",
        ],
        [
            "cold start, compared with a bare client, as on Lambda",
            "at most 1.15",
            f"{start_ratio(results['starts']):.2f}",
        ],
        ["peak memory, 10,000 records", "at most 128 MB", f"{megabytes(ours['peak_memory_mb'])} MB"],
        ["zip", "at most 5 MB", f"{results['zip_bytes'] / MEGABYTE:.2f} MB"],
        [
            "CPU per record, batch of 10,000 compared with 1,000",
            "1",
            f"{by_size[10_000]['cpu_s'] / by_size[1_000]['cpu_s'] / 10:.2f}",
        ],
        [
            "with match attributes: seconds, compared with the article (1,000)",
            "at most 1",
            f"{matching['wall_s'] / article['wall_s']:.2f}",
        ],
        [
            "with match attributes: CPU per record, compared with Powertools (1,000)",
            "at most 0.7",
            f"{micros(matching) / micros(powertools):.2f}",
        ],
    ]
    return table(["", "target", "measured"], rows)


def by_boto3(results: Results) -> str:
    """Return the table of CPU per record, compared with the loop, by boto3 version, record content and batch size."""
    rows = [
        [
            each["boto3"],
            "new images" if each["has_images"] else "keys",
            f"{each['batch_size']:,}",
            f"{each['cpu_ratio']:.2f}",
        ]
        for each in results["cpu_beside_the_loop"]["rows"]
    ]
    head = ["boto3", "records have", "batch size", "CPU per record, compared with the loop"]
    return f"{machine(results['cpu_beside_the_loop'])}:\n\n{table(head, rows)}"


def growth(results: Results) -> str:
    """Return the table of invocations by batch size."""
    rows = [
        [
            f"{each['batch_size']:,}",
            f"{1000 * each['wall_s']:.0f}",
            f"{1000 * each['cpu_s']:.1f}",
            f"{each['cpu_s'] / each['batch_size'] * 1e6:.0f}",
            megabytes(each["peak_memory_mb"]),
        ]
        for each in results["growth"]
    ]
    return table(["batch size", "ms", "CPU ms", "CPU µs per record", "peak MB"], rows)


def by_memory(results: Results) -> str:
    """Return the table of the function's speed by memory size, which sets its share of a CPU."""
    rows = [
        [f"{each['memory_size']:,} MB", f"{each['records_a_second']:,.0f}", f"{each['start_wall_s']:.1f}"]
        for each in results["by_memory"]["rows"]
    ]
    return f"{context(results['by_memory'])}:\n\n{table(['memory', 'records per second', 'seconds to start'], rows)}"


def on_local_aws(results: Results) -> str:
    """Return the table of what each contender took on the local AWS."""
    rows = [
        [each["contender"], f"{each['records']:,}", f"{each['wall_s']:.2f}", f"{micros(each):.0f}"]
        for each in results["on_local_aws"]
    ]
    return table(["", "records", "seconds", "CPU µs per record"], rows)


def for_planner(results: Results) -> dict[str, Any]:
    """Return what `scavenger plan` calculates with: the CPU seconds of an invocation and of a record, and the rest."""
    # From the runs with the most records, whose figures vary least. What small batches take more is the invocations'.
    small, large = of(results, OURS, 100, MOST_RECORDS), of(results, OURS, 10_000, MOST_RECORDS)
    invocation_cpu_s = (small["cpu_s"] - large["cpu_s"]) / (MOST_RECORDS / 100 - MOST_RECORDS / 10_000)
    record_cpu_s = (large["cpu_s"] - MOST_RECORDS / 10_000 * invocation_cpu_s) / MOST_RECORDS
    article, sequel = of(results, ARTICLE, 1_000), of(results, SEQUEL, 1_000)
    matching, memory_mb = of(results, MATCHING, 1_000), memory(results["growth"][0], results["growth"][-1])
    matching_cpu_s = matching["cpu_s"] - matching["records"] / matching["batch_size"] * invocation_cpu_s
    return {
        "measured_on": results["measured_on"],
        "machine": f"{results['machine']}, Python {results['python']}",
        "this_function": cost_of(invocation_cpu_s, record_cpu_s, 25, None) | memory_mb,
        # It is the same function: only a record takes more CPU. Its memory is that of the run with other requests.
        "matching": cost_of(invocation_cpu_s, matching_cpu_s / matching["records"], 1, None) | memory_mb,
        "article": cost_of(0.0, micros(article) / 1e6, 1, 50),
        "sequel": cost_of(0.0, micros(sequel) / 1e6, 25, 1),
        "efficiency_by_memory": efficiency_by_memory(results),
        "start_cpu_s": results["starts"][OURS],
        "request_s": results["request_s"],
    }


def memory(least: dict[str, Any], most: dict[str, Any]) -> dict[str, float]:
    """Return the memory that this function takes; if the system does not tell, the figures of the last time."""
    if least["peak_memory_mb"] is None or most["peak_memory_mb"] is None:
        before = measured().this_function
        idle_mb, a_payload_mb = before.idle_memory_mb, before.memory_mb_a_payload_mb
    else:
        record_mb = len(json.dumps(make_record(0))) / BYTES_OF_A_MEGABYTE
        records = most["batch_size"] - least["batch_size"]
        a_payload_mb = (most["peak_memory_mb"] - least["peak_memory_mb"]) / (records * record_mb)
        idle_mb = least["peak_memory_mb"] - least["batch_size"] * record_mb * a_payload_mb
    return {"idle_memory_mb": round(idle_mb, 1), "memory_mb_a_payload_mb": round(a_payload_mb, 2)}


def efficiency_by_memory(results: Results) -> list[dict[str, Any]]:
    """Return how efficiently this function uses each memory size's share of a CPU, compared with a whole CPU."""
    *shares, whole = results["by_memory"]["rows"]
    return [
        {
            "memory_size": each["memory_size"],
            "efficiency": round(
                each["records_a_second"] / whole["records_a_second"] * MEMORY_OF_A_VCPU_MB / each["memory_size"], 3
            ),
        }
        for each in shares
    ]


def cost_of(
    invocation_cpu_s: float, record_cpu_s: float, deletes_a_request: int, requests_in_flight: int | None
) -> dict[str, Any]:
    """Return a function's cost in the form that the planner reads."""
    return {
        "invocation_cpu_s": round(max(0.0, invocation_cpu_s), 6),
        "record_cpu_s": round(record_cpu_s, 9),
        "deletes_a_request": deletes_a_request,
        "requests_in_flight": requests_in_flight,
    }


def of(results: Results, contender: str, batch_size: int, records: int = 10_000) -> dict[str, Any]:
    """Return what a contender took for this many records in batches of this size."""
    found: dict[str, Any] = next(
        each
        for each in results["compared"]
        if (each["contender"], each["records"], each["batch_size"]) == (contender, records, batch_size)
    )
    return found


def micros(taken: dict[str, Any]) -> float:
    """Return the CPU per record in microseconds."""
    return float(taken["cpu_s"] / taken["records"] * 1e6)


def megabytes(memory_mb: float | None) -> str:
    """Return the megabytes as text, or a hyphen if the system does not tell."""
    return "-" if memory_mb is None else f"{memory_mb:.0f}"


def start_ratio(starts: dict[str, float]) -> float:
    """Return the CPU of our cold start, divided by that of a bare client."""
    return starts[OURS] / starts[BARE]
