"""What becomes of the records once the deletes are done: forgotten, quarantined or delivered again."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_lambda_powertools.utilities.typing import LambdaContext

from scavenger.batch_delete import Outcome
from scavenger.quarantine import QuarantineError, quarantine
from scavenger.records import Batch, Rejection, stream_order
from scavenger.settings import Settings
from scavenger.telemetry import logger


@dataclass(frozen=True, slots=True)
class Result:
    """What an invocation came to; failed are the sequence numbers of what Lambda has to deliver again."""

    outcome: Outcome
    failed: Sequence[str | None]
    quarantined: int = 0


def fail(batch: Batch, outcome: Outcome) -> Result:
    """Return the result of an invocation that ends with an error: what is not deleted has failed."""
    failed: list[str | None] = [
        batch.deletions[place].sequence_number for place in (*outcome.undone, *outcome.rejected)
    ]
    failed += [rejection.sequence_number for rejection in batch.malformed]
    return Result(outcome, failed)


def settle(batch: Batch, outcome: Outcome, settings: Settings, context: LambdaContext) -> Result:
    """Quarantine the malformed and the rejected records as far as is due; what is neither kept nor deleted has failed.

    Due is what comes before the first undone record, or has no number: what comes after it is delivered again in any
    case, and would be kept twice. Nothing is due of a redrive, which is kept already; or if not one record fits and the
    table has not accepted a probe key either: then it is not known whose fault it is.
    """
    undone = [batch.deletions[place].sequence_number for place in outcome.undone]
    first_undone = min(map(stream_order, undone), default=None)
    may_quarantine = not batch.is_redrive and (bool(batch.deletions) or outcome.accepted)
    due: list[Rejection] = []
    later: list[str | None] = []
    for rejection in (*batch.malformed, *_rejections(batch, outcome)):
        number = rejection.sequence_number
        if may_quarantine and (number is None or first_undone is None or stream_order(number) < first_undone):
            due.append(rejection)
        else:
            later.append(number)
    due.sort(key=lambda rejection: stream_order(rejection.sequence_number or ""))
    if _quarantine(due, settings, context):
        return Result(outcome, undone + later, len(due))
    return Result(outcome, [*undone, *later, *(rejection.sequence_number for rejection in due)])


def _rejections(batch: Batch, outcome: Outcome) -> list[Rejection]:
    rejected = [(batch.deletions[place], words) for place, words in outcome.rejected.items()]
    return [
        Rejection(each.sequence_number, each.record, "DynamoDB refuses its key" + (f": {words}" if words else ""))
        for each, words in rejected
    ]


def _quarantine(due: Sequence[Rejection], settings: Settings, context: LambdaContext) -> bool:
    """Quarantine the records, and say in the log and by the answer whether they are kept."""
    if not due:
        return False
    try:
        name = quarantine(due, settings.failure_bucket_name, context, (settings.key_mapping or {}).values())
    except QuarantineError as error:
        logger.error(
            "Records that cannot be deleted are not quarantined, but reported as failed",
            reason=str(error),
            sequence_numbers=[rejection.sequence_number for rejection in due],
        )
        return False
    for rejection in due:
        logger.warning(
            "Record quarantined", sequence_number=rejection.sequence_number, reason=rejection.reason, object=name
        )
    return True
