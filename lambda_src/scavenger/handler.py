"""One invocation: reads the event, deletes the rows, quarantines what cannot be deleted, and returns the response."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from scavenger.batch_delete import DeleteResult, delete_batch
from scavenger.batch_result import failed_batch
from scavenger.concurrency_limiter import ConcurrencyLimiter
from scavenger.delete_request import BATCH, CONDITIONAL
from scavenger.quarantine import quarantine_records
from scavenger.records import ParsedBatch, read_event, stream_order
from scavenger.settings import Settings
from scavenger.telemetry import count_done, log_keys, logger, report

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Response = dict[str, list[dict[str, str]]]
Handler = Callable[[Any, LambdaContext], Response]


def make_handler(settings: Settings, client: "DynamoDBClient") -> Handler:
    """Make the function that Lambda calls with an event of a DynamoDB stream and its context.

    It returns the response for ReportBatchItemFailures: the lowest sequence number to deliver again, if any. It raises
    EventError, and TableError if no delete was done. After some deletes it does not raise TableError: Lambda would
    deliver all records again, and deletes would be paid for twice. The next invocation begins where this one ends.
    """
    table = settings.staging_table
    # An execution environment has one invocation at a time. The next one starts with the concurrency of the last one.
    limiter = ConcurrencyLimiter(settings.max_requests_in_flight)

    def delete(batch: ParsedBatch, context: LambdaContext) -> DeleteResult:
        if settings.is_dry_run:
            return _count_only(batch)
        return delete_batch(
            client,
            table,
            [deletion.row for deletion in batch.deletions],
            request=CONDITIONAL if settings.match_attributes else BATCH,
            limiter=limiter,
            remaining_s=lambda: context.get_remaining_time_in_millis() / 1000,
            # If all records are malformed, the key types in the settings may be wrong instead.
            probe_first=not batch.deletions and bool(batch.malformed),
        )

    # Explicit, so that no environment variable can make Powertools log the event.
    @logger.inject_lambda_context(log_event=False)
    def handle(event: Any, context: LambdaContext) -> Response:  # noqa: ANN401 - anything that Lambda is invoked with
        batch = read_event(event, settings)
        log_keys(batch)
        # The result if deleting raises.
        result = failed_batch(batch, DeleteResult(not_deleted=[*range(len(batch.deletions))]))
        try:
            deletes = delete(batch, context)
            result = failed_batch(batch, deletes)
            if deletes.error and not count_done(batch, deletes):
                raise deletes.error
            result = quarantine_records(batch, deletes, settings, context)
        finally:
            if result.deletes.error:
                logger.error("Deletes stopped", reason=str(result.deletes.error))
            report(batch, result.deletes, settings, quarantined=result.quarantined, failed=len(result.failed))
        return _respond(result.failed)

    return handle


def _count_only(batch: ParsedBatch) -> DeleteResult:
    """Return the result of a dry run: all is deleted. For a redrive nothing is, so that it keeps its objects."""
    return DeleteResult(not_deleted=[*range(len(batch.deletions))]) if batch.is_redrive else DeleteResult(accepted=True)


def _respond(failed: Sequence[str | None]) -> Response:
    """Return the lowest failed sequence number: Lambda delivers that record and all after it again."""
    if not failed:
        return {"batchItemFailures": []}
    # A failed record without a number fails the whole batch: an empty identifier says so.
    numbers = [number for number in failed if number is not None]
    lowest = min(numbers, key=stream_order) if len(numbers) == len(failed) else ""
    return {"batchItemFailures": [{"itemIdentifier": lowest}]}
