"""The pace follows what DynamoDB answers."""

import math

import pytest
from scavenger import pace as pace_module
from scavenger.pace import (
    BEGUN_SHARE,
    FIRST_IN_FLIGHT,
    LONGEST_SPACING_S,
    RATE_WINDOW_S,
    SHORTEST_SPACING_S,
    Pace,
)


class Clock:
    """A time that only the test moves."""

    now = 1000.0

    def monotonic(self) -> float:
        """Give the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let the test move the time, and make each wait as long as it may be."""
    clock = Clock()
    monkeypatch.setattr(pace_module, "time", clock)
    monkeypatch.setattr("random.uniform", lambda _, most: most)
    return clock


def limit(pace: Pace) -> int:
    """Give how many requests may be in flight, once no wait is left."""
    return next(count for count in range(100) if not pace.allows(count))


def push_back(pace: Pace, *, done: int = 0, undone: int = 25) -> None:
    """Let a request be pushed back that was started just now."""
    pace.answered(pace.generation, done, undone)


def at_full_speed(max_in_flight: int) -> Pace:
    """Make a pace after many successes."""
    pace = Pace(max_in_flight)
    for _ in range(max_in_flight):
        pace.answered(pace.generation, 25, 0)
    return pace


@pytest.mark.usefixtures("clock")
def test_it_starts_slowly_and_each_success_allows_one_more_up_to_the_limit() -> None:
    """A table that is throttled from the start is not sent more than it can finish."""
    pace = Pace(4)
    limits = []
    for _ in range(4):
        limits.append(limit(pace))
        pace.answered(pace.generation, 25, 0)
    assert limits == [FIRST_IN_FLIGHT, 3, 4, 4]


@pytest.mark.usefixtures("clock")
def test_the_next_batch_begins_with_as_many_and_with_nothing_else_kept() -> None:
    """A push-back minutes ago says nothing of how many deletes get through now."""
    pace = at_full_speed(8)
    pace.begin()
    assert limit(pace) == 8
    push_back(pace)
    pace.begin()
    assert limit(pace) == 4
    assert (pace.generation, pace.wait_s(), pace.may_be_begun(1.0)) == (0, 0.0, math.inf)


@pytest.mark.usefixtures("clock")
def test_a_limit_below_the_first_number_holds() -> None:
    """One request in flight means one."""
    assert limit(Pace(1)) == 1


@pytest.mark.usefixtures("clock")
def test_without_a_push_back_nothing_waits() -> None:
    """Neither before the next request nor for the time left."""
    pace = at_full_speed(8)
    pace.started()
    assert pace.wait_s() == 0
    assert pace.may_be_begun(0.1) == math.inf


def test_a_push_back_halves_the_requests_and_waits(clock: Clock) -> None:
    """Nothing starts during the wait, and then half as many as before."""
    pace = at_full_speed(8)
    push_back(pace)
    assert not pace.allows(0)
    assert pace.wait_s() == pytest.approx(SHORTEST_SPACING_S)
    clock.now += SHORTEST_SPACING_S
    assert limit(pace) == 4


@pytest.mark.usefixtures("clock")
def test_requests_pushed_back_together_are_one_sign() -> None:
    """Eight requests that hit the same limit at once do not stop the function dead."""
    pace = at_full_speed(8)
    generation = pace.generation
    for _ in range(8):
        pace.answered(generation, 0, 25)
    assert pace.wait_s() == pytest.approx(SHORTEST_SPACING_S)


def test_waits_grow_to_a_cap_and_one_request_always_may_go(clock: Clock) -> None:
    """However long the table pushes back, the function keeps asking."""
    pace = Pace(8)
    waits = []
    for _ in range(12):
        push_back(pace)
        waits.append(pace.wait_s())
        clock.now += pace.wait_s()
    assert waits[:3] == pytest.approx([SHORTEST_SPACING_S, 2 * SHORTEST_SPACING_S, 4 * SHORTEST_SPACING_S])
    assert waits[-1] == pytest.approx(LONGEST_SPACING_S)
    assert limit(pace) == 1


def test_a_request_of_which_most_is_done_does_not_lengthen_the_wait(clock: Clock) -> None:
    """Then the waits fit what the table has to give."""
    pace = Pace(8)
    for _ in range(3):
        push_back(pace)
    clock.now += pace.wait_s()
    push_back(pace, done=13, undone=12)
    assert pace.wait_s() == pytest.approx(4 * SHORTEST_SPACING_S)


def test_after_a_push_back_requests_are_spaced_until_the_table_is_quiet(clock: Clock) -> None:
    """Each success halves the spacing, so that one alone does not run into the limit again."""
    pace = Pace(8)
    for _ in range(2):
        push_back(pace)
    spacings = []
    for _ in range(3):
        clock.now += pace.wait_s()
        pace.answered(pace.generation, 25, 0)
        pace.started()
        spacings.append(pace.wait_s())
    assert spacings == pytest.approx([SHORTEST_SPACING_S, 0, 0])


def test_after_a_push_back_no_more_is_begun_than_the_rate_can_finish(clock: Clock) -> None:
    """100 a second were done lately, and what was done long ago counts no more."""
    pace = Pace(8)
    push_back(pace)
    for _ in range(1000):
        clock.now += 0.1
        pace.answered(pace.generation, 10, 0)
    assert pace.may_be_begun(40.0) == pytest.approx(100 * 40 * BEGUN_SHARE, rel=0.05)
    clock.now += 10 * RATE_WINDOW_S
    assert pace.may_be_begun(40.0) < 1


def test_the_wait_is_drawn_between_nothing_and_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions that were pushed back together would else come back together."""
    drawn: list[tuple[float, float]] = []

    def draw_the_least(least: float, most: float) -> float:
        drawn.append((least, most))
        return least

    monkeypatch.setattr("random.uniform", draw_the_least)
    pace = Pace(8)
    push_back(pace)
    assert drawn == [(0.0, SHORTEST_SPACING_S)]
    assert pace.wait_s() == 0
