"""The function that records go back to."""

import json
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from scavenger.records import is_sequence_number, stream_order
from scavenger.redaction import redact

from scavenger_ops.aws.ask import Patience
from scavenger_ops.command import CommandError
from scavenger_ops.readers import list_readers
from scavenger_ops.redrive.failure_object import split

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

# Beyond the function's own timeout, for the way there and back.
ANSWER_RESERVE_S = 10
# For when all of the function's concurrency is taken; the waits between them add up to some ten seconds.
INVOKE_ATTEMPTS = 5


class Target(NamedTuple):
    """The function, the ARNs of the tables whose streams it reads, and the other functions that read them."""

    functions: "LambdaClient"
    name: str
    tables: frozenset[str]
    others: frozenset[str] = frozenset()


def find_target(name: str, *, is_dry_run: bool) -> Target:
    """Find the function and what it reads.

    Raises CommandError if it reads no stream of DynamoDB's; or if it only counts, unless nothing is to be sent to it.
    """
    functions = boto3.client("lambda")
    try:
        configuration = functions.get_function_configuration(FunctionName=name)
    except functions.exceptions.ResourceNotFoundException:
        raise CommandError(
            f"There is no function {name} in {functions.meta.region_name}. Give the name of one that is there, or the "
            "Region and profile (AWS_REGION, AWS_PROFILE) where it is."
        ) from None
    counts_only = configuration.get("Environment", {}).get("Variables", {}).get("DRY_RUN") == "true"
    if counts_only and not is_dry_run:
        raise CommandError(
            f"Function {name} only counts what it would delete (dry_run), and reports all that it is sent as failed. "
            "Set dry_run to false, apply, and run this again; until then, --dry-run shows what there is."
        )
    readers = list_readers(functions, Patience())
    tables = frozenset(reader.table_arn for reader in readers if reader.function == name)
    if not tables:
        raise CommandError(
            f"Function {name} has no event source mapping of a DynamoDB stream, so it is not known which records are "
            "its own. Deploy the mapping first (make deploy)."
        )
    config = Config(
        read_timeout=configuration["Timeout"] + ANSWER_RESERVE_S,
        # So that nothing on the way forgets a connection that is silent for minutes.
        tcp_keepalive=True,
        retries={"mode": "standard", "total_max_attempts": INVOKE_ATTEMPTS},
    )
    others = frozenset(reader.function for reader in readers if reader.table_arn in tables) - {name}
    return Target(boto3.client("lambda", config=config), name, tables, others)


class Sent(NamedTuple):
    """How many records the function has done, why it has not done all, and whether it failed as a whole."""

    done: int
    reason: str = ""
    has_failed: bool = False


def send(target: Target, records: Sequence[Any], stop: threading.Event) -> Sent:
    """Invoke the function with the records, in order and in batches, until all are done or it gets no further.

    A batch with a record that cannot be done holds up no other; where the function fails as a whole, the rest is left.
    """
    done, reason = 0, ""
    for batch in split(records):
        sent = _send_batch(target, batch, stop)
        done, reason = done + sent.done, reason or sent.reason
        if sent.has_failed or stop.is_set():
            return Sent(done, reason, sent.has_failed)
    return Sent(done, reason)


def _send_batch(target: Target, batch: Sequence[Any], stop: threading.Event) -> Sent:
    """Invoke the function with what is left of the batch, again and again until nothing is, or it gets no further."""
    left = batch
    while left:
        if stop.is_set():
            return Sent(len(batch) - len(left), "It was interrupted.")
        try:
            still_left, reason = _undone(left, _invoke(target, left))
        except _FunctionError as error:
            return Sent(len(batch) - len(left), str(error), has_failed=True)
        if len(still_left) == len(left):
            return Sent(len(batch) - len(left), reason)
        left = still_left
    return Sent(len(batch))


class _FunctionError(Exception):
    """The function did not answer, or with an error."""


def _invoke(target: Target, records: Sequence[Any]) -> object:
    """Invoke the function with the records, and give its answer. Raises _FunctionError."""
    # They are kept already: the function is to report what it cannot delete, and not to keep it once more.
    event = json.dumps({"Records": records, "quarantine": False})
    try:
        answer = target.functions.invoke(FunctionName=target.name, Payload=event)
        said = json.loads(answer["Payload"].read())
    except ClientError as error:
        raise _FunctionError(f"Lambda did not invoke the function: {redact(error)}.") from error
    except (HTTPClientError, ValueError) as error:
        raise _FunctionError(f"The function's answer did not arrive ({type(error).__name__}).") from error
    if "FunctionError" in answer:
        raise _FunctionError(f"The function failed: {_error_message(said)}")
    return said


def _error_message(said: object) -> str:
    message = said.get("errorMessage") if isinstance(said, dict) else None
    return redact(message or said)


def _undone(records: Sequence[Any], said: object) -> tuple[Sequence[Any], str]:
    """Give the records from the lowest sequence number on that the function reports as failed.

    Source: services-ddb-batchfailurereporting.html.
    """
    try:
        failures = said["batchItemFailures"]  # type: ignore[index]
        numbers = [failure["itemIdentifier"] for failure in failures]
    except (TypeError, KeyError):
        failures, numbers = None, []
    lowest = min(numbers, key=stream_order, default=None) if all(map(is_sequence_number, numbers)) else None
    if failures == []:
        return [], ""
    if lowest is None:
        return records, f"The function answers {redact(said)}, which says that none is done."
    left = [record for record in records if not _is_before(record, lowest)]
    if len(left) in (0, len(records)):
        return records, f"The function reports record {lowest} as failed; its log says why."
    return left, f"The function reports record {lowest} as failed; its log says why."


def _is_before(record: dict[str, Any], number: str) -> bool:
    own = record["dynamodb"].get("SequenceNumber")
    return is_sequence_number(own) and stream_order(own) < stream_order(number)
