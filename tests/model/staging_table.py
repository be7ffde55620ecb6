"""A staging table with a number of write units, which can behave badly in many ways."""

from collections import Counter
from collections.abc import Callable, Iterable
from random import Random
from typing import Any

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from scavenger_ops.plan.write_capacity import WriteCapacity
from support.dynamodb import Keys, client_error

from model.delete_calls import BatchWriteCall, DeleteCall, DeleteItemCall
from model.item_identity import identity
from model.simulated_clock import Killed, SimulatedClock
from model.staged_rows import StagedRows

URL = "https://dynamodb.us-east-1.amazonaws.com"
READ_TIMEOUT_S = 3.0


class StagingTable:
    """Answers the function's requests as DynamoDB does. `rows` has its rows, `operations` counts the requests.

    `flaws` has what is wrong with requests. The function takes an exception for an error of the network, so that a
    failed assertion alone fails no test.

    For each request, `behaviour` returns what happens: the name of one of the methods below. Before that, `on_request`
    is called with the keys of the request.
    """

    def __init__(  # noqa: PLR0913 - each is one property of a table
        self,
        clock: SimulatedClock,
        random: Random,
        *,
        write_units: float = 1e9,
        poison: Iterable[dict[str, Any]] = (),
        behaviour: Callable[[], str] = lambda: "working",
        on_request: Callable[[Keys], None] = lambda _: None,
        latency_s: float = 0.008,
        kept_s: float = 1.0,
    ) -> None:
        self._units = WriteCapacity(clock.monotonic, write_units, write_units * kept_s)
        self.rows = StagedRows(clock.monotonic, self._units)
        self.operations: Counter[str] = Counter()
        self.flaws: list[str] = []
        self._clock = clock
        self._random = random
        self._poison = {identity(key) for key in poison}
        self._behaviour = behaviour
        self._on_request = on_request
        self._latency_s = latency_s

    @property
    def deletes(self) -> Counter[str]:
        """How often a delete of each row was carried out."""
        return self.rows.deletes

    @property
    def requests(self) -> int:
        """The number of requests."""
        return self.operations.total()

    def batch_write_item(self, *, RequestItems: Any, ReturnConsumedCapacity: str) -> dict[str, Any]:  # noqa: N803
        """Check that a request is valid, and answer it."""
        self.operations["BatchWriteItem"] += 1
        return self._answer(lambda: BatchWriteCall(self.rows, self._random, RequestItems, ReturnConsumedCapacity))

    def delete_item(self, **request: Any) -> dict[str, Any]:
        """Check that a request is valid, and answer it."""
        self.operations["DeleteItem"] += 1
        return self._answer(lambda: DeleteItemCall(self.rows, self._random, **request))

    def unthrottle(self) -> None:
        """Have write units for any number of deletes from now on."""
        self.rows.units = WriteCapacity(self._clock.monotonic, 1e9, 1e9)

    def accept_every_key(self) -> None:
        """Reject no key from now on."""
        self._poison.clear()

    def _answer(self, make_call: Callable[[], DeleteCall]) -> dict[str, Any]:
        try:
            call = make_call()
        except AssertionError as error:
            self.flaws.append(str(error))
            raise
        self._on_request(call.keys)
        self._clock.spend(self._latency_s * self._random.uniform(0.7, 1.5))
        answer: dict[str, Any] = getattr(self, self._behaviour())(call)
        return answer

    def working(self, call: DeleteCall) -> dict[str, Any]:
        """Delete as many rows as there are write units."""
        self._reject_poison(call)
        return call.carry_out()

    def processing_some(self, call: DeleteCall) -> dict[str, Any]:
        """Throttle some deletes, even if there are write units."""
        self._reject_poison(call)
        return call.carry_out_some()

    def throttled(self, _: DeleteCall) -> dict[str, Any]:
        """Reject the request as a provisioned table does that has no write units left."""
        raise client_error("ProvisionedThroughputExceededException")

    def throttled_on_demand(self, _: DeleteCall) -> dict[str, Any]:
        """Reject the request as a throttled table on demand does."""
        raise client_error("ThrottlingException")

    def failing(self, call: DeleteCall) -> dict[str, Any]:
        """Answer with a server error, although some deletes may be done."""
        self._maybe_carry_out(call)
        raise client_error("InternalServerError", 500)

    def dropping(self, call: DeleteCall) -> dict[str, Any]:
        """Drop the connection, before or after some deletes."""
        self._maybe_carry_out(call)
        raise ConnectionClosedError(endpoint_url=URL)

    def cut_short(self, call: DeleteCall) -> dict[str, Any]:
        """Send an answer that is cut short: botocore reads it as an empty one."""
        self._maybe_carry_out(call)
        return {}

    def silent(self, call: DeleteCall) -> dict[str, Any]:
        """Send no answer in time, although some deletes may be done."""
        self._maybe_carry_out(call)
        self._clock.spend(READ_TIMEOUT_S)
        raise ReadTimeoutError(endpoint_url=URL)

    def slow(self, call: DeleteCall) -> dict[str, Any]:
        """Answer just in time."""
        self._clock.spend(READ_TIMEOUT_S * 0.9)
        return self.working(call)

    def hanging(self, call: DeleteCall) -> dict[str, Any]:
        """Answer long after the client's time-out, as when a DNS lookup hangs."""
        self._clock.spend(READ_TIMEOUT_S * 5)
        return self.working(call)

    def denied(self, _: DeleteCall) -> dict[str, Any]:
        """Deny the request: the function's role lacks the permission."""
        raise client_error("AccessDeniedException")

    def missing(self, _: DeleteCall) -> dict[str, Any]:
        """Answer that the table does not exist."""
        raise client_error("ResourceNotFoundException")

    def rejecting_credentials(self, _: DeleteCall) -> dict[str, Any]:
        """Reject credentials that are valid."""
        raise client_error("UnrecognizedClientException")

    def failing_for_unknown_reasons(self, _: DeleteCall) -> dict[str, Any]:
        """Answer with an error that the function does not know."""
        raise client_error("SomethingNew")

    def rejecting_every_key(self, _: DeleteCall) -> dict[str, Any]:
        """Reject every key, as a table with another key does."""
        raise client_error("ValidationException")

    def killing(self, call: DeleteCall) -> dict[str, Any]:
        """Kill the function in the middle of the request."""
        self._maybe_carry_out(call)
        raise Killed

    def _reject_poison(self, call: DeleteCall) -> None:
        if call.is_rejected() or (self._poison and any(identity(key) in self._poison for key in call.keys)):
            raise client_error("ValidationException")

    def _maybe_carry_out(self, call: DeleteCall) -> None:
        if self._random.random() < 0.5:
            self._reject_poison(call)
            call.carry_out_unanswered()
