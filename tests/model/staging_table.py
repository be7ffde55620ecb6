"""A staging table with a number of write units, which can behave badly in many ways."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from random import Random
from typing import Any

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from scavenger_ops.plan.write_capacity import WriteCapacity
from support.dynamodb import Keys, client_error

from model.simulated_clock import Killed, SimulatedClock

URL = "https://dynamodb.us-east-1.amazonaws.com"
READ_TIMEOUT_S = 3.0
# The beginning of the text in a probe key.
PROBE = "probe-"
# Made once: making an encoder for each key took a fifth of the models' time.
ENCODER = json.JSONEncoder(sort_keys=True, default=str)


def identity(key: Any) -> str:
    """Return a text that is the same for the same key. Anything that is not a key has a text of its own."""
    return ENCODER.encode(normalized(key))


def normalized(key: Any) -> Any:
    """Return a key with its numbers spelled as DynamoDB does in an answer."""
    if not isinstance(key, dict):
        return key
    return {
        name: {"N": f"{Decimal(value['N']).normalize():f}"} if value.keys() == {"N"} else value
        for name, value in key.items()
    }


def unprocessed_items(keys: Keys) -> dict[str, Any]:
    """Return the UnprocessedItems of an answer."""
    return {"staging": [{"DeleteRequest": {"Key": normalized(key)}} for key in keys]} if keys else {}


class StagingTable:
    """Answers the function's requests as DynamoDB does, and counts how often each row was deleted.

    For each request, `behaviour` returns what happens: the name of one of the methods below.
    """

    def __init__(  # noqa: PLR0913 - each is one property of a table
        self,
        clock: SimulatedClock,
        random: Random,
        *,
        write_units: float = 1e9,
        poison: Iterable[dict[str, Any]] = (),
        behaviour: Callable[[], str] = lambda: "working",
        latency_s: float = 0.008,
        kept_s: float = 1.0,
    ) -> None:
        self.deletes: Counter[str] = Counter()
        self.requests = 0
        self._clock = clock
        self._random = random
        self._units = WriteCapacity(clock.monotonic, write_units, write_units * kept_s)
        self._poison = {identity(key) for key in poison}
        self._behaviour = behaviour
        self._latency_s = latency_s

    def batch_write_item(self, *, RequestItems: Any, ReturnConsumedCapacity: str) -> dict[str, Any]:  # noqa: N803
        """Check that a request is valid, and answer it."""
        ((table_name, requests),) = RequestItems.items()
        keys: Keys = [request["DeleteRequest"]["Key"] for request in requests]
        assert (table_name, ReturnConsumedCapacity) == ("staging", "TOTAL")
        assert 1 <= len(keys) <= 25, "the request is not of 1 to 25 deletes"
        assert len({identity(key) for key in keys}) == len(keys), "a key is in the request twice"
        self.requests += 1
        self._clock.spend(self._latency_s * self._random.uniform(0.7, 1.5))
        answer: dict[str, Any] = getattr(self, self._behaviour())(keys)
        return answer

    def working(self, keys: Keys) -> dict[str, Any]:
        """Delete as many rows as there are write units, in any order."""
        self._reject_poison(keys)
        # DynamoDB processes the deletes at the same time, so any of them may be the one without a unit.
        left = [key for key in self._random.sample(keys, len(keys)) if not self._delete(key)]
        if len(left) == len(keys):
            raise client_error("ProvisionedThroughputExceededException")
        return {
            "UnprocessedItems": unprocessed_items(left),
            "ConsumedCapacity": [{"TableName": "staging", "CapacityUnits": float(len(keys) - len(left))}],
        }

    def processing_some(self, keys: Keys) -> dict[str, Any]:
        """Return some deletes as unprocessed, even if there are write units."""
        self._reject_poison(keys)
        count = self._random.randint(0, len(keys))
        left = [
            key
            for index, key in enumerate(self._random.sample(keys, len(keys)))
            if index >= count or not self._delete(key)
        ]
        return {"UnprocessedItems": unprocessed_items(left)}

    def throttled(self, _: Keys) -> dict[str, Any]:
        """Reject the request as a provisioned table does that has no write units left."""
        raise client_error("ProvisionedThroughputExceededException")

    def throttled_on_demand(self, _: Keys) -> dict[str, Any]:
        """Reject the request as a throttled table on demand does."""
        raise client_error("ThrottlingException")

    def failing(self, keys: Keys) -> dict[str, Any]:
        """Answer with a server error, although some deletes may be done."""
        self._maybe_process_some(keys)
        raise client_error("InternalServerError", 500)

    def dropping(self, keys: Keys) -> dict[str, Any]:
        """Drop the connection, before or after some deletes."""
        self._maybe_process_some(keys)
        raise ConnectionClosedError(endpoint_url=URL)

    def cut_short(self, keys: Keys) -> dict[str, Any]:
        """Send an answer that is cut short: botocore reads it as an empty one."""
        self._maybe_process_some(keys)
        return {}

    def silent(self, keys: Keys) -> dict[str, Any]:
        """Send no answer in time, although some deletes may be done."""
        self._maybe_process_some(keys)
        self._clock.spend(READ_TIMEOUT_S)
        raise ReadTimeoutError(endpoint_url=URL)

    def slow(self, keys: Keys) -> dict[str, Any]:
        """Answer just in time."""
        self._clock.spend(READ_TIMEOUT_S * 0.9)
        return self.working(keys)

    def hanging(self, keys: Keys) -> dict[str, Any]:
        """Answer long after the client's time-out, as when a DNS lookup hangs."""
        self._clock.spend(READ_TIMEOUT_S * 5)
        return self.working(keys)

    def denied(self, _: Keys) -> dict[str, Any]:
        """Deny the request: the function's role lacks the permission."""
        raise client_error("AccessDeniedException")

    def missing(self, _: Keys) -> dict[str, Any]:
        """Answer that the table does not exist."""
        raise client_error("ResourceNotFoundException")

    def rejecting_credentials(self, _: Keys) -> dict[str, Any]:
        """Reject credentials that are valid."""
        raise client_error("UnrecognizedClientException")

    def failing_for_unknown_reasons(self, _: Keys) -> dict[str, Any]:
        """Answer with an error that the function does not know."""
        raise client_error("SomethingNew")

    def rejecting_every_key(self, _: Keys) -> dict[str, Any]:
        """Reject every key, as a table with another key does."""
        raise client_error("ValidationException")

    def killing(self, keys: Keys) -> dict[str, Any]:
        """Kill the function in the middle of the request."""
        self._maybe_process_some(keys)
        raise Killed

    def _delete(self, key: dict[str, Any]) -> bool:
        if not self._units.take(1):
            return False
        self.deletes[identity(key)] += 1
        return True

    def _reject_poison(self, keys: Keys) -> None:
        if self._poison and any(identity(key) in self._poison for key in keys):
            raise client_error("ValidationException")

    def _maybe_process_some(self, keys: Keys) -> None:
        if self._random.random() < 0.5:
            self.processing_some(keys)
