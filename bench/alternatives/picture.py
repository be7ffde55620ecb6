"""Draws how long each contender takes for a record, with how much CPU, and how this function grows."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.alternatives.report import MOST_RECORDS, OURS, Results, micros

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "alternatives.svg"

LABELS = {
    OURS: "this function",
    "sequel": "the sequel: 25 after 25",
    "batch_writer": "boto3's batch_writer",
    "awswrangler": "awswrangler",
    "article": "the article: one by one,\n50 at a time",
    "powertools": "Powertools' batch processor:\none by one",
}
ACCENT, GREY, FAINT, TEXT = "#d9480f", "#868e96", "#e9ecef", "#343a40"
# Batches that all contenders were given; the most records only some were.
BATCH_SIZE = 1_000


def draw(results: Results) -> None:
    """Draw the picture, with the same bytes for the same results."""
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
        seconds.set_title("µs a record", loc="left", weight="bold")
        dots(cpu, taken, [micros(each) for each in taken])
        cpu.set_yticklabels([])
        cpu.set_title("µs of CPU a record", loc="left", weight="bold")
        line(growth, results["growth"])
        PICTURE.parent.mkdir(exist_ok=True)
        figure.savefig(PICTURE, metadata={"Date": None})


def wall_micros(taken: dict[str, Any]) -> float:
    """Give the microseconds that a record took."""
    return float(taken["wall_s"] / taken["records"] * 1e6)


def dots(axes: Axes, taken: list[dict[str, Any]], values: list[float]) -> None:
    """Draw a dot for each contender, on a scale on which ten times as much is one step, and how often it is ours."""
    names = [each["contender"] for each in taken]
    ours = values[names.index(OURS)]
    axes.scatter(values, names, s=70, color=[ACCENT if name == OURS else GREY for name in names], zorder=2)
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
    """Draw an invocation's milliseconds over the records of its batch."""
    axes.plot(
        [each["batch_size"] for each in growth], [1000 * each["wall_s"] for each in growth], color=ACCENT, marker="o"
    )
    axes.set_title("Milliseconds a batch", loc="left", weight="bold")
    axes.set_xlabel("records")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
