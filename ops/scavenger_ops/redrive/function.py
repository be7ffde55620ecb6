"""Finds the function to which records are sent, and invokes it with them."""

import json
import random
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.aws.ask import FIRST_REQUESTS, RetryPolicy, ask
from reconciler.aws.clients import connect
from reconciler.aws.errors import AwsError
from reconciler.explained_error import ExplainedError
from reconciler.function_name import read_configuration
from reconciler.stream_consumers import list_stream_consumers
from scavenger.records import CHANGES, is_sequence_number, stream_order
from scavenger.redaction import redact
from scavenger.settings import SettingsError, read_settings

from scavenger_ops.redrive.failure_object import split
from scavenger_ops.redrive.strict_json import read_json

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

# Added to the function's own timeout, for the network.
ANSWER_RESERVE_S = 10
# An invocation whose response is lost is sent once more. One without a response in its time is not.
INVOKE_ATTEMPTS = 2
# How long to retry while the function's concurrency is used up. Lambda then refuses at once, at no cost.
THROTTLED_TIMEOUT_S = 60.0
THROTTLED_BACKOFF_S = 4.0
# The account's concurrency, or the function's. Source: API_Invoke.html.
THROTTLED = "TooManyRequestsException"
# Why records are left after Ctrl-C.
INTERRUPTED = "The redrive was interrupted."
# The longest part of a response, which may have megabytes, for an error's text.
MOST_TOLD_BYTES = 4000

CONFIGURATION = {
    "FunctionName": str,
    "FunctionArn": str,
    "Timeout": int,
    "Environment?": {"Variables?": {"DRY_RUN?": str}, "Error?": dict},
}
ANSWER = {"StatusCode": 200, "Payload": bytes, "FunctionError?": str}


class RedriveTarget(NamedTuple):
    """The function to send records to.

    `called` is its name as the user gave it, `name` its own name. `answer_s` is the longest time of an invocation, with
    the network, in seconds. `tables` are the ARNs of the tables whose streams it reads. It gets the objects of the
    function `arn`, without version or alias, and of the functions `besides`. `environment` is as Lambda returns it.
    It handles the changes `event_names`, and ignores any other.
    """

    functions: "LambdaClient"
    called: str
    name: str
    answer_s: float
    tables: frozenset[str]
    arn: str
    besides: frozenset[str] = frozenset()
    environment: Mapping[str, Any] = {}
    event_names: Collection[str] = CHANGES

    def takes_objects_of(self, function: str) -> bool:
        """Return whether it gets the objects of a function, given by name, partial ARN or ARN."""
        return complete_arn(function, self.arn) in {self.arn, *self.besides}


def find_target(called: str, besides: str | None, *, is_dry_run: bool) -> RedriveTarget:
    """Find the function by its name or ARN, with or without version or alias, and the tables whose streams it reads.

    `besides` names another function whose objects it also gets. Raises ExplainedError if it reads no DynamoDB stream,
    or if it only counts (dry_run) and this is not a dry run of the command.
    """
    functions = connect("lambda")
    configuration = read_configuration(functions, called, CONFIGURATION)
    environment = configuration.get("Environment", {})
    if environment.get("Variables", {}).get("DRY_RUN") == "true" and not is_dry_run:
        raise ExplainedError(
            f"Function {called} only counts rows (dry_run = true), and would report every record as failed. Set "
            "dry_run to false, apply the configuration, then run this again. Until then, --dry-run shows what is in "
            "the bucket."
        )
    name, arn = configuration["FunctionName"], _without_qualifier(configuration["FunctionArn"])
    consumers = list_stream_consumers(functions, FIRST_REQUESTS)
    tables = frozenset(consumer.table_arn for consumer in consumers if _without_qualifier(consumer.function_arn) == arn)
    if not tables:
        raise ExplainedError(
            f"Function {called} has no event source mapping of a DynamoDB stream, so it is unknown which records "
            "belong to it. Apply the function's configuration, which creates the mapping, then run this again."
        )
    answer_s = configuration["Timeout"] + ANSWER_RESERVE_S
    more = frozenset({complete_arn(besides, arn)} if besides else ())
    client = connect("lambda", read_timeout_s=answer_s)
    return RedriveTarget(client, called, name, answer_s, tables, arn, more, environment, _event_names(environment))


def _event_names(environment: Mapping[str, Any]) -> Collection[str]:
    """Return the changes that the function handles. Without its settings, that may be any.

    Such a redrive sends more than it must. If it sent less, it would remove an object that is not done.
    """
    try:
        return read_settings(environment.get("Variables", {})).event_names
    except SettingsError:
        return CHANGES


def complete_arn(function: str, like: str) -> str:
    """Return a function's ARN without version or alias. Parts that `function` lacks come from the ARN `like`."""
    before, is_there, name = f":{function}".partition(":function:")
    told = before.split(":")[1:] if is_there else []
    own = _without_qualifier(like).split(":")[:-2]
    # A partial ARN has the last of these parts, the account; a name has none.
    parts = [part or usual for part, usual in zip_longest(reversed(told), reversed(own), fillvalue="")]
    return ":".join([*reversed(parts), "function", (name if is_there else function).split(":")[0]])


def _without_qualifier(arn: str) -> str:
    """Return a function's ARN without version or alias: arn:<partition>:lambda:<region>:<account>:function:<name>."""
    return ":".join(arn.split(":")[:7])


class SendResult(NamedTuple):
    """How many records the function handled, why not all, and whether the function itself failed."""

    done: int
    reason: str = ""
    has_failed: bool = False


def send(target: RedriveTarget, records: Sequence[Any], stop: threading.Event) -> SendResult:
    """Invoke the function with the records, in order and in batches, until all are done or it makes no progress.

    A batch with a record that fails does not hold up the others. If the function itself fails, the rest is not sent.
    """
    done, reason = 0, ""
    for batch in split(records):
        sent = _send_batch(target, batch, stop)
        done, reason = done + sent.done, reason or sent.reason
        if sent.has_failed:
            return SendResult(done, reason, has_failed=True)
    return SendResult(done, reason)


def _send_batch(target: RedriveTarget, batch: Sequence[Any], stop: threading.Event) -> SendResult:
    """Invoke the function with the batch's remaining records until none remain, or it makes no progress."""
    left = batch
    while left:
        if stop.is_set():
            return SendResult(len(batch) - len(left), INTERRUPTED)
        try:
            still_left, reason = _remaining(left, _invoke(target, left, stop))
        except _FunctionError as error:
            return SendResult(len(batch) - len(left), str(error), has_failed=True)
        if len(still_left) == len(left):
            return SendResult(len(batch) - len(left), reason)
        left = still_left
    return SendResult(len(batch))


class _FunctionError(Exception):
    """The invocation failed, or the function returned an error."""


def _invoke(target: RedriveTarget, records: Sequence[Any], stop: threading.Event) -> bytes:
    """Invoke the function with the records, and return its response. Raises _FunctionError."""
    # The records are in the bucket already: the function must report what fails, not quarantine it again.
    event = json.dumps({"Records": records, "quarantine": False})
    # No stop event: a delete in progress is waited for.
    retry_policy = RetryPolicy(target.answer_s, target.answer_s, max_attempts=INVOKE_ATTEMPTS)
    ends_at = time.monotonic() + THROTTLED_TIMEOUT_S
    while True:
        try:
            answer = ask(target.functions.invoke, ANSWER, retry_policy, FunctionName=target.called, Payload=event)
            break
        except AwsError as error:
            is_over = stop.is_set() or time.monotonic() > ends_at
            if error.fault.name != THROTTLED or is_over:
                raise _FunctionError(str(error)) from error
        stop.wait(random.uniform(0, THROTTLED_BACKOFF_S))  # noqa: S311 - jitter is no secret
    said: bytes = answer["Payload"]  # type: ignore[assignment]  # `ask` has read the stream
    if "FunctionError" in answer:
        raise _FunctionError(f"The function failed: {_error_message(said)}")
    return said


def _error_message(said: bytes) -> str:
    """Return the function's error message, or the beginning of its response."""
    try:
        told = read_json(said)
    except (ValueError, RecursionError):
        told = None
    message = told.get("errorMessage") if isinstance(told, dict) else None
    return redact(message) if message and isinstance(message, str) else _begin(said)


def _remaining(records: Sequence[Any], said: bytes) -> tuple[Sequence[Any], str]:
    """Return the remaining records, from the lowest sequence number that the function reports as failed, and why.

    Only an empty list of batch item failures counts as success. Lambda also accepts {}, null and an empty response,
    but these are also the responses of a function that reports no failures.
    Source: services-ddb-batchfailurereporting.html.
    """
    try:
        failures = read_json(said)["batchItemFailures"]
        numbers = [failure["itemIdentifier"] for failure in failures]
    except (ValueError, RecursionError, TypeError, LookupError):
        failures, numbers = None, []
    if failures == []:
        return [], ""
    own = {stream_order(number) for record in records if is_sequence_number(number := _number(record))}
    if not numbers or not all(is_sequence_number(number) and stream_order(number) in own for number in numbers):
        return records, f"The function returned {_begin(said)}, which does not say which records it handled."
    lowest = min(numbers, key=stream_order)
    left = [record for record in records if not _is_before(record, lowest)]
    return left, f"The function reports record {lowest} as failed. Its log says why."


def _begin(said: bytes) -> str:
    return redact(said[:MOST_TOLD_BYTES].decode(errors="replace")) or "nothing"


def _is_before(record: dict[str, Any], number: str) -> bool:
    own = _number(record)
    return is_sequence_number(own) and stream_order(own) < stream_order(number)


def _number(record: dict[str, Any]) -> object:
    return record["dynamodb"].get("SequenceNumber")
