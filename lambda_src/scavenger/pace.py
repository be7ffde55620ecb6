"""How fast requests may follow each other, by what DynamoDB answers."""

import math
import random
import time

# The first spacing after a push-back: at full speed, requests are some 5 ms apart.
SHORTEST_SPACING_S = 0.05
# A provisioned table's write units come anew each second; to wait for longer might leave some unused.
LONGEST_SPACING_S = 1.0
# Over how long the rate is measured: long enough for requests a second apart, short enough to forget a burst.
RATE_WINDOW_S = 5.0
# A table that is throttled from the start must not be sent more than it can finish.
FIRST_IN_FLIGHT = 2
# The rate is a guess, and others share the table: what is begun must be done in a quarter of the time, so that most of
# it is done in all of it. docs/explanation/performance.md has what other shares lead to.
BEGUN_SHARE = 0.25


class Pace:
    """The number of requests that may be in flight, the time between them, and the rate that comes of it.

    A push-back halves the number and spaces the requests out, with full jitter; a request that goes through allows one
    more and halves the spacing. The number is kept from one batch to the next.
    """

    def __init__(self, max_in_flight: int) -> None:
        self.max_in_flight = max_in_flight
        self._in_flight_limit = min(FIRST_IN_FLIGHT, max_in_flight)
        self.begin()

    def begin(self) -> None:
        """Begin a batch, with as many requests in flight as the table took at the end of the one before."""
        self._spacing_s = 0.0
        self._resume_at = 0.0
        self._is_pushed_back = False
        self._recently_done = 0.0
        self._measured_at = time.monotonic()
        # Requests that were under way together are pushed back together: that is one sign, not several.
        self.generation = 0

    def allows(self, in_flight: int) -> bool:
        """Say whether a request may start while so many are in flight."""
        return in_flight < self._in_flight_limit and self.wait_s() == 0.0

    def wait_s(self) -> float:
        """Give the seconds until the next request may start."""
        return max(0.0, self._resume_at - time.monotonic())

    def may_be_begun(self, left_s: float) -> float:
        """Give how many deletes may be begun with that time left to finish them: any number, before a push-back."""
        return self._rate() * left_s * BEGUN_SHARE if self._is_pushed_back else math.inf

    def started(self) -> None:
        """Note that a request was started."""
        self._resume_at = time.monotonic() + self._draw()

    def answered(self, generation: int, done: int, undone: int) -> None:
        """Note what came of a request, which was started in that generation."""
        self._recently_done = self._rate() * RATE_WINDOW_S + done
        self._measured_at = time.monotonic()
        if not undone:
            self._in_flight_limit = min(self.max_in_flight, self._in_flight_limit + 1)
            self._spacing_s = self._spacing_s / 2 if self._spacing_s > SHORTEST_SPACING_S else 0.0
        elif generation == self.generation:
            self.generation += 1
            self._is_pushed_back = True
            self._in_flight_limit = max(1, self._in_flight_limit // 2)
            # When most of a request is done, the spacing fits already.
            factor = 2 if done < undone else 1
            self._spacing_s = min(LONGEST_SPACING_S, max(SHORTEST_SPACING_S, factor * self._spacing_s))
            self._resume_at = time.monotonic() + self._draw()

    def _draw(self) -> float:
        return random.uniform(0.0, self._spacing_s)  # noqa: S311 - jitter is no secret

    def _rate(self) -> float:
        """Give the deletes done a second, of which older ones count for less and less."""
        age_s = time.monotonic() - self._measured_at
        return self._recently_done / RATE_WINDOW_S * math.exp(-age_s / RATE_WINDOW_S)
