"""Hours of a deployment as CloudWatch sees them: metrics by the minute, from the creation of its mapping."""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from support.alarm_rules import Minutes

HOUR = 60
DAY = 24 * HOUR
# The default of maximum_record_age_in_seconds.
MAXIMUM_AGE = 20 * HOUR
MILLISECONDS = 60_000

ByMinute = Callable[[int], float]


@dataclass(frozen=True)
class Operation:
    """What happens to a deployment.

    `inserts`, `deletes`: how many records are inserted in a minute, and how many the function can delete; 0 while it is
    not invoked. `polls`: whether the mapping polls. `streams_from`: when the stream was created, usually before the
    mapping. `also`: metrics that do not follow from these.
    """

    inserts: ByMinute
    deletes: ByMinute = lambda _: 1800.0
    polls: Callable[[int], bool] = lambda _: True
    streams_from: int = -DAY + 5 * HOUR
    lasts: int = 6 * HOUR
    also: Mapping[str, Minutes] = field(default_factory=dict)


def record(operation: Operation) -> dict[str, dict[int, float]]:
    """Return the metrics of an operation, by name."""
    metrics: defaultdict[str, dict[int, float]] = defaultdict(dict)
    # Minute and count of the inserted records, oldest first.
    stream: deque[list[float]] = deque()
    for minute in range(operation.streams_from, operation.lasts):
        if inserted := operation.inserts(minute):
            stream.append([minute, inserted])
            # DynamoDB publishes no zeros.
            metrics["ConsumedWriteCapacityUnits"][minute] = inserted
        while stream and stream[0][0] <= minute - DAY:
            stream.popleft()
        if minute >= 0 and operation.polls(minute):
            _poll(operation, stream, minute, metrics)
    for name, minutes in operation.also.items():
        metrics[name].update(minutes)
    return metrics


def _poll(
    operation: Operation, stream: deque[list[float]], minute: int, metrics: Mapping[str, dict[int, float]]
) -> None:
    """Take from the stream what the function deletes in a minute, and the records that are too old for it."""
    expired = 0.0
    while stream and stream[0][0] <= minute - MAXIMUM_AGE:
        expired += stream.popleft()[1]
    metrics["OnFailureDestinationDeliveredEventCount"][minute] = expired
    left = operation.deletes(minute)
    taken = 0.0
    if stream and left:
        metrics["IteratorAge"][minute] = (minute - stream[0][0]) * MILLISECONDS
        # Lambda publishes zeros for an invocation.
        for name in ("Errors", "Throttles", "Quarantined"):
            metrics[name][minute] = 0.0
    while stream and left > taken:
        part = min(stream[0][1], left - taken)
        taken += part
        stream[0][1] -= part
        if not stream[0][1]:
            stream.popleft()
    metrics["PolledEventCount"][minute] = taken + expired
