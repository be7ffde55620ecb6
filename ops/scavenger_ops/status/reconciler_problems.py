"""What is wrong with the reconciler's last run: a pure function of the facts."""

from collections.abc import Iterator

from scavenger_ops.status.facts import Facts
from scavenger_ops.status.problem import Problem
from scavenger_ops.status.remediation import list_errors_of_runs, start_run
from scavenger_ops.text import count, duration


def find_failed_segments(facts: Facts) -> Iterator[Problem]:
    """Find that segments failed in the last run.

    How old an unprocessed row may become is no problem here: only the owner knows it, and sets it as the threshold of
    the alarm oldest-unprocessed.
    """
    failed = facts.metrics.failed_segments
    if not failed or not failed.latest or not failed.latest_at:
        return
    ago = duration((facts.at - failed.latest_at).total_seconds())
    what = (
        f"In the last run of state machine {facts.name}-reconciler, {ago} ago, {count(failed.latest, 'segment')} "
        "failed: their rows were not all compared, and it is not known how many rows are unprocessed."
    )
    remediation = "See the error in the worker's log, and fix its cause. The last command runs again, and only counts:"
    yield Problem("reconciler", what, remediation, (list_errors_of_runs(facts), start_run(facts)))
