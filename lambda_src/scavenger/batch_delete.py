"""Deletes many rows of one table, in order, with several requests in flight.

Rows become requests (delete_request.py), whose replies become a DeleteResult.
concurrency_limiter.py decides how many requests run at once, and the backoff between them.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from scavenger.clients import CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from scavenger.concurrency_limiter import ConcurrencyLimiter
from scavenger.delete_request import BATCH, DeleteRequest, Reply, message_about_row, probe_row
from scavenger.faults import Fault
from scavenger.in_flight import InFlight
from scavenger.row import Row
from scavenger.settings import KeyedTable
from scavenger.table_error import OtherKeyError, TableError, table_error

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# The time it takes, after the last answer, to write rejected records to the failure bucket, log and return.
FINISH_RESERVE_S = 6.0
# A request that starts with less time than this might not be answered in time.
START_RESERVE_S = CONNECT_TIMEOUT_S + READ_TIMEOUT_S + FINISH_RESERVE_S
# One rejection is no proof: there are reports of keys that DynamoDB rejects once and accepts the next time (boto3 issue
# 4709).
REJECTIONS_THAT_COUNT = 2


@dataclass(slots=True)
class DeleteResult:
    """The result of the deletes. A row is identified by its place among the rows given to delete_batch.

    Rows in none of `not_deleted`, `superseded` and `rejected` are deleted. Those in `not_deleted` may be tried again.
    Those in `superseded` differ from what was expected, so they are kept. `rejected` has the rows whose key or expected
    values DynamoDB rejected twice although it accepts others, each with DynamoDB's message about it (may be empty).
    `accepted`: DynamoDB carried out at least one delete, or checked its condition. `unprocessed` counts the deletes
    that were sent again or remain, `faults` the errors by name. `error` is the reason why deleting stopped early.
    """

    not_deleted: list[int] = field(default_factory=list)
    superseded: list[int] = field(default_factory=list)
    rejected: dict[int, str] = field(default_factory=dict)
    accepted: bool = False
    requests: int = 0
    unprocessed: int = 0
    write_units: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    error: TableError | None = None


class _Request(NamedTuple):
    """A request in flight: the places of its rows, and the concurrency limiter's generation when it started.

    A request without places sends a probe key.
    """

    places: list[int]
    generation: int


def delete_batch(  # noqa: PLR0913 - only the caller knows each of these
    client: "DynamoDBClient",
    table: KeyedTable,
    rows: Sequence[Row],
    *,
    limiter: ConcurrencyLimiter,
    remaining_s: Callable[[], float],
    request: DeleteRequest = BATCH,
    probe_first: bool = False,
) -> DeleteResult:
    """Delete these rows, in order, until all are deleted or the time is over.

    `request` is the kind of the requests. For rows with expected values it must be CONDITIONAL; for BATCH, no two rows
    may have the same key. No other call may use the limiter at the same time. `remaining_s` returns the seconds until
    Lambda stops the caller. With `probe_first`, a probe key first checks that the table has the key that the settings
    name.

    The result has an error if trying again cannot help now, for example because of a missing table or permission. It
    also has one if DynamoDB accepted nothing and an unknown error persisted until the time was over. Some of the rows
    in `not_deleted` may be deleted: deletes are idempotent, so a second one does no harm, unless the row was staged
    again and nothing is compared.
    """
    run = _Run(client, table, rows, limiter, remaining_s=remaining_s, request=request, probe_first=probe_first)
    try:
        while run.start_requests():
            run.collect_replies()
        return run.result()
    finally:
        run.close()


class _Run:
    """The state of one call of delete_batch. Only the caller's thread changes it; the other threads only send."""

    def __init__(  # noqa: PLR0913 - the parameters of delete_batch
        self,
        client: "DynamoDBClient",
        table: KeyedTable,
        rows: Sequence[Row],
        limiter: ConcurrencyLimiter,
        *,
        remaining_s: Callable[[], float],
        request: DeleteRequest,
        probe_first: bool,
    ) -> None:
        self._client = client
        self._table = table
        self._rows = rows
        self._kind = request
        self._remaining_s = remaining_s
        self._had_s = remaining_s()
        self._limiter = limiter
        self._limiter.begin()
        self._in_flight: InFlight[_Request, Reply] = InFlight(limiter.max_in_flight)
        # The place of the first row that was not sent yet.
        self._next = 0
        # How many rows are in the requests in flight.
        self._rows_in_flight = 0
        # A heap: unprocessed rows are sent again before rows that come later in the stream.
        self._unprocessed: list[int] = []
        # Rejected requests and parts of them. They are sent alone until the row that is rejected is known.
        self._suspects: list[list[int]] = []
        # How often a row was rejected that was alone in its request. The probe key has no place.
        self._rejections: Counter[int | None] = Counter()
        # Whether to send a probe key, as long as the table has accepted none.
        self._must_probe = probe_first
        # The generation of the first request, since the last accepted one, that found no table or had no permission.
        self._denied_in: int | None = None
        # Why the table seems to accept nothing. Nothing more is sent then, but a request in flight may prove it wrong.
        self._error: TableError | None = None
        # The last error, as long as no request was accepted.
        self._last_fault: Fault | None = None
        self._result = DeleteResult()

    def start_requests(self) -> bool:
        """Start as many requests as limiter and time allow. Return whether there is anything to wait for."""
        while (
            self._error is None
            and self._has_time()
            and self._limiter.allows(len(self._in_flight))
            and (places := self._take_places()) is not None
        ):
            rows = [self._rows[place] for place in places] or [probe_row(self._table)]
            request = _Request(places, self._limiter.generation)
            self._in_flight.start(request, partial(self._kind.send, self._client, self._table, rows))
            self._rows_in_flight += len(places)
            self._limiter.started()
            self._result.requests += 1
        if self._in_flight:
            return self._remaining_s() > FINISH_RESERVE_S
        return self._error is None and self._has_time() and self._has_work()

    def collect_replies(self) -> None:
        """Wait until a request is answered or the next one may start, then record the answers."""
        timeout_s = self._remaining_s() - FINISH_RESERVE_S
        pause_s = self._limiter.wait_s()
        # With nothing in flight, the backoff is all there is to wait for. It may have ended just now.
        if pause_s or not self._in_flight:
            timeout_s = min(timeout_s, pause_s)
        for request, reply in self._in_flight.wait(timeout_s):
            self._rows_in_flight -= len(request.places)
            if reply.fault and reply.fault.cause == "request":
                self._narrow_down(request.places, reply.fault)
            else:
                self._record(request, reply)

    def result(self) -> DeleteResult:
        """Return the result. Rows that were not sent, not processed or not answered count as not deleted."""
        unanswered = (request.places for request in self._in_flight.requests())
        in_progress = sorted(place for places in (self._unprocessed, *self._suspects, *unanswered) for place in places)
        self._result.not_deleted = [*in_progress, *range(self._next, len(self._rows))]
        self._result.superseded.sort()
        self._result.rejected = dict(sorted(self._result.rejected.items()))
        self._result.error = self._error or self._error_of_persistence()
        return self._result

    def close(self) -> None:
        """Release the threads."""
        self._in_flight.close()

    def _has_time(self) -> bool:
        """Return whether there is time for a request to wait for its turn and its answer."""
        return self._remaining_s() - self._limiter.wait_s() > START_RESERVE_S

    def _has_work(self) -> bool:
        is_known = self._result.accepted and self._suspects
        return bool(self._must_probe or is_known or self._unprocessed or self._startable())

    def _take_places(self) -> list[int] | None:
        """Return the places for the next request: none for a probe key, else unprocessed rows first, then new ones."""
        if self._must_probe:
            self._must_probe = False
            return []
        if self._result.accepted and self._suspects:
            return self._suspects.pop()
        count = min(self._kind.most_rows, len(self._unprocessed))
        new = min(self._kind.most_rows - count, self._startable())
        places = [heapq.heappop(self._unprocessed) for _ in range(count)]
        places += range(self._next, self._next + new)
        self._next += new
        return places or None

    def _startable(self) -> int:
        """Return how many more rows may be sent. One always may if no other is in progress.

        The rows that are not deleted in the end must be the last ones: Lambda delivers again from the first record that
        is not deleted, so deletes after it would be paid for twice.
        """
        unsent = len(self._rows) - self._next
        in_progress = len(self._unprocessed) + sum(map(len, self._suspects)) + self._rows_in_flight
        allowed = self._limiter.startable(self._remaining_s() - START_RESERVE_S)
        more = max(0 if in_progress else 1, allowed - in_progress)
        return unsent if more >= unsent else int(more)

    def _narrow_down(self, places: list[int], fault: Fault) -> None:
        """Halve a rejected request until the rejected row is known. First check that the table accepts another key."""
        if len(places) > 1:
            half = len(places) // 2
            parts = [places[half:], places[:half]] if self._result.accepted else [places]
            self._suspects += parts
        elif places:
            self._reject(places[0], fault)
        elif not self._result.accepted:
            self._rejections[None] += 1
            if self._rejections[None] == REJECTIONS_THAT_COUNT:
                self._error = OtherKeyError(self._table)
        self._must_probe = not self._result.accepted

    def _reject(self, place: int, fault: Fault) -> None:
        """Record that a row was rejected alone in its request. It counts if rejected again, after all suspects."""
        self._rejections[place] += 1
        if self._result.accepted and self._rejections[place] >= REJECTIONS_THAT_COUNT:
            self._result.rejected[place] = message_about_row(fault.message, self._rows[place])
        else:
            self._suspects.insert(0, [place])

    def _record(self, request: _Request, reply: Reply) -> None:
        not_deleted = len(reply.not_deleted)
        done = max(1, len(request.places)) - not_deleted
        self._limiter.answered(request.generation, done, not_deleted)
        self._result.write_units += reply.write_units
        if done:
            self._result.accepted = True
            self._denied_in = self._error = self._last_fault = None
        if reply.fault:
            self._record_fault(request, reply.fault)
        self._must_probe = not self._result.accepted and (self._must_probe or not request.places)
        if request.places:
            self._result.superseded += [request.places[index] for index in reply.superseded]
            self._result.unprocessed += not_deleted
            for index in reply.not_deleted:
                heapq.heappush(self._unprocessed, request.places[index])

    def _record_fault(self, request: _Request, fault: Fault) -> None:
        """Count an error, and decide whether it stops all deletes.

        A permanent error or rejected credentials stop them at once if the table has accepted nothing yet. After an
        accepted request, a missing table or permission stops them only when it occurs again. Credentials that were
        accepted before are usually accepted again, so they are retried. What happens then: see TableError.
        """
        self._result.faults[fault.name] += 1
        if not self._result.accepted:
            self._last_fault = fault
            if fault.cause in ("permanent", "credentials"):
                self._error = table_error(fault, self._table, has_accepted=False)
        elif fault.cause == "permanent":
            if self._denied_in is None:
                self._denied_in = request.generation
            # Requests that were in flight together count as one denial.
            elif request.generation > self._denied_in:
                self._error = table_error(fault, self._table, has_accepted=True)

    def _error_of_persistence(self) -> TableError | None:
        """Return the last error as a TableError if its cause is unknown and no request was accepted in all the time."""
        fault = self._last_fault
        if fault is None or fault.cause != "unknown":
            return None
        repeated = f", {self._result.faults[fault.name]} times in {self._had_s - self._remaining_s():.0f} s"
        return table_error(fault, self._table, has_accepted=False, repeated=repeated)
