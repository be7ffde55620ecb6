"""What is wrong with a deployment, each with what fixes it: a pure function of the facts."""

from collections.abc import Collection, Iterator
from datetime import timedelta

from scavenger_ops.status.causes import find_causes, total
from scavenger_ops.status.facts import Bucket, Facts
from scavenger_ops.status.lag import measure_lag
from scavenger_ops.status.remediation import APPLY, Finding, list_quarantine, reconcile, redrive
from scavenger_ops.status.text import HOUR_S, count, duration
from scavenger_ops.status.triggers import word_count
from scavenger_ops.status.watch import find_alarms

# The same as the threshold of the alarm iterator-age in modules/monitoring/alarms.tf.
MOST_LAG = timedelta(hours=1)
# Records of 20 h go to the failure bucket and not to the function, so the lag of what is older never shows: an hour
# less than the default of maximum_record_age_in_seconds in modules/scavenger/variables.tf.
LOSING_LAG_S = 19 * HOUR_S


def find(facts: Facts) -> list[Finding]:
    """Find all that is wrong, what stops the deletes first."""
    causes = find_causes(facts)
    findings = causes or list(_lag(facts))
    findings += _losses(facts, findings)
    findings += [*_dry_run(facts), *_no_bucket(facts)]
    findings += _waiting(facts)
    return [*findings, *find_alarms(facts, {finding.about for finding in findings})]


def _lag(facts: Facts) -> Iterator[Finding]:
    """Return the lag, if nothing explains it and it is not known to fall; where there is a cause, fixing that helps."""
    lag = measure_lag(facts.metrics.lag_ms, facts.at, facts.timeout_s)
    if lag is None or lag.now <= MOST_LAG or lag.is_falling:
        return
    behind = duration(lag.now.total_seconds())
    ago = duration(lag.age.total_seconds())
    is_behind = f"is {behind} behind" if lag.is_of_now else f"was {behind} behind when it was last invoked, {ago} ago"
    mend = (
        "If that does not shrink, raise batch_size, memory_size or parallelization_factor of the module (scavenger "
        f"plan says which), and {APPLY}."
    )
    yield Finding("lag", f"The function {is_behind}, and nothing here says why.", mend)


def _losses(facts: Facts, findings: Collection[Finding]) -> Iterator[Finding]:
    """Return what may have been lost; the metrics do not tell that it was reconciled, so that it stays for a day."""
    counts = reconcile(facts)
    if dropped := total(facts.metrics.dropped):
        what = f"Lambda dropped {count(dropped, 'record')} in the last 24 h: it could keep them in no failure bucket."
        mend = (
            f"Terraform gives it the permission: {APPLY}. Then {word_count('their rows in staging', counts)} "
            "If it finds none, this is over, though it is shown for 24 h."
        )
        yield Finding("given up", what, mend, counts)
        return
    is_said = any(counts and counts[0] in finding.commands for finding in findings)
    lag_ms = facts.metrics.lag_of_day_ms.maximum if facts.metrics.lag_of_day_ms else None
    if lag_ms is not None and lag_ms / 1000 >= LOSING_LAG_S and not is_said:
        what = f"In the last 24 h it was {duration(lag_ms / 1000)} behind: the stream may have forgotten records."
        mend = (
            f"{word_count('their rows in staging', counts).capitalize()} If it finds none, this is over, though it is "
            "shown for 24 h."
        )
        yield Finding("lag", what, mend, counts)


def _dry_run(facts: Facts) -> Iterator[Finding]:
    if facts.settings and facts.settings.is_dry_run:
        what = f"Function {facts.name} only counts what it would delete (dry_run): nothing is deleted."
        mend = "When its counts are right, set dry_run = false and apply (docs/how-to/adopt.md). Then " + word_count(
            "what it left until then", reconcile(facts)
        )
        yield Finding("function", what, mend, reconcile(facts))


def _no_bucket(facts: Facts) -> Iterator[Finding]:
    if facts.bucket and not facts.bucket.exists:
        what = f"Failure bucket {facts.bucket.name} is missing: what cannot be deleted is not kept."
        yield Finding("failure bucket", what, f"To make it anew, {APPLY}.")
        return
    lacking = ["the function"] if facts.settings and not facts.settings.failure_bucket_name else []
    lacking += ["its event source mapping"] if not all(facts.trigger_bucket_names) else []
    if lacking:
        what = f"No failure bucket is set for {' and '.join(lacking)}: what cannot be deleted is not kept."
        mend = f"Take create_failure_bucket = false out of your configuration, if it is there, and {APPLY}."
        yield Finding("failure bucket", what, mend)


def _waiting(facts: Facts) -> Iterator[Finding]:
    bucket = facts.bucket
    if not bucket or not bucket.waiting:
        return
    what = f"In failure bucket {bucket.name}, {waiting(bucket, facts)}: what they name may still be in staging."
    if not bucket.quarantined:
        yield Finding("failure bucket", what, "Fix the cause, then:", (redrive(facts, bucket),))
        return
    mend = "Quarantined ones stay until what their `reasons` name is fixed. See those, then redrive:"
    yield Finding("failure bucket", what, mend, (list_quarantine(facts, bucket), redrive(facts, bucket)))


def waiting(bucket: Bucket, facts: Facts) -> str:
    """Say how many objects wait in the failure bucket, and for how long the oldest does."""
    if bucket.oldest_at is None:
        return "nothing waits"
    more = "+" if bucket.has_more else ""
    objects = "object waits" if bucket.waiting == 1 and not more else "objects wait"
    least = "at least " if bucket.has_more else ""
    quarantined = f", {bucket.quarantined:,}{more} quarantined" if bucket.quarantined else ""
    age = duration((facts.at - bucket.oldest_at).total_seconds())
    return f"{bucket.waiting:,}{more} {objects}{quarantined}, the oldest for {least}{age}"
