"""The requests for why the function failed: its log, and the reasons in the failure bucket."""

from typing import TYPE_CHECKING

from scavenger_ops.status.background_read import retry_policy_until, start_read
from scavenger_ops.status.log_reader import ReadLog, read_log
from scavenger_ops.status.pending_fact import PendingFact
from scavenger_ops.status.quarantine_reasons import read_reasons

if TYPE_CHECKING:
    from concurrent.futures import Future

    from scavenger_ops.status.facts import BucketFacts, FunctionFacts
    from scavenger_ops.status.failure_facts import QuarantineReasons
    from scavenger_ops.status.request_context import RequestContext

LOG = "the function's log"


def request_failures(
    context: "RequestContext", function: "Future[FunctionFacts]", bucket: "Future[BucketFacts | None]"
) -> dict[str, PendingFact]:
    """Start to read the log and, if there are quarantined objects, their reasons."""
    log = start_read(lambda: _read_log(context, function))
    reasons = start_read(lambda: _read_reasons(context, bucket))
    return {
        "log": PendingFact(("errors",), LOG, "logs:FilterLogEvents", log),
        # Without the permission, the problem of the quarantined objects says so: the rest is known.
        "quarantine reasons": PendingFact(("failure bucket",), "why records are quarantined", "s3:GetObject", reasons),
    }


def _read_log(context: "RequestContext", function: "Future[FunctionFacts]") -> ReadLog:
    group = context.wait_for(function).log_group_name
    return read_log(context.clients.logs, group, context.at, retry_policy_until(context.ends_at))


def _read_reasons(context: "RequestContext", bucket: "Future[BucketFacts | None]") -> "QuarantineReasons | None":
    """Return the reasons in the newest quarantined objects, None if there are none."""
    found = context.wait_for_optional(bucket)
    if found is None or not found.newest_quarantined:
        return None
    policy = retry_policy_until(context.ends_at)
    return read_reasons(context.clients.s3, found.name, found.newest_quarantined, policy)
