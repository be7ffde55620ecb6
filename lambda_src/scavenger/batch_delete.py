"""Deletes many rows of one table, in order, with several requests in flight."""

import heapq
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.parsers import ResponseParserError

from scavenger.client import CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from scavenger.pace import Pace
from scavenger.records import Deletion, key_identity

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import BatchWriteItemOutputTypeDef, WriteRequestTypeDef

# Source: API_BatchWriteItem.html.
MAX_DELETIONS_A_REQUEST = 25

# What it takes, after the last answer, to write the log and return.
FINISH_RESERVE_S = 1.0
# A request that starts with less than this left might not be answered in time.
START_RESERVE_S = CONNECT_TIMEOUT_S + READ_TIMEOUT_S + FINISH_RESERVE_S

# Throttling, and a write to the same row in another Region; beside any 5xx. Sources: API_BatchWriteItem.html,
# Programming.Errors.html.
_PASSING = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "ThrottlingException",
    }
)
_LOWEST_SERVER_ERROR = 500
_IN_TRANSIT = (BotoConnectionError, HTTPClientError, IncompleteReadError, ResponseParserError)


@dataclass(slots=True)
class Outcome:
    """What became of the deletions: all but the undone ones, which keep their order, were deleted.

    Unprocessed is how often a deletion had to be sent again or left, for throttling or a fault on the way.
    """

    undone: list[Deletion] = field(default_factory=list)
    requests: int = 0
    unprocessed: int = 0
    write_units: float = 0.0


class _Request(NamedTuple):
    """A request in flight: the places of its deletions in the order given, and the pace it started at."""

    places: list[int]
    generation: int


class _Reply(NamedTuple):
    """What a request came to: the indices of its deletions that are to be sent again, and the write units it took."""

    undone: Collection[int]
    write_units: float


def delete_batch(
    client: "DynamoDBClient",
    table_name: str,
    deletions: Sequence[Deletion],
    *,
    max_in_flight: int,
    remaining_s: Callable[[], float],
) -> Outcome:
    """Delete rows in the order given, as far as the time goes; what is left undone is for a later call.

    Takes deletions of different keys, and a function that gives the seconds until the caller is stopped. Raises what
    botocore raises where trying again cannot help (a ClientError for a missing table or permission, for one). Which
    rows are gone then is unknown; to delete them again does no harm.
    """
    run = _Run(client, table_name, deletions, max_in_flight, remaining_s)
    try:
        while run.start_requests():
            run.collect_replies()
        return run.outcome()
    finally:
        run.close()


class _Run:
    """The state of one call of delete_batch, all of which its own thread keeps; the others only send."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table_name: str,
        deletions: Sequence[Deletion],
        max_in_flight: int,
        remaining_s: Callable[[], float],
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._deletions = deletions
        self._remaining_s = remaining_s
        self._pace = Pace(max_in_flight)
        self._pool = ThreadPoolExecutor(max_in_flight, thread_name_prefix="delete")
        # A heap, so that what comes back undone is sent again before what comes later in the stream.
        self._pending = list(range(len(deletions)))
        self._in_flight: dict[Future[_Reply], _Request] = {}
        self._outcome = Outcome()

    def start_requests(self) -> bool:
        """Start what pace and time allow, and say whether there is anything to wait for."""
        while self._may_start() and self._pace.allows(len(self._in_flight)):
            size = min(MAX_DELETIONS_A_REQUEST, len(self._pending))
            places = [heapq.heappop(self._pending) for _ in range(size)]
            chunk = [self._deletions[place] for place in places]
            future = self._pool.submit(_send, self._client, self._table_name, chunk)
            self._in_flight[future] = _Request(places, self._pace.generation)
            self._outcome.requests += 1
        if self._in_flight:
            return self._remaining_s() > FINISH_RESERVE_S
        return self._may_start()

    def collect_replies(self) -> None:
        """Wait until a request is answered or the next may start, and take in what was answered."""
        pause_s = self._pace.wait_s()
        if not self._in_flight:
            time.sleep(pause_s)
            return
        timeout_s = self._remaining_s() - FINISH_RESERVE_S
        if self._pending and pause_s:
            timeout_s = min(timeout_s, pause_s)
        answered, _ = wait(self._in_flight, timeout_s, FIRST_COMPLETED)
        for future in answered:
            self._take_in(self._in_flight.pop(future), future.result())

    def outcome(self) -> Outcome:
        """Give the outcome, in which what is pending or still unanswered counts as undone."""
        unanswered = [place for request in self._in_flight.values() for place in request.places]
        self._outcome.undone = [self._deletions[place] for place in sorted(self._pending + unanswered)]
        return self._outcome

    def close(self) -> None:
        """Let go of the threads; one that is still sending is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _may_start(self) -> bool:
        """Say whether there is something to send, and the time to wait for its turn and its answer."""
        return bool(self._pending) and self._remaining_s() - self._pace.wait_s() > START_RESERVE_S

    def _take_in(self, request: _Request, reply: _Reply) -> None:
        for index in reply.undone:
            heapq.heappush(self._pending, request.places[index])
        self._outcome.unprocessed += len(reply.undone)
        self._outcome.write_units += reply.write_units
        if reply.undone:
            self._pace.slow_down(request.generation)
        else:
            self._pace.speed_up()


def _send(client: "DynamoDBClient", table_name: str, chunk: Sequence[Deletion]) -> _Reply:
    """Send one request; raise only what trying again cannot help."""
    deletes: list[WriteRequestTypeDef] = [{"DeleteRequest": {"Key": deletion.key}} for deletion in chunk]
    try:
        answer = client.batch_write_item(RequestItems={table_name: deletes}, ReturnConsumedCapacity="TOTAL")
    except ClientError as error:
        if not _is_passing(error):
            raise
        return _Reply(range(len(chunk)), 0.0)
    except _IN_TRANSIT:
        # Whether it was carried out is unknown.
        return _Reply(range(len(chunk)), 0.0)
    write_units = sum(table.get("CapacityUnits", 0.0) for table in answer.get("ConsumedCapacity", []))
    return _Reply(_undone(answer, table_name, chunk), write_units)


def _is_passing(error: ClientError) -> bool:
    """Say whether the error is one that may be gone the next time."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return error.response["Error"]["Code"] in _PASSING or status >= _LOWEST_SERVER_ERROR


def _undone(answer: "BatchWriteItemOutputTypeDef", table_name: str, chunk: Sequence[Deletion]) -> Collection[int]:
    """Find the deletions that DynamoDB sent back."""
    if "UnprocessedItems" not in answer:
        # DynamoDB always says. botocore makes an empty answer of a body that is cut short, which is no success.
        return range(len(chunk))
    sent_back = answer["UnprocessedItems"].get(table_name, [])
    if not sent_back:
        return ()
    index_of = {key_identity(deletion.key): index for index, deletion in enumerate(chunk)}
    try:
        return {index_of[key_identity(request["DeleteRequest"]["Key"])] for request in sent_back}
    except KeyError:
        # It names a key in other words than we did. To send all again does no harm; to miss one would.
        return range(len(chunk))
