"""Shows the timeline of a simulation on a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import Console

from scavenger_ops.layout import show_pairs
from scavenger_ops.plan.timeline import Timeline
from scavenger_ops.screen import has_symbols, show_verdict
from scavenger_ops.text import count, figure, seconds

BLOCKS = "▁▂▃▄▅▆▇█"
# For terminals that have only ASCII characters.
PLAIN_BLOCKS = "_.-=+*%#"
# Of the line that shows a course. Beside it are the names, the longest of which has eleven characters, and the gaps.
MOST_BLOCKS, BESIDE = 60, 15


def show_timeline(timeline: Timeline, hours: int, console: Console) -> None:
    """Show whether the pipeline kept up or recovered, how lag and backlog went, and the totals."""
    console.print()
    simulated = f"simulated {timeline.scenario}, {count(hours, 'hour')}"
    show_verdict(console, "good" if timeline.keeps_up else "bad", simulated, timeline.verdict)
    blocks = BLOCKS if has_symbols(console) else PLAIN_BLOCKS
    show_pairs(console, _rows(timeline, min(MOST_BLOCKS, max(1, console.width - BESIDE)), blocks))


def sparkline(values: Sequence[float], width: int = MOST_BLOCKS, blocks: str = BLOCKS) -> str:
    """Return numbers as a line of blocks from 0 to the highest; each block shows the highest of its part of them."""
    width = min(width, len(values))
    parts = [values[len(values) * n // width : len(values) * (n + 1) // width] for n in range(width)]
    highest = max(values, default=0.0) or 1.0
    return "".join(blocks[round(max(part) / highest * (len(blocks) - 1))] for part in parts)


def _rows(timeline: Timeline, width: int, blocks: str) -> Iterator[tuple[str, str]]:
    lags, backlogs = [point.lag_s for point in timeline.points], [point.backlog for point in timeline.points]
    yield "lag", sparkline(lags, width, blocks)
    yield "", f"{seconds(max(lags))} at most, {seconds(timeline.lag_at_the_end_s)} at the end"
    yield "backlog", sparkline(backlogs, width, blocks)
    yield "", f"{count(max(backlogs), 'record')} at most, {figure(timeline.backlog_at_the_end)} at the end"
    done = f"{figure(timeline.deleted)} deleted, {figure(timeline.quarantined)} quarantined"
    lost = f"{figure(timeline.retries_exhausted)} with retries exhausted"
    yield "records", f"{figure(timeline.inserted)} inserted, {done}, {lost}"
    busy = f"at most {figure(timeline.most_concurrent_invocations)} at the same time"
    yield "invocations", f"{figure(timeline.invocations)}, {busy}"
