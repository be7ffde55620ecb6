"""What to do about an object that a redrive could not finish."""

from scavenger.redaction import redact

from scavenger_ops.program import aws, scavenger
from scavenger_ops.redrive.function import INTERRUPTED, RedriveTarget, SendResult, complete_arn
from scavenger_ops.redrive.result import ObjectRemedy

RUN_AGAIN = ObjectRemedy("Then run this again.")


def after_sending(target: RedriveTarget, sent: SendResult) -> ObjectRemedy:
    """Return what to do if the function did not handle all records."""
    if sent.reason == INTERRUPTED:
        return ObjectRemedy("Run this again.")
    if sent.has_failed:
        return ObjectRemedy("Fix the function. This shows what is wrong:", (scavenger("status", target.called),))
    return ObjectRemedy("Fix the cause, which the function's log shows:", (scavenger("logs", target.called),))


def for_other_owner(function: str, target: RedriveTarget, bucket: str) -> ObjectRemedy:
    """Return what to do with an object of another function."""
    owner = redact(complete_arn(function, target.arn))
    return ObjectRemedy(
        f"Redrive it with that function. Or, if {target.name} replaces it and deletes from the same staging table, "
        "with --of:",
        (
            scavenger("redrive", owner, "--bucket", bucket),
            scavenger("redrive", target.called, "--bucket", bucket, "--of", owner),
        ),
    )


def for_foreign_records(bucket: str) -> ObjectRemedy:
    """Return what to do with an object that has records of tables that the function does not read."""
    return ObjectRemedy(f"Redrive it with the function that reads that table: name it, and --bucket {bucket}.")


def for_unreadable(bucket: str, key: str) -> ObjectRemedy:
    """Return what to do with an object that neither Lambda nor the function wrote."""
    return ObjectRemedy(
        "Neither Lambda nor the function writes such an object. Look at it, then move or delete it:",
        (aws("s3", "cp", f"s3://{bucket}/{key}", "-"),),
    )
