"""The limiter follows what DynamoDB answers."""

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
    """A time that only the test moves."""

    now = 1000.0

    def monotonic(self) -> float:
        """Give the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """Let the test move the time, and make each wait as long as it may be."""
    clock = ManualClock()
    monkeypatch.setattr(limiter_module, "time", clock)
    monkeypatch.setattr("random.uniform", lambda _, most: most)
    return clock


def limit(limiter: ConcurrencyLimiter) -> int:
    """Give how many requests may be in flight, once no wait is left."""
    return next(count for count in range(100) if not limiter.allows(count))


def throttle(limiter: ConcurrencyLimiter, *, done: int = 0, not_deleted: int = 25) -> None:
    """Let a request be pushed back that was started just now."""
    limiter.answered(limiter.generation, done, not_deleted)


def at_full_speed(max_in_flight: int) -> ConcurrencyLimiter:
    """Make a limiter after many successes."""
    limiter = ConcurrencyLimiter(max_in_flight)
    for _ in range(max_in_flight):
        limiter.answered(limiter.generation, 25, 0)
    return limiter


@pytest.mark.usefixtures("clock")
def test_it_starts_slowly_and_each_success_allows_one_more_up_to_the_limit() -> None:
    """A table that is throttled from the start is not sent more than it can finish."""
    limiter = ConcurrencyLimiter(4)
    limits = []
    for _ in range(4):
        limits.append(limit(limiter))
        limiter.answered(limiter.generation, 25, 0)
    assert limits == [FIRST_CONCURRENCY, 3, 4, 4]


@pytest.mark.usefixtures("clock")
def test_the_next_batch_begins_with_as_many_and_with_nothing_else_kept() -> None:
    """A push-back minutes ago says nothing of how many deletes get through now."""
    limiter = at_full_speed(8)
    limiter.begin()
    assert limit(limiter) == 8
    throttle(limiter)
    limiter.begin()
    assert limit(limiter) == 4
    assert (limiter.generation, limiter.wait_s(), limiter.startable(1.0)) == (0, 0.0, math.inf)


@pytest.mark.usefixtures("clock")
def test_a_limit_below_the_first_number_holds() -> None:
    """One request in flight means one."""
    assert limit(ConcurrencyLimiter(1)) == 1


@pytest.mark.usefixtures("clock")
def test_without_a_push_back_nothing_waits() -> None:
    """Neither before the next request nor for the time left."""
    limiter = at_full_speed(8)
    limiter.started()
    assert limiter.wait_s() == 0
    assert limiter.startable(0.1) == math.inf


def test_a_push_back_halves_the_requests_and_waits(clock: ManualClock) -> None:
    """Nothing starts during the wait, and then half as many as before."""
    limiter = at_full_speed(8)
    throttle(limiter)
    assert not limiter.allows(0)
    assert limiter.wait_s() == pytest.approx(SHORTEST_BACKOFF_S)
    clock.now += SHORTEST_BACKOFF_S
    assert limit(limiter) == 4


@pytest.mark.usefixtures("clock")
def test_requests_pushed_back_together_are_one_sign() -> None:
    """Eight requests that hit the same limit at once do not stop the function dead."""
    limiter = at_full_speed(8)
    generation = limiter.generation
    for _ in range(8):
        limiter.answered(generation, 0, 25)
    assert limiter.wait_s() == pytest.approx(SHORTEST_BACKOFF_S)


def test_waits_grow_to_a_cap_and_one_request_always_may_go(clock: ManualClock) -> None:
    """However long the table pushes back, the function keeps asking."""
    limiter = ConcurrencyLimiter(8)
    waits = []
    for _ in range(12):
        throttle(limiter)
        waits.append(limiter.wait_s())
        clock.now += limiter.wait_s()
    assert waits[:3] == pytest.approx([SHORTEST_BACKOFF_S, 2 * SHORTEST_BACKOFF_S, 4 * SHORTEST_BACKOFF_S])
    assert waits[-1] == pytest.approx(LONGEST_BACKOFF_S)
    assert limit(limiter) == 1


def test_a_request_of_which_most_is_done_does_not_lengthen_the_wait(clock: ManualClock) -> None:
    """Then the waits fit what the table has to give."""
    limiter = ConcurrencyLimiter(8)
    for _ in range(3):
        throttle(limiter)
    clock.now += limiter.wait_s()
    throttle(limiter, done=13, not_deleted=12)
    assert limiter.wait_s() == pytest.approx(4 * SHORTEST_BACKOFF_S)


def test_after_a_push_back_requests_are_spaced_until_the_table_is_quiet(clock: ManualClock) -> None:
    """Each success halves the spacing, so that one alone does not run into the limit again."""
    limiter = ConcurrencyLimiter(8)
    for _ in range(2):
        throttle(limiter)
    spacings = []
    for _ in range(3):
        clock.now += limiter.wait_s()
        limiter.answered(limiter.generation, 25, 0)
        limiter.started()
        spacings.append(limiter.wait_s())
    assert spacings == pytest.approx([SHORTEST_BACKOFF_S, 0, 0])


def test_after_a_push_back_no_more_is_begun_than_the_rate_can_finish(clock: ManualClock) -> None:
    """100 a second were done lately, and what was done long ago counts no more."""
    limiter = ConcurrencyLimiter(8)
    throttle(limiter)
    for _ in range(1000):
        clock.now += 0.1
        limiter.answered(limiter.generation, 10, 0)
    assert limiter.startable(40.0) == pytest.approx(100 * 40 * STARTED_SHARE, rel=0.05)
    clock.now += 10 * RATE_WINDOW_S
    assert limiter.startable(40.0) < 1


def test_the_wait_is_drawn_between_nothing_and_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions that were pushed back together would else come back together."""
    drawn: list[tuple[float, float]] = []

    def draw_the_least(least: float, most: float) -> float:
        drawn.append((least, most))
        return least

    monkeypatch.setattr("random.uniform", draw_the_least)
    limiter = ConcurrencyLimiter(8)
    throttle(limiter)
    assert drawn == [(0.0, SHORTEST_BACKOFF_S)]
    assert limiter.wait_s() == 0
