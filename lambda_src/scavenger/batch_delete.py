"""Deletes many rows of one table, in order, with several requests in flight."""

import heapq
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from scavenger.clients import CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from scavenger.delete_request import OtherKeyError, Reply, made_up_key, send_deletes
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

    Rejected is a key that DynamoDB refuses although it accepts others; accepted says whether it did accept any.
    Unprocessed is how often a delete had to be sent again or left, and faults are the errors met, by their names.
    """

    undone: list[int] = field(default_factory=list)
    rejected: list[int] = field(default_factory=list)
    accepted: bool = False
    requests: int = 0
    unprocessed: int = 0
    write_units: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)


class _Request(NamedTuple):
    """A request in flight: the places of its keys in the order given, and the pace's generation when it started.

    Without places it is for a made-up key.
    """

    places: list[int]
    generation: int


def delete_batch(  # noqa: PLR0913 - each is something that only the caller knows
    client: "DynamoDBClient",
    table: Table,
    keys: Sequence[Key],
    *,
    pace: Pace,
    remaining_s: Callable[[], float],
    ask_first: bool = False,
) -> Outcome:
    """Delete the rows with these keys, in order, as far as the time goes; what is left undone is for a later call.

    Takes different keys in DynamoDB's attribute value form, a pace that no other call has at the same time, a function
    that gives the seconds until the caller is stopped, and whether to ask the table first, by a made-up key, if it has
    the key that it is said to have. Raises TableError where trying again cannot help (a missing table or permission,
    for one). Which rows are gone then is unknown; to delete them again does no harm.
    """
    run = _Run(client, table, keys, pace, remaining_s, ask_first=ask_first)
    try:
        while run.start_requests():
            run.collect_replies()
        return run.outcome()
    finally:
        run.close()


class _Run:
    """The state of one call of delete_batch, all of which its own thread keeps; the others only send."""

    def __init__(  # noqa: PLR0913 - what delete_batch takes
        self,
        client: "DynamoDBClient",
        table: Table,
        keys: Sequence[Key],
        pace: Pace,
        remaining_s: Callable[[], float],
        *,
        ask_first: bool,
    ) -> None:
        self._client = client
        self._table = table
        self._keys = keys
        self._remaining_s = remaining_s
        self._pace = pace
        self._pace.begin()
        self._in_flight: InFlight[_Request, Reply] = InFlight(pace.max_in_flight)
        # The place of the first key that was not sent yet.
        self._next = 0
        # A heap, so that what comes back undone is sent again before what comes later in the stream.
        self._sent_back: list[int] = []
        # Refused requests and parts of them, which go alone until the key that is refused is known.
        self._suspects: list[list[int]] = []
        # Whether a made-up key is to be sent, as long as the table has accepted none.
        self._must_ask = ask_first
        self._outcome = Outcome()

    def start_requests(self) -> bool:
        """Start what pace and time allow, and say whether there is anything to wait for."""
        while (
            self._has_time() and self._pace.allows(len(self._in_flight)) and (places := self._take_places()) is not None
        ):
            keys = [self._keys[place] for place in places] or [made_up_key(self._table)]
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
        is_known = self._outcome.accepted and self._suspects
        return bool(self._must_ask or is_known or self._sent_back or self._may_begin())

    def _take_places(self) -> list[int] | None:
        """Take what the next request is for: a made-up key, what was begun before, and as much more as may be begun."""
        if self._must_ask:
            self._must_ask = False
            return []
        if self._outcome.accepted and self._suspects:
            return self._suspects.pop()
        count = min(MAX_DELETES_A_REQUEST, len(self._sent_back))
        new = min(MAX_DELETES_A_REQUEST - count, self._may_begin())
        places = [heapq.heappop(self._sent_back) for _ in range(count)]
        places += range(self._next, self._next + new)
        self._next += new
        return places or None

    def _may_begin(self) -> int:
        """Say how many more keys may be begun, beside those that are; one always may, if there is no other.

        What is undone in the end has to be a suffix of the keys: Lambda starts again at the first undone, and what was
        done after it would be paid for twice.
        """
        unsent = len(self._keys) - self._next
        begun = sum(map(len, self._begun()))
        more = max(0 if begun else 1, self._pace.may_be_begun(self._remaining_s() - START_RESERVE_S) - begun)
        return unsent if more >= unsent else int(more)

    def _begun(self) -> list[list[int]]:
        """Give the places whose keys were sent and are not done, in groups."""
        return [self._sent_back, *self._suspects, *(request.places for request in self._in_flight.requests())]

    def _narrow_down(self, places: list[int]) -> None:
        """Halve a refused request, down to the key that is refused; but first see the table accept another.

        Raises OtherKeyError if it is not the key's fault but the whole table's.
        """
        if not self._outcome.accepted:
            if not places:
                raise OtherKeyError(self._table)
            self._suspects.append(places)
            self._must_ask = True
        elif len(places) == 1:
            self._outcome.rejected += places
        else:
            half = len(places) // 2
            self._suspects += [part for part in (places[half:], places[:half]) if part]

    def _take_in(self, request: _Request, reply: Reply) -> None:
        undone = len(reply.undone)
        done = max(1, len(request.places)) - undone
        self._pace.answered(request.generation, done, undone)
        self._outcome.write_units += reply.write_units
        self._outcome.accepted = self._outcome.accepted or done > 0
        self._must_ask = not self._outcome.accepted and (self._must_ask or not request.places)
        if reply.fault:
            self._outcome.faults[reply.fault] += 1
        if request.places:
            self._outcome.unprocessed += undone
            for index in reply.undone:
                heapq.heappush(self._sent_back, request.places[index])
