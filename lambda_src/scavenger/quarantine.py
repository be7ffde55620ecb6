"""Decides which records are quarantined: stored in the failure bucket, so that they do not block the others."""

from collections.abc import Sequence

from aws_lambda_powertools.utilities.typing import LambdaContext

from scavenger.batch_delete import DeleteResult
from scavenger.batch_result import BatchResult
from scavenger.failure_bucket import FailureObjectError, write_failure_object
from scavenger.records import Deletion, ParsedBatch, Rejection, stream_order
from scavenger.settings import Settings
from scavenger.telemetry import logger


def quarantine_records(
    batch: ParsedBatch, deletes: DeleteResult, settings: Settings, context: LambdaContext
) -> BatchResult:
    """Quarantine the records that can never be deleted, and return the batch's result.

    These are the malformed records, and those whose key or expected values DynamoDB rejected. A record is quarantined
    only if it comes before the first record that is not deleted, or has no sequence number. Lambda delivers all records
    from there on again, so later ones would be stored twice.

    Records of a redrive are never quarantined, because the failure bucket has them already. Nothing is quarantined
    either if every record is malformed and the table has not accepted a probe key: then the settings may be wrong
    instead of the records.
    """
    not_deleted = [batch.deletions[place].sequence_number for place in deletes.not_deleted]
    first_not_deleted = min(map(stream_order, not_deleted), default=None)
    may_quarantine = not batch.is_redrive and (bool(batch.deletions) or deletes.accepted)
    due: list[Rejection] = []
    later: list[str | None] = []
    for rejection in (*batch.malformed, *_rejections(batch, deletes)):
        number = rejection.sequence_number
        if batch.is_redrive:
            # Nothing else says why.
            logger.error("Record of a redrive cannot be deleted", sequence_number=number, reason=rejection.reason)
        if may_quarantine and (number is None or first_not_deleted is None or stream_order(number) < first_not_deleted):
            due.append(rejection)
        else:
            later.append(number)
    due.sort(key=lambda rejection: stream_order(rejection.sequence_number or ""))
    if _store(due, settings, context):
        return BatchResult(deletes, not_deleted + later, len(due))
    return BatchResult(deletes, [*not_deleted, *later, *(rejection.sequence_number for rejection in due)])


def _rejections(batch: ParsedBatch, deletes: DeleteResult) -> list[Rejection]:
    return [_rejection(batch.deletions[place], message) for place, message in deletes.rejected.items()]


def _rejection(deletion: Deletion, message: str) -> Rejection:
    what = "its key or the value of a match attribute" if deletion.row.expected else "its key"
    reason = f"DynamoDB rejects {what}" + (f": {message}" if message else "")
    return Rejection(deletion.sequence_number, deletion.record, reason)


def _store(due: Sequence[Rejection], settings: Settings, context: LambdaContext) -> bool:
    """Write the records to the failure bucket, log the result, and return whether they are stored."""
    if not due:
        return False
    try:
        sources = [*(settings.key_mapping or {}).values(), *settings.match_attributes.values()]
        key = write_failure_object(due, settings.failure_bucket_name, context, sources)
    except FailureObjectError as error:
        logger.error(
            "Records that cannot be deleted are not quarantined, but reported as failed",
            reason=str(error),
            sequence_numbers=[rejection.sequence_number for rejection in due],
        )
        return False
    for rejection in due:
        logger.warning(
            "Record quarantined", sequence_number=rejection.sequence_number, reason=rejection.reason, object=key
        )
    return True
