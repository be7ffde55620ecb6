"""An adaptive (AIMD) concurrency limiter: how many delete requests run at once, and the backoff between them.

Throttling halves the concurrency and adds backoff with full jitter. Each request that DynamoDB processes in full adds
one to the concurrency and halves the backoff.
"""

import math
import random
import time

# The first backoff after throttling. At full speed, requests are some 5 ms apart.
SHORTEST_BACKOFF_S = 0.05
# A provisioned table gets new write units each second. A longer wait could leave some of them unused.
LONGEST_BACKOFF_S = 1.0
# The period over which the rate is measured: long enough for requests a second apart, short enough to forget a burst.
RATE_WINDOW_S = 5.0
# A table that is throttled from the start must not get more requests than it can process.
FIRST_CONCURRENCY = 2
# The rate is an estimate, and other clients use the table. So only as many deletes start as take a quarter of the time
# left: most of them are then done within all of it. docs/explanation/performance.md compares other shares.
STARTED_SHARE = 0.25


class ConcurrencyLimiter:
    """Limits the requests in flight, the time between them, and the deletes that may be started.

    The concurrency is kept from one batch to the next; the backoff is not.
    """

    def __init__(self, max_in_flight: int) -> None:
        self.max_in_flight = max_in_flight
        self._concurrency = min(FIRST_CONCURRENCY, max_in_flight)
        self.begin()

    def begin(self) -> None:
        """Begin a batch with the concurrency at which the last batch ended."""
        self._backoff_s = 0.0
        self._resume_at = 0.0
        self._is_throttled = False
        self._recently_done = 0.0
        self._measured_at = time.monotonic()
        # Requests of one generation are in flight together. If they are throttled together, that counts once.
        self.generation = 0

    def allows(self, in_flight: int) -> bool:
        """Return whether one more request may start while this number is in flight."""
        return in_flight < self._concurrency and self.wait_s() == 0.0

    def wait_s(self) -> float:
        """Return the seconds until the next request may start."""
        return max(0.0, self._resume_at - time.monotonic())

    def startable(self, left_s: float) -> float:
        """Return how many deletes may be in progress with this many seconds left; infinity before any throttling."""
        return self._rate() * left_s * STARTED_SHARE if self._is_throttled else math.inf

    def started(self) -> None:
        """Record that a request started."""
        self._resume_at = time.monotonic() + self._draw()

    def answered(self, generation: int, done: int, not_deleted: int) -> None:
        """Record the answer to a request of this generation: how many of its deletes are done, and how many are not."""
        self._recently_done = self._rate() * RATE_WINDOW_S + done
        self._measured_at = time.monotonic()
        if not not_deleted:
            self._concurrency = min(self.max_in_flight, self._concurrency + 1)
            self._backoff_s = self._backoff_s / 2 if self._backoff_s > SHORTEST_BACKOFF_S else 0.0
        elif generation == self.generation:
            self.generation += 1
            self._is_throttled = True
            self._concurrency = max(1, self._concurrency // 2)
            # If most of the request was processed, the backoff is long enough already.
            factor = 2 if done < not_deleted else 1
            self._backoff_s = min(LONGEST_BACKOFF_S, max(SHORTEST_BACKOFF_S, factor * self._backoff_s))
            self._resume_at = time.monotonic() + self._draw()

    def _draw(self) -> float:
        return random.uniform(0.0, self._backoff_s)  # noqa: S311 - jitter is not a secret

    def _rate(self) -> float:
        """Return the deletes done a second. The older a delete, the less it counts."""
        age_s = time.monotonic() - self._measured_at
        return self._recently_done / RATE_WINDOW_S * math.exp(-age_s / RATE_WINDOW_S)
