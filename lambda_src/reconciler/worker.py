"""A worker of a run: compares a segment for a while, and hands on where the next invocation continues."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from reconciler.aws.ask import Stopped
from reconciler.comparison import Comparison
from reconciler.explained_error import ExplainedError, RefusedError
from reconciler.key_json import encode, read_key
from reconciler.pipeline import Pipeline
from reconciler.progress import ComparisonProgress
from reconciler.rows import compare_page
from reconciler.segment_counts import add_counts, write_counts
from reconciler.telemetry import logger
from reconciler.units import UnitsASecond

# Each delete needs a connection and handles one row. The rate limit is the real bound.
DELETES_IN_FLIGHT = 16
# One for the scan and the look-ups.
CONNECTIONS = DELETES_IN_FLIGHT + 1


@contextmanager
def open_comparison(pipeline: Pipeline, run: Mapping[str, Any], segments: Iterable[int]) -> Iterator[Comparison]:
    """Yield the comparison of these segments, with the options and the units of a run."""
    pool = ThreadPoolExecutor(DELETES_IN_FLIGHT, thread_name_prefix="delete") if run["apply"] else None
    try:
        yield Comparison(
            tables=pipeline.tables,
            match_rule=pipeline.match_rule,
            limits=UnitsASecond(*run["units"]).limits(),
            progress=ComparisonProgress(segments),
            segments=run["segments"],
            readers=1,
            stop=threading.Event(),
            deletes=pool,
            older_than_s=run["older_than_s"],
            age_attribute=run["age_attribute"],
        )
    finally:
        if pool:
            pool.shutdown()


def compare(
    event: Mapping[str, Any], pipeline: Pipeline, has_time: Callable[[], bool], most_s: float
) -> dict[str, Any]:
    """Compare pages of a segment, at least one, while there is time. Return the event with the new position and counts.

    After `most_s`, it waits no longer for its units. If a request fails after some work, that is handed on,
    and not lost. Raises RefusedError if the tables or the function's settings have changed since the run began, and
    ExplainedError if nothing was achieved.
    """
    run, segment = event["run"], event["segment"]
    if pipeline.fingerprint() != run["fingerprint"]:
        raise RefusedError(
            "The tables, the function's settings or its event filter have changed since this run began, so it is "
            "unknown which rows it may delete. Start a new run."
        )
    with open_comparison(pipeline, run, [segment]) as comparison, _stopped_after(most_s, comparison.stop):
        progress = comparison.progress
        _restore(progress, segment, event, pipeline.scanned.table.key_types)
        began = _reached(progress, segment)
        try:
            _compare_pages(comparison, segment, has_time)
        except Stopped:
            logger.info("The segment goes on in the next invocation", segment=segment)
        except ExplainedError as error:
            if _reached(progress, segment) == began:
                raise
            logger.warning("The segment goes on after an error", segment=segment, reason=str(error))
    if _reached(progress, segment) == began:
        raise ExplainedError(
            f"No page of segment {segment} was compared in the time of an invocation, or before it was too old. "
            "Raise the capacity of the tables, max_read_units and max_write_units."
        )
    return _hand_on(progress, segment, event)


def _compare_pages(comparison: Comparison, segment: int, has_time: Callable[[], bool]) -> None:
    compare_page(comparison, segment)
    while not comparison.progress.is_done(segment) and has_time():
        compare_page(comparison, segment)
    # The last page may have taken more than its share. The next invocation does not know that.
    for limit in comparison.limits:
        limit.reserve(0, comparison.stop)


@contextmanager
def _stopped_after(seconds: float, stop: threading.Event) -> Iterator[None]:
    """Set the event after so many seconds, if the block takes longer."""
    timer = threading.Timer(seconds, stop.set)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _reached(progress: ComparisonProgress, segment: int) -> tuple[object, ...]:
    """Return what changes when a page is done, or a row of an unfinished page is gone.

    Without a change, the next invocation would do the same, and the one after it, without an end.
    """
    return progress.last_key(segment), progress.is_done(segment), progress.counts.total()


def _restore(
    progress: ComparisonProgress, segment: int, event: Mapping[str, Any], key_types: Mapping[str, str]
) -> None:
    """Continue from the position and the counts of the invocation before, if there was one."""
    add_counts(progress, event["counts"])
    one = progress.segments[segment]
    one.last_key = None if event["last_key"] is None else read_key(event["last_key"], key_types)
    one.deleted_before = event.get("deleted_before", 0)


def _hand_on(progress: ComparisonProgress, segment: int, event: Mapping[str, Any]) -> dict[str, Any]:
    one = progress.segments[segment]
    return {
        **event,
        "last_key": json.loads(json.dumps(one.last_key, default=encode)),
        "deleted_before": one.deleted_before + one.deleted_now,
        "counts": write_counts(progress),
        "is_done": one.is_done,
    }
