"""The `reconcile` command: finds rows that are in both tables, which the stream never reported, and deletes them."""

import threading
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial

from reconciler.aws.ask import Stopped
from reconciler.aws.clients import connect
from reconciler.comparison import Comparison
from reconciler.explained_error import ExplainedError
from reconciler.linking_functions import find_linking_functions
from reconciler.match_rule import MatchRule, find_match_rule
from reconciler.pipeline import Pipeline
from reconciler.rows import compare_segment
from reconciler.sample import AgelessTableError, check_ages
from reconciler.tables import ComparedTables, find_tables
from reconciler.units import units_a_second

from scavenger_ops.command import progress_bar, say
from scavenger_ops.interruption import stopped_by_signals
from scavenger_ops.reconcile.as_json import to_json
from scavenger_ops.reconcile.confirmation import confirm, say_match_rule
from scavenger_ops.reconcile.options import ReconcileOptions
from scavenger_ops.reconcile.progress import SavedComparisonProgress, find_progress
from scavenger_ops.reconcile.report import ReconcileReport, make_report
from scavenger_ops.reconcile.screen import show_screen
from scavenger_ops.result import show_result

SHOW_INTERVAL_S = 0.5
# A thread scans each segment.
SEGMENTS = 8
# For all segments together. Each delete needs a connection and handles one row. The rate limit is the real bound.
DELETES_IN_FLIGHT = 32


def run(staging: str, messages: str, options: ReconcileOptions, *, as_json: bool, deployment: str | None = None) -> int:
    """Compare the tables, show the report, and return the exit code: 1 if it is unfinished or skipped ageless rows.

    Raises ExplainedError if nothing could be compared. A later error is part of the report.
    """
    tables = find_tables(staging, messages, SEGMENTS + DELETES_IN_FLIGHT)
    match_rule = find_match_rule(tables, find_linking_functions(connect("lambda"), tables))
    say_match_rule(tables, match_rule)
    if options.is_applied and not options.is_confirmed:
        confirm(tables, match_rule)
    progress = find_own_progress(tables, match_rule, options)
    with progress.locked(), stopped_by_signals() as stop:
        _go_on(progress, options)
        comparison = _make_comparison(tables, match_rule, progress, options, stop)
        report = partial(make_report, comparison, progress, options, deployment)
        try:
            with suppress(Stopped):
                if told := check_ages(comparison, is_confirmed=options.is_confirmed):
                    say(told, "yellow")
            _compare(comparison, progress)
        except AgelessTableError:
            raise
        except ExplainedError as error:
            return _finish(report(error), progress, as_json=as_json)
        except BaseException:
            _finish(report(), progress, as_json=as_json)
            raise
        return _finish(report(), progress, as_json=as_json)


def find_own_progress(
    tables: ComparedTables, match_rule: MatchRule, options: ReconcileOptions
) -> SavedComparisonProgress:
    """Return the saved progress of this comparison: the same tables, options and match rule."""
    pipeline = Pipeline(tables, match_rule)
    chosen = (options.is_applied, options.older_than_s, options.age_attribute)
    return find_progress(SEGMENTS, pipeline.scanned.table.key_types, pipeline.fingerprint(), *chosen)


def _go_on(progress: SavedComparisonProgress, options: ReconcileOptions) -> None:
    """Continue where an earlier run was interrupted, or start again for --restart."""
    if options.is_restarted:
        progress.remove()
    if found := progress.load():
        say(found)


def _make_comparison(
    tables: ComparedTables,
    match_rule: MatchRule,
    progress: SavedComparisonProgress,
    options: ReconcileOptions,
    stop: threading.Event,
) -> Comparison:
    limits = units_a_second(tables, options.max_read_units, options.max_write_units).limits()
    deletes = ThreadPoolExecutor(DELETES_IN_FLIGHT, thread_name_prefix="delete") if options.is_applied else None
    return Comparison(
        tables=tables,
        match_rule=match_rule,
        limits=limits,
        progress=progress,
        segments=SEGMENTS,
        readers=SEGMENTS,
        stop=stop,
        deletes=deletes,
        older_than_s=options.older_than_s,
        age_attribute=options.age_attribute,
    )


def _compare(comparison: Comparison, progress: SavedComparisonProgress) -> None:
    """Compare all segments, each in a thread, and show the progress."""
    pool = ThreadPoolExecutor(SEGMENTS)
    under_way = {pool.submit(compare_segment, comparison, segment) for segment in range(SEGMENTS)}
    try:
        _watch(comparison, progress, under_way)
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    except BaseException:
        comparison.stop.set()
        # Wait for the others: what they do until they stop is counted.
        pool.shutdown(cancel_futures=True)
        raise
    finally:
        if comparison.deletes:
            comparison.deletes.shutdown(wait=False, cancel_futures=True)
    pool.shutdown()


def _watch(comparison: Comparison, progress: SavedComparisonProgress, under_way: set[Future[None]]) -> None:
    """Wait for the threads, and show how many rows or messages are done, of all that there are.

    The counts include those of earlier runs. DynamoDB's count of a table may be six hours old, and it may have been
    counted before or after rows were deleted. So the total is the highest of all that is known.
    """
    is_by_message = comparison.match_rule.is_by_message
    scanned = Pipeline(comparison.tables, comparison.match_rule).scanned
    shown, progress.total = 0, max(progress.total, scanned.rows)
    with progress_bar("messages" if is_by_message else "rows", progress.total) as advance:
        while under_way:
            answered, under_way = wait(under_way, SHOW_INTERVAL_S, FIRST_EXCEPTION)
            done = progress.counts.total()
            progress.total = done if progress.is_done() else max(progress.total, done)
            advance(done - shown, progress.total)
            shown = done
            for future in answered:
                future.result()


def _finish(report: ReconcileReport, progress: SavedComparisonProgress, *, as_json: bool) -> int:
    """Save the progress, or remove the file of a finished comparison. Show the report, and return the exit code."""
    if report.is_finished:
        progress.remove()
    else:
        progress.save()
    show_result(to_json(report), partial(show_screen, report), report.error, as_json=as_json)
    return report.exit_code
