"""The pace follows what DynamoDB answers."""

import pytest
from scavenger import pace as pace_module
from scavenger.pace import BACKOFF_BASE_S, BACKOFF_CAP_S, Pace


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


@pytest.mark.usefixtures("clock")
def test_it_starts_at_full_speed() -> None:
    """Before the first push-back, only the limit counts."""
    pace = Pace(8)
    assert pace.allows(7)
    assert not pace.allows(8)


def test_a_push_back_halves_the_requests_and_waits(clock: Clock) -> None:
    """Nothing starts during the wait, and then half as many as before."""
    pace = Pace(8)
    pace.slow_down(pace.generation)
    assert not pace.allows(0)
    assert pace.wait_s() == pytest.approx(BACKOFF_BASE_S)
    clock.now += BACKOFF_BASE_S
    assert pace.wait_s() == 0
    assert pace.allows(3)
    assert not pace.allows(4)


@pytest.mark.usefixtures("clock")
def test_requests_pushed_back_together_are_one_sign() -> None:
    """Eight requests that hit the same limit at once do not stop the function dead."""
    pace = Pace(8)
    generation = pace.generation
    for _ in range(8):
        pace.slow_down(generation)
    assert pace.wait_s() == pytest.approx(BACKOFF_BASE_S)


def test_waits_grow_to_a_cap_and_one_request_always_may_go(clock: Clock) -> None:
    """However long the table pushes back, the function keeps asking."""
    pace = Pace(8)
    waits = []
    for _ in range(12):
        pace.slow_down(pace.generation)
        waits.append(pace.wait_s())
        clock.now += pace.wait_s()
    assert waits[:3] == pytest.approx([BACKOFF_BASE_S, 2 * BACKOFF_BASE_S, 4 * BACKOFF_BASE_S])
    assert waits[-1] == pytest.approx(BACKOFF_CAP_S)
    assert pace.allows(0)
    assert not pace.allows(1)


def test_each_success_allows_one_more_up_to_the_limit(clock: Clock) -> None:
    """The pace comes back when the table is quiet."""
    pace = Pace(4)
    pace.slow_down(pace.generation)
    clock.now += BACKOFF_CAP_S
    for allowed in (2, 3, 4, 4):
        assert pace.allows(allowed - 1)
        assert not pace.allows(allowed)
        pace.speed_up()


def test_the_wait_is_drawn_between_nothing_and_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions that were pushed back together would else come back together."""
    drawn: list[tuple[float, float]] = []

    def draw_the_least(least: float, most: float) -> float:
        drawn.append((least, most))
        return least

    monkeypatch.setattr("random.uniform", draw_the_least)
    pace = Pace(8)
    pace.slow_down(pace.generation)
    assert drawn == [(0.0, BACKOFF_BASE_S)]
    assert pace.wait_s() == 0
