"""Sends the records of the failure bucket through the function again, as `scavenger redrive` does."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scavenger.records import stream_order
from scavenger_ops.mapping_model.simulated_function import FunctionError, InvokeThrottled

Record = dict[str, Any]


class Redriving:
    """A redrive that is repeated. `left` has the objects of which some records are not done."""

    def __init__(self, kept: Mapping[str, list[Record]], invoke: Callable[[dict[str, Any]], object]) -> None:
        self.left = dict(kept)
        self._taken = set(kept)
        self._invoke = invoke

    def take_new(self, kept: Mapping[str, list[Record]]) -> bool:
        """Take the objects that were written since the last time. Return whether there are any."""
        new = {key: records for key, records in kept.items() if key not in self._taken}
        self.left |= new
        self._taken |= new.keys()
        return bool(new)

    def run(self) -> None:
        """Send the records of each object until all are done, or the function makes no progress with them."""
        for key, records in list(self.left.items()):
            if self._is_done(records):
                del self.left[key]

    def _is_done(self, records: Sequence[Record]) -> bool:
        left = records
        while left:
            try:
                still_left = remaining(left, self._invoke({"Records": left, "quarantine": False}))
            except (FunctionError, InvokeThrottled):
                return False
            if len(still_left) == len(left):
                return False
            left = still_left
        return True


def remaining(records: Sequence[Record], response: Any) -> Sequence[Record]:
    """Return the records from the lowest sequence number on that the function reports as failed."""
    failures = response["batchItemFailures"]
    if not failures:
        return []
    lowest = min((failure["itemIdentifier"] for failure in failures), key=stream_order)
    return [each for each in records if stream_order(each["dynamodb"]["SequenceNumber"]) >= stream_order(lowest)]
