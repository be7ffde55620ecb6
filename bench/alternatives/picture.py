"""Draw the time and CPU that each contender takes per record, and this function's time by batch size."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.alternatives.report import MATCHING, MOST_RECORDS, OURS, Results, micros

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "alternatives.svg"

LABELS = {
    OURS: "this function",
    "sequel": "sequel:\n25 rows per request",
    "batch_writer": "boto3 batch_writer",
    "awswrangler": "awswrangler",
    MATCHING: "this function with match\nattributes: one row per request",
    "article": "article: one row per\nrequest, 50 at a time",
    "powertools": "Powertools batch processor:\none row per request",
}
ACCENT, GREY, FAINT, TEXT = "#d9480f", "#868e96", "#e9ecef", "#343a40"
# The batch size that every contender ran with. Only some ran with the most records.
BATCH_SIZE = 1_000


def draw(results: Results) -> None:
    """Draw the picture. The same results give the same bytes."""
    taken = sorted(
        (each for each in results["compared"] if each["batch_size"] == BATCH_SIZE and each["records"] < MOST_RECORDS),
        key=lambda each: -wall_micros(each),
    )
    with mpl.rc_context(
        {
            "font.size": 10,
            "text.color": TEXT,
            "axes.labelcolor": TEXT,
            "xtick.color": TEXT,
            "ytick.color": TEXT,
            "svg.hashsalt": "scavenger",
            "svg.fonttype": "none",
        }
    ):
        figure = Figure(figsize=(12, 4), layout="constrained")
        seconds, cpu, growth = figure.subplots(1, 3, width_ratios=[1.2, 1.2, 1])
        dots(seconds, taken, [wall_micros(each) for each in taken])
        seconds.set_title("µs per record", loc="left", weight="bold")
        dots(cpu, taken, [micros(each) for each in taken])
        cpu.set_yticklabels([])
        cpu.set_title("CPU µs per record", loc="left", weight="bold")
        line(growth, results["growth"])
        PICTURE.parent.mkdir(exist_ok=True)
        figure.savefig(PICTURE, metadata={"Date": None})


def wall_micros(taken: dict[str, Any]) -> float:
    """Return the wall time per record in microseconds."""
    return float(taken["wall_s"] / taken["records"] * 1e6)


def dots(axes: Axes, taken: list[dict[str, Any]], values: list[float]) -> None:
    """Draw a dot for each contender on a logarithmic scale, labelled with its value and its multiple of ours."""
    names = [each["contender"] for each in taken]
    ours = values[names.index(OURS)]
    axes.scatter(values, names, s=70, color=[ACCENT if name in (OURS, MATCHING) else GREY for name in names], zorder=2)
    for name, value in zip(names, values, strict=True):
        text = f"{value:,.0f}" + ("" if name == OURS else f"  ({value / ours:.1f} x)")
        axes.annotate(text, (value, name), (9, 0), textcoords="offset points", va="center")
    axes.set_yticks(names, [LABELS[name] for name in names])
    axes.set_xscale("log")
    # Room for the last label.
    axes.set_xlim(min(values) / 2, max(values) * 12)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    axes.grid(color=FAINT, zorder=0)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def line(axes: Axes, growth: list[dict[str, Any]]) -> None:
    """Draw an invocation's milliseconds by the records in its batch."""
    axes.plot(
        [each["batch_size"] for each in growth], [1000 * each["wall_s"] for each in growth], color=ACCENT, marker="o"
    )
    axes.set_title("Milliseconds per batch", loc="left", weight="bold")
    axes.set_xlabel("records in the batch")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
