"""Follows an execution to its end, and shows how many segments and rows are done."""

import threading
from typing import TYPE_CHECKING

from reconciler.aws.ask import RetryPolicy, Stopped

from scavenger_ops.command import progress_bars
from scavenger_ops.reconcile.on_aws.execution import Execution, look

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

POLL_INTERVAL_S = 2.0
# The run goes on without this command, so it waits longer than others until AWS or the network is there again.
MOST_SILENCE_S = 600.0
# The list of child workflows lags behind, and has none of a segment that was never begun. So the last results are
# waited for until there is nothing new in so many looks. Source: API_ListExecutions.html.
LAST_LOOKS = 3


def follow(client: "SFNClient", execution: Execution, what: str, total: int, stop: threading.Event) -> None:
    """Follow an execution until it has ended and its results are known.

    `what` is counted, rows or messages, of which there are `total` as far as it is known. Raises AwsError and Stopped.
    """
    policy = RetryPolicy(total_timeout_s=MOST_SILENCE_S, stop=stop)
    without_news, shown = 0, (0, 0)
    with progress_bars({"segments": 0, what: total}) as (advance_segments, advance_counted):
        while True:
            known = len(execution.results)
            look(client, execution, policy)
            counted = execution.totals()[0].counts.total()
            total = counted if execution.is_complete else max(total, counted)
            advance_segments(execution.segments_done - shown[0], execution.segments)
            advance_counted(counted - shown[1], total)
            shown = execution.segments_done, counted
            without_news = without_news + 1 if execution.is_over and len(execution.results) == known else 0
            if execution.is_complete or without_news == LAST_LOOKS:
                return
            if stop.wait(POLL_INTERVAL_S):
                raise Stopped
