"""The way of one invocation: event, deletions, outcome, response."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from scavenger.batch_delete import Outcome, delete_batch
from scavenger.records import Batch, read_event
from scavenger.settings import Settings
from scavenger.telemetry import announce, logger, report

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Response = dict[str, list[dict[str, str]]]
Handler = Callable[[Any, LambdaContext], Response]


def make_handler(settings: Settings, client: "DynamoDBClient") -> Handler:
    """Make the function that Lambda calls with an event of a DynamoDB stream and its context.

    It gives the response of ReportBatchItemFailures: the lowest sequence number that has to be delivered again, if any.
    It raises what concerns the whole batch: EventError, and what delete_batch raises.
    """

    # Said outright, so that no environment variable can make Powertools log the event.
    @logger.inject_lambda_context(log_event=False)
    def handle(event: Any, context: LambdaContext) -> Response:  # noqa: ANN401 - whatever Lambda is invoked with
        batch = read_event(event)
        announce(batch)
        # If it raises, what it deleted is unknown: then all of it counts as undone.
        outcome = Outcome(undone=batch.deletions)
        try:
            outcome = delete_batch(
                client,
                settings.staging_table_name,
                batch.deletions,
                max_in_flight=settings.max_requests_in_flight,
                remaining_s=lambda: context.get_remaining_time_in_millis() / 1000,
            )
        finally:
            report(batch, outcome)
        return _respond(batch, outcome)

    return handle


def _respond(batch: Batch, outcome: Outcome) -> Response:
    """Name the lowest sequence number of what failed: Lambda delivers that record and all after it again."""
    numbers = [deletion.sequence_number for deletion in outcome.undone]
    # A record without a number makes it the whole batch, which is what an empty identifier says.
    numbers += [record.sequence_number or "" for record in batch.malformed]
    if not numbers:
        return {"batchItemFailures": []}
    lowest = "" if "" in numbers else min(numbers, key=int)
    return {"batchItemFailures": [{"itemIdentifier": lowest}]}
