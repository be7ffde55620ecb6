"""A staging table with so many write units, which misbehaves as the weather is."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from random import Random
from typing import Any

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from scavenger_ops.plan.write_capacity import WriteCapacity
from support.dynamodb import Keys, refusal

from model.clock import Clock, Killed

URL = "https://dynamodb.us-east-1.amazonaws.com"
READ_TIMEOUT_S = 3.0
MADE_UP = "made-up-"
# Made once: of the models' time, a fifth went to making one for each key.
ENCODER = json.JSONEncoder(sort_keys=True, default=str)


def identity(key: Any) -> str:
    """Give the same text for the same key; what is no key has a text of its own."""
    return ENCODER.encode(normalized(key))


def normalized(key: Any) -> Any:
    """Spell the numbers of a key as DynamoDB does when it sends one back."""
    if not isinstance(key, dict):
        return key
    return {
        name: {"N": f"{Decimal(value['N']).normalize():f}"} if value.keys() == {"N"} else value
        for name, value in key.items()
    }


def sent_back(keys: Keys) -> dict[str, Any]:
    """Make an answer's part on what was not done."""
    return {"staging": [{"DeleteRequest": {"Key": normalized(key)}} for key in keys]} if keys else {}


class StagingTable:
    """Takes the function's requests as DynamoDB does, and counts how often each row was deleted.

    The weather gives, for each request, what is wrong at that moment: the name of one of the methods below.
    """

    def __init__(  # noqa: PLR0913 - each is one thing that can be wrong with a table
        self,
        clock: Clock,
        random: Random,
        *,
        write_units: float = 1e9,
        poison: Iterable[dict[str, Any]] = (),
        weather: Callable[[], str] = lambda: "fine",
        latency_s: float = 0.008,
        kept_s: float = 1.0,
    ) -> None:
        self.deletes: Counter[str] = Counter()
        self.requests = 0
        self._clock = clock
        self._random = random
        self._units = WriteCapacity(clock.monotonic, write_units, write_units * kept_s)
        self._poison = {identity(key) for key in poison}
        self._weather = weather
        self._latency_s = latency_s

    def batch_write_item(self, *, RequestItems: Any, ReturnConsumedCapacity: str) -> dict[str, Any]:  # noqa: N803
        """Take a request, which must be a legal one."""
        ((table_name, requests),) = RequestItems.items()
        keys: Keys = [request["DeleteRequest"]["Key"] for request in requests]
        assert (table_name, ReturnConsumedCapacity) == ("staging", "TOTAL")
        assert 1 <= len(keys) <= 25, "the request is not of 1 to 25 deletes"
        assert len({identity(key) for key in keys}) == len(keys), "a key is in the request twice"
        self.requests += 1
        self._clock.spend(self._latency_s * self._random.uniform(0.7, 1.5))
        answer: dict[str, Any] = getattr(self, self._weather())(keys)
        return answer

    def fine(self, keys: Keys) -> dict[str, Any]:
        """Delete what the write units are enough for, in any order."""
        self._refuse_poison(keys)
        # DynamoDB carries them out at the same time, so that any may be the one without a unit.
        left = [key for key in self._random.sample(keys, len(keys)) if not self._delete(key)]
        if len(left) == len(keys):
            raise refusal("ProvisionedThroughputExceededException")
        return {
            "UnprocessedItems": sent_back(left),
            "ConsumedCapacity": [{"TableName": "staging", "CapacityUnits": float(len(keys) - len(left))}],
        }

    def partly(self, keys: Keys) -> dict[str, Any]:
        """Send some back, whatever write units there are."""
        self._refuse_poison(keys)
        count = self._random.randint(0, len(keys))
        left = [
            key
            for index, key in enumerate(self._random.sample(keys, len(keys)))
            if index >= count or not self._delete(key)
        ]
        return {"UnprocessedItems": sent_back(left)}

    def throttled(self, _: Keys) -> dict[str, Any]:
        """Refuse all, for want of write units."""
        raise refusal("ProvisionedThroughputExceededException")

    def throttled_in_other_words(self, _: Keys) -> dict[str, Any]:
        """Refuse all, as a table on demand does."""
        raise refusal("ThrottlingException")

    def failing(self, keys: Keys) -> dict[str, Any]:
        """Answer with a server error, though some may have been carried out."""
        self._partly_at_most(keys)
        raise refusal("InternalServerError", 500)

    def dropping(self, keys: Keys) -> dict[str, Any]:
        """Drop the connection, before or after the work."""
        self._partly_at_most(keys)
        raise ConnectionClosedError(endpoint_url=URL)

    def cut_short(self, keys: Keys) -> dict[str, Any]:
        """Give an answer of which botocore can read nothing."""
        self._partly_at_most(keys)
        return {}

    def silent(self, keys: Keys) -> dict[str, Any]:
        """Give no answer in time, though the work may be done."""
        self._partly_at_most(keys)
        self._clock.spend(READ_TIMEOUT_S)
        raise ReadTimeoutError(endpoint_url=URL)

    def slow(self, keys: Keys) -> dict[str, Any]:
        """Answer just in time."""
        self._clock.spend(READ_TIMEOUT_S * 0.9)
        return self.fine(keys)

    def hanging(self, keys: Keys) -> dict[str, Any]:
        """Answer long after the time that the client should wait, as when a name cannot be looked up."""
        self._clock.spend(READ_TIMEOUT_S * 5)
        return self.fine(keys)

    def denied(self, _: Keys) -> dict[str, Any]:
        """Refuse all, for want of permission."""
        raise refusal("AccessDeniedException")

    def missing(self, _: Keys) -> dict[str, Any]:
        """Not be there."""
        raise refusal("ResourceNotFoundException")

    def untrusting(self, _: Keys) -> dict[str, Any]:
        """Refuse credentials that are right."""
        raise refusal("UnrecognizedClientException")

    def unheard_of(self, _: Keys) -> dict[str, Any]:
        """Answer with an error that nobody knows."""
        raise refusal("SomethingNew")

    def of_another_key(self, _: Keys) -> dict[str, Any]:
        """Refuse every key."""
        raise refusal("ValidationException")

    def deadly(self, keys: Keys) -> dict[str, Any]:
        """Kill the function in the midst of the work."""
        self._partly_at_most(keys)
        raise Killed

    def _delete(self, key: dict[str, Any]) -> bool:
        if not self._units.take(1):
            return False
        self.deletes[identity(key)] += 1
        return True

    def _refuse_poison(self, keys: Keys) -> None:
        if self._poison and any(identity(key) in self._poison for key in keys):
            raise refusal("ValidationException")

    def _partly_at_most(self, keys: Keys) -> None:
        if self._random.random() < 0.5:
            self.partly(keys)
