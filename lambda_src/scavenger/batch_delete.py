"""Deletes many rows of one table, in order, with several requests in flight."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from scavenger.clients import CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from scavenger.delete_request import Reply, accepts_its_key, send_deletes
from scavenger.in_flight import InFlight
from scavenger.pace import Pace
from scavenger.records import Key
from scavenger.settings import Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Source: API_BatchWriteItem.html.
MAX_DELETES_A_REQUEST = 25

# What it takes, after the last answer, to put rejected records into the failure bucket, write the log and return.
FINISH_RESERVE_S = 6.0
# A request that starts with less than this left might not be answered in time.
START_RESERVE_S = CONNECT_TIMEOUT_S + READ_TIMEOUT_S + FINISH_RESERVE_S


@dataclass(slots=True)
class Outcome:
    """What became of the keys, by their places in the order given: all but the undone and the rejected were deleted.

    Rejected is a key that DynamoDB refuses although it accepts others. Unprocessed is how often a delete had to be sent
    again or left, for throttling or a fault on the way.
    """

    undone: list[int] = field(default_factory=list)
    rejected: list[int] = field(default_factory=list)
    requests: int = 0
    unprocessed: int = 0
    write_units: float = 0.0


class _Request(NamedTuple):
    """A request in flight: the places of its keys in the order given, and the pace's generation when it started."""

    places: list[int]
    generation: int


def delete_batch(
    client: "DynamoDBClient",
    table: Table,
    keys: Sequence[Key],
    *,
    max_in_flight: int,
    remaining_s: Callable[[], float],
) -> Outcome:
    """Delete the rows with these keys, in order, as far as the time goes; what is left undone is for a later call.

    Takes different keys in DynamoDB's attribute value form, and a function that gives the seconds until the caller is
    stopped. Raises TableError where trying again cannot help (a missing table or permission, for one). Which rows are
    gone then is unknown; to delete them again does no harm.
    """
    run = _Run(client, table, keys, max_in_flight, remaining_s)
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
        table: Table,
        keys: Sequence[Key],
        max_in_flight: int,
        remaining_s: Callable[[], float],
    ) -> None:
        self._client = client
        self._table = table
        self._keys = keys
        self._remaining_s = remaining_s
        self._pace = Pace(max_in_flight)
        self._in_flight: InFlight[_Request, Reply] = InFlight(max_in_flight)
        # The place of the first key that was not sent yet.
        self._next = 0
        # A heap, so that what comes back undone is sent again before what comes later in the stream.
        self._sent_back: list[int] = []
        # Parts of refused requests, which go alone until the key that is refused is known.
        self._suspects: list[list[int]] = []
        self._is_key_accepted = False
        self._outcome = Outcome()

    def start_requests(self) -> bool:
        """Start what pace and time allow, and say whether there is anything to wait for."""
        while self._has_time() and self._pace.allows(len(self._in_flight)) and (places := self._take_places()):
            keys = [self._keys[place] for place in places]
            request = _Request(places, self._pace.generation)
            self._in_flight.start(request, partial(send_deletes, self._client, self._table, keys))
            self._pace.started()
            self._outcome.requests += 1
        if self._in_flight:
            return self._remaining_s() > FINISH_RESERVE_S
        return self._has_time() and self._has_work()

    def collect_replies(self) -> None:
        """Wait until a request is answered or the next may start, and take in what was answered."""
        timeout_s = self._remaining_s() - FINISH_RESERVE_S
        pause_s = self._pace.wait_s()
        # With nothing in flight there is only the pause to wait for, though it may have ended just now.
        if pause_s or not self._in_flight:
            timeout_s = min(timeout_s, pause_s)
        for request, reply in self._in_flight.wait(timeout_s):
            self._outcome.write_units += reply.write_units
            if reply.is_refused:
                self._narrow_down(request.places)
            else:
                self._take_in(request, reply)

    def outcome(self) -> Outcome:
        """Give the outcome, in which what is unsent, sent back or still unanswered counts as undone."""
        begun = sorted(place for places in self._begun() for place in places)
        self._outcome.undone = [*begun, *range(self._next, len(self._keys))]
        self._outcome.rejected.sort()
        return self._outcome

    def close(self) -> None:
        """Let go of the threads."""
        self._in_flight.close()

    def _has_time(self) -> bool:
        """Say whether the time is enough for a request to wait for its turn and its answer."""
        return self._remaining_s() - self._pace.wait_s() > START_RESERVE_S

    def _has_work(self) -> bool:
        return bool(self._suspects or self._sent_back or self._may_begin())

    def _take_places(self) -> list[int]:
        """Take what the next request is for: what was begun before, then as much that is new as may be begun."""
        if self._suspects:
            return self._suspects.pop()
        count = min(MAX_DELETES_A_REQUEST, len(self._sent_back))
        new = min(MAX_DELETES_A_REQUEST - count, self._may_begin())
        places = [heapq.heappop(self._sent_back) for _ in range(count)]
        places += range(self._next, self._next + new)
        self._next += new
        return places

    def _may_begin(self) -> int:
        """Say how many more keys may be begun, beside those that are.

        What is undone in the end has to be a suffix of the keys: Lambda starts again at the first undone, and what was
        done after it would be paid for twice.
        """
        unsent = len(self._keys) - self._next
        more = self._pace.may_be_begun(self._remaining_s() - START_RESERVE_S) - sum(map(len, self._begun()))
        return unsent if more >= unsent else max(0, int(more))

    def _begun(self) -> list[list[int]]:
        """Give the places whose keys were sent and are not done, in groups."""
        return [self._sent_back, *self._suspects, *(request.places for request in self._in_flight.requests())]

    def _narrow_down(self, places: list[int]) -> None:
        """Halve a refused request, down to the key that is refused.

        Raises TableError if it is not the key's fault but the whole table's. Only what is refused after the table was
        seen to accept others is held against the key.
        """
        if self._is_key_accepted and len(places) == 1:
            self._outcome.rejected += places
        elif self._is_key_accepted:
            half = len(places) // 2
            self._suspects += [places[half:], places[:half]]
        elif self._has_time() and accepts_its_key(self._client, self._table):
            self._is_key_accepted = True
            self._suspects.append(places)
        else:
            # It cannot be said now, the table being throttled for instance.
            self._take_in(_Request(places, self._pace.generation), Reply(range(len(places))))

    def _take_in(self, request: _Request, reply: Reply) -> None:
        undone = len(reply.undone)
        done = len(request.places) - undone
        for index in reply.undone:
            heapq.heappush(self._sent_back, request.places[index])
        self._outcome.unprocessed += undone
        self._is_key_accepted = self._is_key_accepted or done > 0
        self._pace.answered(request.generation, done, undone)
