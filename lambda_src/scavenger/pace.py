"""How fast requests may follow each other, by what DynamoDB answers."""

import random
import time

# A provisioned table's write units come anew each second, so waits of many seconds would leave units unused.
BACKOFF_BASE_S = 0.05
BACKOFF_CAP_S = 2.0


class Pace:
    """The number of requests that may be in flight, and the time from which the next may start.

    A push-back halves the number and waits, with full jitter, twice as long as the one before it may have; each
    request that goes through allows one more.
    """

    def __init__(self, max_in_flight: int) -> None:
        self._max_in_flight = max_in_flight
        self._in_flight_limit = max_in_flight
        self._backoff_s = BACKOFF_BASE_S
        self._resume_at = 0.0
        # Requests that were under way together are pushed back together: that is one sign, not several.
        self.generation = 0

    def allows(self, in_flight: int) -> bool:
        """Say whether a request may start while so many are in flight."""
        return in_flight < self._in_flight_limit and self.wait_s() == 0.0

    def wait_s(self) -> float:
        """Give the seconds until the next request may start."""
        return max(0.0, self._resume_at - time.monotonic())

    def speed_up(self) -> None:
        """Note that a request went through."""
        self._in_flight_limit = min(self._max_in_flight, self._in_flight_limit + 1)
        self._backoff_s = BACKOFF_BASE_S

    def slow_down(self, generation: int) -> None:
        """Note that a request, started in that generation, was pushed back."""
        if generation != self.generation:
            return
        self.generation += 1
        self._in_flight_limit = max(1, self._in_flight_limit // 2)
        self._resume_at = time.monotonic() + random.uniform(0.0, self._backoff_s)  # noqa: S311 - jitter is no secret
        self._backoff_s = min(BACKOFF_CAP_S, 2 * self._backoff_s)
