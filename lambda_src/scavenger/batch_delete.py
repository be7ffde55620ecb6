"""Deletes many rows of one table, in order, with several requests in flight."""

import heapq
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from scavenger.clients import CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from scavenger.delete_request import (
    OtherKeyError,
    Reply,
    TableError,
    probe_key,
    send_deletes,
    table_error,
    words_about_key,
)
from scavenger.faults import Fault
from scavenger.in_flight import InFlight
from scavenger.keys import Key
from scavenger.pace import Pace
from scavenger.settings import Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Source: API_BatchWriteItem.html.
MAX_DELETES_A_REQUEST = 25

# What it takes, after the last answer, to put rejected records into the failure bucket, write the log and return.
FINISH_RESERVE_S = 6.0
# A request that starts with less than this left might not be answered in time.
START_RESERVE_S = CONNECT_TIMEOUT_S + READ_TIMEOUT_S + FINISH_RESERVE_S
# One refusal is no proof: people report keys that DynamoDB refuses once and takes the next time (boto3 issue 4709).
REFUSALS_THAT_COUNT = 2


@dataclass(slots=True)
class Outcome:
    """The result of the deletes, by their places in the order given: all but the undone and the rejected were deleted.

    Rejected is a key that DynamoDB refuses twice although it accepts others, with its words on the key's form. Accepted
    says whether it did accept any. Unprocessed is how often a delete had to be sent again or left, and faults are the
    errors met, by their names. The error, if any, is why nothing more was tried.
    """

    undone: list[int] = field(default_factory=list)
    rejected: dict[int, str] = field(default_factory=dict)
    accepted: bool = False
    requests: int = 0
    unprocessed: int = 0
    write_units: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    error: TableError | None = None


class _Request(NamedTuple):
    """A request in flight: the places of its keys in the order given, and the pace's generation when it started.

    Without places it is for a probe key.
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
    that returns the seconds until the caller is stopped, and whether to ask the table first, by a probe key, if it has
    the key that it is said to have. The outcome has an error where trying again cannot help now (a missing table or
    permission, for one), or where nothing was accepted in all the time for a reason that nobody knows. Which of the
    undone rows are gone then is unknown; to delete them again does no harm.
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
        self._had_s = remaining_s()
        self._pace = pace
        self._pace.begin()
        self._in_flight: InFlight[_Request, Reply] = InFlight(pace.max_in_flight)
        # The place of the first key that was not sent yet.
        self._next = 0
        # A heap, so that what comes back undone is sent again before what comes later in the stream.
        self._sent_back: list[int] = []
        # Refused requests and parts of them, which go alone until the key that is refused is known.
        self._suspects: list[list[int]] = []
        # How often a key was refused that was alone in its request. The probe key has no place.
        self._refusals: Counter[int | None] = Counter()
        # Whether a probe key is to be sent, as long as the table has accepted none.
        self._must_probe = ask_first
        # The generation of the request that the table was first missing or forbidden to, since it accepted one.
        self._denied_in: int | None = None
        # Why the table seems to accept nothing. Nothing more is sent then, but what is under way may disprove it.
        self._error: TableError | None = None
        # The last fault, as long as none was accepted.
        self._last_fault: Fault | None = None
        self._outcome = Outcome()

    def start_requests(self) -> bool:
        """Start what pace and time allow, and return whether there is anything to wait for."""
        while (
            self._error is None
            and self._has_time()
            and self._pace.allows(len(self._in_flight))
            and (places := self._take_places()) is not None
        ):
            keys = [self._keys[place] for place in places] or [probe_key(self._table)]
            request = _Request(places, self._pace.generation)
            self._in_flight.start(request, partial(send_deletes, self._client, self._table, keys))
            self._pace.started()
            self._outcome.requests += 1
        if self._in_flight:
            return self._remaining_s() > FINISH_RESERVE_S
        return self._error is None and self._has_time() and self._has_work()

    def collect_replies(self) -> None:
        """Wait until a request is answered or the next may start, and take in what was answered."""
        timeout_s = self._remaining_s() - FINISH_RESERVE_S
        pause_s = self._pace.wait_s()
        # With nothing in flight there is only the pause to wait for, though it may have ended just now.
        if pause_s or not self._in_flight:
            timeout_s = min(timeout_s, pause_s)
        for request, reply in self._in_flight.wait(timeout_s):
            if reply.fault and reply.fault.cause == "request":
                self._narrow_down(request.places, reply.fault)
            else:
                self._take_in(request, reply)

    def outcome(self) -> Outcome:
        """Return the outcome, in which what is unsent, sent back or still unanswered counts as undone."""
        begun = sorted(place for places in self._begun() for place in places)
        self._outcome.undone = [*begun, *range(self._next, len(self._keys))]
        self._outcome.rejected = dict(sorted(self._outcome.rejected.items()))
        self._outcome.error = self._error or self._error_of_persistence()
        return self._outcome

    def close(self) -> None:
        """Let go of the threads."""
        self._in_flight.close()

    def _has_time(self) -> bool:
        """Return whether the time is enough for a request to wait for its turn and its answer."""
        return self._remaining_s() - self._pace.wait_s() > START_RESERVE_S

    def _has_work(self) -> bool:
        is_known = self._outcome.accepted and self._suspects
        return bool(self._must_probe or is_known or self._sent_back or self._may_begin())

    def _take_places(self) -> list[int] | None:
        """Take what the next request is for: a probe key, what was begun before, and as much more as may be begun."""
        if self._must_probe:
            self._must_probe = False
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
        """Return how many more keys may be begun, beside those that are; one always may, if there is no other.

        What is undone in the end has to be a suffix of the keys: Lambda starts again at the first undone, and what was
        done after it would be paid for twice.
        """
        unsent = len(self._keys) - self._next
        begun = sum(map(len, self._begun()))
        more = max(0 if begun else 1, self._pace.may_be_begun(self._remaining_s() - START_RESERVE_S) - begun)
        return unsent if more >= unsent else int(more)

    def _begun(self) -> list[list[int]]:
        """Return the places whose keys were sent and are not done, in groups."""
        return [self._sent_back, *self._suspects, *(request.places for request in self._in_flight.requests())]

    def _narrow_down(self, places: list[int], fault: Fault) -> None:
        """Halve a refused request, down to the key that is refused; but first see the table accept another."""
        if len(places) > 1:
            half = len(places) // 2
            parts = [places[half:], places[:half]] if self._outcome.accepted else [places]
            self._suspects += parts
        elif places:
            self._refuse(places[0], fault)
        elif not self._outcome.accepted:
            self._refusals[None] += 1
            if self._refusals[None] == REFUSALS_THAT_COUNT:
                self._error = OtherKeyError(self._table)
        self._must_probe = not self._outcome.accepted

    def _refuse(self, place: int, fault: Fault) -> None:
        """Note that a lone key was refused; before it counts, ask again, after all other suspects."""
        self._refusals[place] += 1
        if self._outcome.accepted and self._refusals[place] >= REFUSALS_THAT_COUNT:
            self._outcome.rejected[place] = words_about_key(fault.message, self._keys[place])
        else:
            self._suspects.insert(0, [place])

    def _take_in(self, request: _Request, reply: Reply) -> None:
        undone = len(reply.undone)
        done = max(1, len(request.places)) - undone
        self._pace.answered(request.generation, done, undone)
        self._outcome.write_units += reply.write_units
        if done:
            self._outcome.accepted = True
            self._denied_in = self._error = self._last_fault = None
        if reply.fault:
            self._note(request, reply.fault)
        self._must_probe = not self._outcome.accepted and (self._must_probe or not request.places)
        if request.places:
            self._outcome.unprocessed += undone
            for index in reply.undone:
                heapq.heappush(self._sent_back, request.places[index])

    def _note(self, request: _Request, fault: Fault) -> None:
        """Count a fault, and see whether it is the whole table's.

        It is if it is known to be permanent and nothing was accepted; after an accepted request, a missing table or
        permission has to be met again. Refused credentials that were accepted before are accepted again, as a rule.
        """
        self._outcome.faults[fault.name] += 1
        if not self._outcome.accepted:
            self._last_fault = fault
            if fault.cause in ("permanent", "credentials"):
                self._error = table_error(fault, self._table, has_accepted=False)
        elif fault.cause == "permanent":
            if self._denied_in is None:
                self._denied_in = request.generation
            # Requests that were under way together share one refusal.
            elif request.generation > self._denied_in:
                self._error = table_error(fault, self._table, has_accepted=True)

    def _error_of_persistence(self) -> TableError | None:
        """Return the error of a fault that nobody knows, if it was all that came in all the time."""
        fault = self._last_fault
        if fault is None or fault.cause != "unknown":
            return None
        often = f", {self._outcome.faults[fault.name]} times in {self._had_s - self._remaining_s():.0f} s"
        return table_error(fault, self._table, has_accepted=False, often=often)
