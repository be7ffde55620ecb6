"""The concurrency limiter adapts to DynamoDB's answers."""

import math

import pytest
from scavenger import concurrency_limiter as limiter_module
from scavenger.concurrency_limiter import (
    FIRST_CONCURRENCY,
    LONGEST_BACKOFF_S,
    RATE_WINDOW_S,
    SHORTEST_BACKOFF_S,
    STARTED_SHARE,
    ConcurrencyLimiter,
)


class ManualClock:
    """A clock that only the test moves."""

    now = 1000.0

    def monotonic(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """Return the clock, and make each backoff as long as it can be."""
    clock = ManualClock()
    monkeypatch.setattr(limiter_module, "time", clock)
    monkeypatch.setattr("random.uniform", lambda _, most: most)
    return clock


def limit(limiter: ConcurrencyLimiter) -> int:
    """Return how many requests may be in flight, after the backoff."""
    return next(count for count in range(100) if not limiter.allows(count))


def throttle(limiter: ConcurrencyLimiter, *, done: int = 0, not_deleted: int = 25) -> None:
    """Report that a request was throttled that started just now."""
    limiter.answered(limiter.generation, done, not_deleted)


def at_full_speed(max_in_flight: int) -> ConcurrencyLimiter:
    """Return a limiter after many successes."""
    limiter = ConcurrencyLimiter(max_in_flight)
    for _ in range(max_in_flight):
        limiter.answered(limiter.generation, 25, 0)
    return limiter


@pytest.mark.usefixtures("clock")
def test_concurrency_starts_low_and_each_success_adds_one_up_to_the_limit() -> None:
    """A table that is throttled from the start must not get more requests than it can process."""
    limiter = ConcurrencyLimiter(4)
    limits = []
    for _ in range(4):
        limits.append(limit(limiter))
        limiter.answered(limiter.generation, 25, 0)
    assert limits == [FIRST_CONCURRENCY, 3, 4, 4]


@pytest.mark.usefixtures("clock")
def test_the_next_batch_keeps_the_concurrency_and_nothing_else() -> None:
    """Throttling minutes ago does not tell how many deletes are possible now."""
    limiter = at_full_speed(8)
    limiter.begin()
    assert limit(limiter) == 8
    throttle(limiter)
    limiter.begin()
    assert limit(limiter) == 4
    assert (limiter.generation, limiter.wait_s(), limiter.startable(1.0)) == (0, 0.0, math.inf)


@pytest.mark.usefixtures("clock")
def test_concurrency_starts_no_higher_than_the_limit() -> None:
    """With a limit of one, it is one."""
    assert limit(ConcurrencyLimiter(1)) == 1


@pytest.mark.usefixtures("clock")
def test_without_throttling_there_is_no_backoff() -> None:
    """The number of deletes that may be started has no limit either."""
    limiter = at_full_speed(8)
    limiter.started()
    assert limiter.wait_s() == 0
    assert limiter.startable(0.1) == math.inf


def test_throttling_halves_the_concurrency_and_adds_backoff(clock: ManualClock) -> None:
    """No request starts during the backoff, and then half as many as before."""
    limiter = at_full_speed(8)
    throttle(limiter)
    assert not limiter.allows(0)
    assert limiter.wait_s() == pytest.approx(SHORTEST_BACKOFF_S)
    clock.now += SHORTEST_BACKOFF_S
    assert limit(limiter) == 4


@pytest.mark.usefixtures("clock")
def test_requests_that_are_throttled_together_count_once() -> None:
    """Eight requests that hit the same limit at once do not stop the function."""
    limiter = at_full_speed(8)
    generation = limiter.generation
    for _ in range(8):
        limiter.answered(generation, 0, 25)
    assert limiter.wait_s() == pytest.approx(SHORTEST_BACKOFF_S)


def test_the_backoff_grows_to_a_maximum_and_one_request_may_always_start(clock: ManualClock) -> None:
    """However long the table is throttled, the function keeps sending."""
    limiter = ConcurrencyLimiter(8)
    backoffs = []
    for _ in range(12):
        throttle(limiter)
        backoffs.append(limiter.wait_s())
        clock.now += limiter.wait_s()
    assert backoffs[:3] == pytest.approx([SHORTEST_BACKOFF_S, 2 * SHORTEST_BACKOFF_S, 4 * SHORTEST_BACKOFF_S])
    assert backoffs[-1] == pytest.approx(LONGEST_BACKOFF_S)
    assert limit(limiter) == 1


def test_a_request_that_is_mostly_done_does_not_lengthen_the_backoff(clock: ManualClock) -> None:
    """Then the backoff is long enough already."""
    limiter = ConcurrencyLimiter(8)
    for _ in range(3):
        throttle(limiter)
    clock.now += limiter.wait_s()
    throttle(limiter, done=13, not_deleted=12)
    assert limiter.wait_s() == pytest.approx(4 * SHORTEST_BACKOFF_S)


def test_after_throttling_each_success_halves_the_backoff(clock: ManualClock) -> None:
    """After one success only, full speed would be throttled again."""
    limiter = ConcurrencyLimiter(8)
    for _ in range(2):
        throttle(limiter)
    backoffs = []
    for _ in range(3):
        clock.now += limiter.wait_s()
        limiter.answered(limiter.generation, 25, 0)
        limiter.started()
        backoffs.append(limiter.wait_s())
    assert backoffs == pytest.approx([SHORTEST_BACKOFF_S, 0, 0])


def test_after_throttling_no_more_deletes_start_than_the_rate_allows(clock: ManualClock) -> None:
    """The rate is 100 deletes a second. Deletes of long ago do not count."""
    limiter = ConcurrencyLimiter(8)
    throttle(limiter)
    for _ in range(1000):
        clock.now += 0.1
        limiter.answered(limiter.generation, 10, 0)
    assert limiter.startable(40.0) == pytest.approx(100 * 40 * STARTED_SHARE, rel=0.05)
    clock.now += 10 * RATE_WINDOW_S
    assert limiter.startable(40.0) < 1


def test_the_backoff_has_full_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise functions that were throttled together would send again together."""
    drawn: list[tuple[float, float]] = []

    def draw_the_least(least: float, most: float) -> float:
        drawn.append((least, most))
        return least

    monkeypatch.setattr("random.uniform", draw_the_least)
    limiter = ConcurrencyLimiter(8)
    throttle(limiter)
    assert drawn == [(0.0, SHORTEST_BACKOFF_S)]
    assert limiter.wait_s() == 0
