"""The function that records go back to."""

import json
import random
import threading
import time
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from scavenger.records import is_sequence_number, stream_order
from scavenger.redaction import redact

from scavenger_ops.aws.ask import FIRST_REQUESTS, RetryPolicy, ask
from scavenger_ops.aws.clients import connect
from scavenger_ops.aws.errors import AwsError
from scavenger_ops.command import CommandError
from scavenger_ops.redrive.failure_object import split
from scavenger_ops.stream_consumers import list_stream_consumers

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

# Beyond the function's own timeout, for the way there and back.
ANSWER_RESERVE_S = 10
# An invocation whose answer is lost on the way is sent once more; one that is not answered in its time is not.
INVOKE_ATTEMPTS = 2
# For when all of the function's concurrency is taken, which refuses an invocation at once and costs nothing.
THROTTLED_TIMEOUT_S = 60.0
THROTTLED_PAUSE_S = 4.0
# Of all of the account's, or of the function's. Source: API_Invoke.html.
THROTTLED = "TooManyRequestsException"
# An error's text needs no more of an answer, which may have megabytes.
MOST_TOLD_BYTES = 4000

CONFIGURATION = {
    "FunctionName": str,
    "FunctionArn": str,
    "Timeout": int,
    "Environment?": {"Variables?": {"DRY_RUN?": str}},
}
ANSWER = {"StatusCode": 200, "Payload": bytes, "FunctionError?": str}


class RedriveTarget(NamedTuple):
    """The function as it was named, and its own name; and the ARNs of the tables whose streams it reads.

    An invocation takes so many seconds at most, with the way there and back. It is given objects of the function of
    this ARN, and of those that were named besides.
    """

    functions: "LambdaClient"
    called: str
    name: str
    answer_s: float
    tables: frozenset[str]
    arn: str
    besides: frozenset[str] = frozenset()

    def takes_objects_of(self, function: str) -> bool:
        """Return whether it is given the objects of a function, which is named in any way."""
        return complete_arn(function, self.arn) in {self.arn, *self.besides}


def find_target(called: str, besides: str | None, *, is_dry_run: bool) -> RedriveTarget:
    """Find the function, by its name or ARN, with a version or an alias or without, and what it reads.

    It is given objects of another function, too, if one is named besides.

    Raises CommandError if it reads no stream of DynamoDB's; or if it only counts, unless nothing is to be sent to it.
    """
    functions = connect("lambda")
    configuration = ask(functions.get_function_configuration, CONFIGURATION, FIRST_REQUESTS, FunctionName=called)
    variables = configuration.get("Environment", {}).get("Variables", {})
    if variables.get("DRY_RUN") == "true" and not is_dry_run:
        raise CommandError(
            f"Function {called} only counts what it would delete (dry_run), and reports all that it is sent as failed. "
            "Set dry_run to false, apply, and run this again; until then, --dry-run shows what there is."
        )
    name, arn = configuration["FunctionName"], _without_qualifier(configuration["FunctionArn"])
    consumers = list_stream_consumers(functions, FIRST_REQUESTS)
    tables = frozenset(consumer.table_arn for consumer in consumers if _without_qualifier(consumer.function_arn) == arn)
    if not tables:
        raise CommandError(
            f"Function {called} has no event source mapping of a DynamoDB stream, so it is not known which records are "
            "its own. Deploy the mapping first (make deploy)."
        )
    answer_s = configuration["Timeout"] + ANSWER_RESERVE_S
    more = frozenset({complete_arn(besides, arn)} if besides else ())
    return RedriveTarget(connect("lambda", read_timeout_s=answer_s), called, name, answer_s, tables, arn, more)


def complete_arn(function: str, like: str) -> str:
    """Return a function's ARN, without version or alias; what its name leaves out is as in the other function's ARN."""
    before, is_there, name = f":{function}".partition(":function:")
    told = before.split(":")[1:] if is_there else []
    own = _without_qualifier(like).split(":")[:-2]
    # A name has the last parts of what an ARN has: the account, or nothing.
    parts = [part or usual for part, usual in zip_longest(reversed(told), reversed(own), fillvalue="")]
    return ":".join([*reversed(parts), "function", (name if is_there else function).split(":")[0]])


def _without_qualifier(arn: str) -> str:
    """Return a function's ARN without version or alias, arn:<partition>:lambda:<region>:<account>:function:<name>."""
    return ":".join(arn.split(":")[:7])


class SendResult(NamedTuple):
    """How many records the function has done, why it has not done all, and whether it failed as a whole."""

    done: int
    reason: str = ""
    has_failed: bool = False


def send(target: RedriveTarget, records: Sequence[Any], stop: threading.Event) -> SendResult:
    """Invoke the function with the records, in order and in batches, until all are done or it gets no further.

    A batch with a record that cannot be done holds up no other; where the function fails as a whole, the rest is left.
    """
    done, reason = 0, ""
    for batch in split(records):
        sent = _send_batch(target, batch, stop)
        done, reason = done + sent.done, reason or sent.reason
        if sent.has_failed:
            return SendResult(done, reason, has_failed=True)
    return SendResult(done, reason)


def _send_batch(target: RedriveTarget, batch: Sequence[Any], stop: threading.Event) -> SendResult:
    """Invoke the function with what is left of the batch, again and again until nothing is, or it gets no further."""
    left = batch
    while left:
        if stop.is_set():
            return SendResult(len(batch) - len(left), "It was interrupted.")
        try:
            still_left, reason = _undone(left, _invoke(target, left, stop))
        except _FunctionError as error:
            return SendResult(len(batch) - len(left), str(error), has_failed=True)
        if len(still_left) == len(left):
            return SendResult(len(batch) - len(left), reason)
        left = still_left
    return SendResult(len(batch))


class _FunctionError(Exception):
    """The function did not answer, or with an error."""


def _invoke(target: RedriveTarget, records: Sequence[Any], stop: threading.Event) -> bytes:
    """Invoke the function with the records, and return its answer. Raises _FunctionError."""
    # They are kept already: the function is to report what it cannot delete, and not to keep it once more.
    event = json.dumps({"Records": records, "quarantine": False})
    # It is not told to stop: a delete that is under way is waited for.
    retry_policy = RetryPolicy(target.answer_s, target.answer_s, max_attempts=INVOKE_ATTEMPTS)
    give_up_at = time.monotonic() + THROTTLED_TIMEOUT_S
    while True:
        try:
            answer = ask(target.functions.invoke, ANSWER, retry_policy, FunctionName=target.called, Payload=event)
            break
        except AwsError as error:
            is_over = stop.is_set() or time.monotonic() > give_up_at
            if error.fault.name != THROTTLED or is_over:
                raise _FunctionError(str(error)) from error
        stop.wait(random.uniform(0, THROTTLED_PAUSE_S))  # noqa: S311 - jitter is no secret
    said: bytes = answer["Payload"]  # type: ignore[assignment]  # `ask` has read the stream
    if "FunctionError" in answer:
        raise _FunctionError(f"The function failed: {_error_message(said)}")
    return said


def _error_message(said: bytes) -> str:
    """Return what the function says of its error, or the beginning of its answer."""
    try:
        told = _load(said)
    except (ValueError, RecursionError):
        told = None
    message = told.get("errorMessage") if isinstance(told, dict) else None
    return redact(message) if message and isinstance(message, str) else _begin(said)


def _undone(records: Sequence[Any], said: bytes) -> tuple[Sequence[Any], str]:
    """Return the records from the lowest sequence number on that the function reports as failed, and the reason.

    Of Lambda's answers for success only the plain one is taken: an empty list of failures. It also takes {}, null and
    nothing for success, which a function gives that knows nothing of failures.
    Source: services-ddb-batchfailurereporting.html.
    """
    try:
        failures = _load(said)["batchItemFailures"]
        numbers = [failure["itemIdentifier"] for failure in failures]
    except (ValueError, RecursionError, TypeError, LookupError):
        failures, numbers = None, []
    if failures == []:
        return [], ""
    own = {stream_order(number) for record in records if is_sequence_number(number := _number(record))}
    if not numbers or not all(is_sequence_number(number) and stream_order(number) in own for number in numbers):
        return records, f"The function answers {_begin(said)}, which does not say which of its records are done."
    lowest = min(numbers, key=stream_order)
    left = [record for record in records if not _is_before(record, lowest)]
    return left, f"The function reports record {lowest} as failed; its log says why."


def _load(said: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return what JSON says. Python also takes NaN and Infinity, which is none."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(constant)

    return json.loads(said, parse_constant=refuse)


def _begin(said: bytes) -> str:
    return redact(said[:MOST_TOLD_BYTES].decode(errors="replace")) or "nothing"


def _is_before(record: dict[str, Any], number: str) -> bool:
    own = _number(record)
    return is_sequence_number(own) and stream_order(own) < stream_order(number)


def _number(record: dict[str, Any]) -> object:
    return record["dynamodb"].get("SequenceNumber")
