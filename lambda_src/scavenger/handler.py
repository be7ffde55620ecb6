"""The way of one invocation: event, deletions, deletes, response."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from scavenger.batch_delete import DeleteResult, delete_batch
from scavenger.batch_result import failed_batch
from scavenger.concurrency_limiter import ConcurrencyLimiter
from scavenger.quarantine import quarantine_records
from scavenger.records import ParsedBatch, read_event, stream_order
from scavenger.settings import Settings
from scavenger.telemetry import announce, count_deleted, logger, report

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Response = dict[str, list[dict[str, str]]]
Handler = Callable[[Any, LambdaContext], Response]


def make_handler(settings: Settings, client: "DynamoDBClient") -> Handler:
    """Make the function that Lambda calls with an event of a DynamoDB stream and its context.

    It gives the response of ReportBatchItemFailures: the lowest sequence number that has to be delivered again, if any.
    It raises what concerns the whole batch: EventError; and TableError if nothing of it was deleted. Else Lambda would
    deliver, and the table be paid for, what is deleted already; the next invocation begins where this one ends.
    """
    table = settings.staging_table
    # An execution environment has one invocation at a time, and the next one may begin where this one ends.
    limiter = ConcurrencyLimiter(settings.max_requests_in_flight)

    def delete(batch: ParsedBatch, context: LambdaContext) -> DeleteResult:
        if settings.is_dry_run:
            return _count_only(batch)
        return delete_batch(
            client,
            table,
            [deletion.key for deletion in batch.deletions],
            limiter=limiter,
            remaining_s=lambda: context.get_remaining_time_in_millis() / 1000,
            # If no record fits, it may be the key types that are wrong.
            ask_first=not batch.deletions and bool(batch.malformed),
        )

    # Said outright, so that no environment variable can make Powertools log the event.
    @logger.inject_lambda_context(log_event=False)
    def handle(event: Any, context: LambdaContext) -> Response:  # noqa: ANN401 - whatever Lambda is invoked with
        batch = read_event(event, table.key_types, settings.key_mapping)
        announce(batch)
        # Until more is known: if it raises, that will be the result.
        result = failed_batch(batch, DeleteResult(not_deleted=[*range(len(batch.deletions))]))
        try:
            deletes = delete(batch, context)
            result = failed_batch(batch, deletes)
            if deletes.error and not count_deleted(batch, deletes):
                raise deletes.error
            result = quarantine_records(batch, deletes, settings, context)
        finally:
            if result.deletes.error:
                logger.error("Deletes stopped", reason=str(result.deletes.error))
            report(
                batch,
                result.deletes,
                quarantined=result.quarantined,
                failed=len(result.failed),
                is_dry_run=settings.is_dry_run,
            )
        return _respond(result.failed)

    return handle


def _count_only(batch: ParsedBatch) -> DeleteResult:
    """Give the deletes of a dry run: nothing is left to do. But a redrive's records must not be taken for done."""
    return DeleteResult(not_deleted=[*range(len(batch.deletions))]) if batch.is_redrive else DeleteResult(accepted=True)


def _respond(failed: Sequence[str | None]) -> Response:
    """Name the lowest sequence number of what failed: Lambda delivers that record and all after it again."""
    if not failed:
        return {"batchItemFailures": []}
    # A record without a number makes it the whole batch, which is what an empty identifier says.
    numbers = [number for number in failed if number is not None]
    lowest = min(numbers, key=stream_order) if len(numbers) == len(failed) else ""
    return {"batchItemFailures": [{"itemIdentifier": lowest}]}
