"""What is wrong with a deployment, and how to fix it: a pure function of the facts."""

from collections.abc import Collection, Iterator

from scavenger_ops.status.alarm_problems import find_alarm_problems
from scavenger_ops.status.cause_in_words import cause_in_log, cause_of_quarantine
from scavenger_ops.status.causes import find_causes
from scavenger_ops.status.facts import BucketFacts, Facts
from scavenger_ops.status.lag import measure_lag
from scavenger_ops.status.problem import Problem
from scavenger_ops.status.reconciler_problems import find_failed_segments
from scavenger_ops.status.remediation import APPLY, count_rows, list_failed, reconcile, redrive
from scavenger_ops.status.series import MetricSeries
from scavenger_ops.status.superseded_problems import find_superseded_rows
from scavenger_ops.status.thresholds import LOSING_LAG_S
from scavenger_ops.text import count, duration

# No metric shows that the rows were reconciled.
_STAYS = "This problem stays for 24 h. If reconcile finds no such rows, nothing is left to do."


def find_problems(facts: Facts) -> list[Problem]:
    """Return all problems. What stops the deletes comes first."""
    causes = find_causes(facts)
    problems = causes or list(_lag(facts))
    problems += _losses(facts, problems)
    problems += [*_dry_run(facts), *find_superseded_rows(facts), *_no_bucket(facts)]
    problems += [*_waiting_objects(facts), *find_failed_segments(facts)]
    return [*problems, *find_alarm_problems(facts, {problem.about for problem in problems})]


def _lag(facts: Facts) -> Iterator[Problem]:
    """Find a lag that is not known to shrink. It is called if there is no cause: to fix a cause fixes the lag."""
    lag = measure_lag(facts.metrics.lag_ms, facts.at, facts.timeout_s)
    if lag is None or not lag.is_long or lag.is_shrinking:
        return
    behind = f"{duration(lag.latest.total_seconds())} behind"
    ago = duration(lag.age.total_seconds())
    what = f"is {behind}" if lag.is_current else f"was {behind} when Lambda last invoked it, {ago} ago"
    remediation = (
        "If the lag does not shrink, raise batch_size, memory_size or parallelization_factor of the module (scavenger "
        f"plan shows which one helps), and {APPLY}."
    )
    yield Problem("lag", f"The function {what}, and no other problem explains it.", remediation)


def _losses(facts: Facts, problems: Collection[Problem]) -> Iterator[Problem]:
    """Find records that may be lost. Their problem stays for a day: no metric shows that the rows were reconciled."""
    command = reconcile(facts)
    if dropped := (facts.metrics.dropped or MetricSeries()).total:
        what = f"Lambda dropped {count(dropped, 'record')} in the last 24 h: it could not write to a failure bucket."
        remediation = (
            f"To grant Lambda the permission, {APPLY}. {_STAYS} "
            f"{count_rows('the rows of these records in the staging table', command).capitalize()}"
        )
        yield Problem("retries exhausted", what, remediation, command)
        return
    is_reported = any(command and command[0] in problem.commands for problem in problems)
    lag_ms = facts.metrics.lag_of_day_ms.maximum if facts.metrics.lag_of_day_ms else None
    if lag_ms is not None and lag_ms / 1000 >= LOSING_LAG_S and not is_reported:
        what = (
            f"In the last 24 h the function was {duration(lag_ms / 1000)} behind: records may have expired in the "
            "stream."
        )
        remediation = f"{_STAYS} {count_rows('their rows in the staging table', command).capitalize()}"
        yield Problem("lag", what, remediation, command)


def _dry_run(facts: Facts) -> Iterator[Problem]:
    if facts.settings and facts.settings.is_dry_run:
        command = reconcile(facts)
        what = f"Function {facts.name} only counts what it would delete (dry_run). It deletes nothing."
        remediation = (
            "When its counts are right, set dry_run = false and apply (docs/how-to/adopt.md). Then "
            f"{count_rows('the rows that it left in the staging table until then', command)}"
        )
        yield Problem("function", what, remediation, command)


def _no_bucket(facts: Facts) -> Iterator[Problem]:
    if facts.bucket and not facts.bucket.exists:
        what = f"Failure bucket {facts.bucket.name} is missing. Nothing keeps the records that cannot be deleted."
        yield Problem("failure bucket", what, f"To create it again, {APPLY}.")
        return
    lacking = ["the function"] if facts.settings and not facts.settings.failure_bucket_name else []
    lacking += ["its event source mapping"] if not all(facts.mapping_bucket_names) else []
    if lacking:
        what = (
            f"No failure bucket is set for {' and '.join(lacking)}. Nothing keeps the records that cannot be deleted."
        )
        remediation = f"If your configuration has create_failure_bucket = false, remove it. Then {APPLY}."
        yield Problem("failure bucket", what, remediation)


def _waiting_objects(facts: Facts) -> Iterator[Problem]:
    bucket = facts.bucket
    if not bucket or not bucket.waiting:
        return
    what = (
        f"In failure bucket {bucket.name}, {waiting_objects(bucket, facts)}. The rows of their records may still be in "
        "the staging table."
    )
    if not bucket.quarantined:
        cause = cause_in_log(facts) if facts.log and facts.log.last_error else None
        yield Problem(
            "failure bucket", what, "Fix the cause, then redrive the objects:", (redrive(facts, bucket),), cause
        )
        return
    fix = (
        "Redrive leaves a quarantined object until you fix what its reasons name. List the objects with their reasons, "
        "then redrive:"
    )
    commands = (list_failed(facts, bucket), redrive(facts, bucket))
    yield Problem("failure bucket", what, fix, commands, cause_of_quarantine(facts))


def waiting_objects(bucket: BucketFacts, facts: Facts) -> str:
    """Return how many objects wait in the failure bucket, and the age of the oldest."""
    if bucket.oldest_at is None:
        return "nothing waits"
    more = "+" if bucket.has_more else ""
    objects = "object waits" if bucket.waiting == 1 and not more else "objects wait"
    at_least = "at least " if bucket.has_more else ""
    quarantined = f", {bucket.quarantined:,}{more} quarantined" if bucket.quarantined else ""
    age = duration((facts.at - bucket.oldest_at).total_seconds())
    return f"{bucket.waiting:,}{more} {objects}{quarantined}, the oldest for {at_least}{age}"
