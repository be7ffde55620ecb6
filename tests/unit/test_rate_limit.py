"""All threads together use no more units a second than the limit."""

import threading
import time

import pytest
from reconciler.rate_limit import RateLimit


class Clock(threading.Event):
    """A clock that moves when something waits for it. It never sets the event."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0

    def wait(self, timeout: float | None = None) -> bool:
        """Let the time pass."""
        self.now += max(0.0, timeout or 0.0)
        return self.is_set()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replace the clock."""
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    return clock


def test_items_are_taken_at_an_even_rate(clock: Clock) -> None:
    """A reservation waits until the earlier units are used up."""
    limit = RateLimit(10, 0.5)
    for _ in range(5):
        assert limit.reserve(50, clock) == 25
    assert clock.now == pytest.approx(100 + 4 * 2.5)


def test_the_units_that_were_really_used_count(clock: Clock) -> None:
    """They may be more or less than was reserved."""
    limit = RateLimit(10, 1)
    assert limit.reserve(10, clock) == 10
    limit.charge(10, 10, 30)
    assert limit.reserve(10, clock) == 30
    limit.charge(10, 30, 20)
    assert limit.reserve(10, clock) == 20
    assert clock.now == pytest.approx(100 + 3 + 2)


def test_the_units_of_an_item_are_learned_from_the_last_ones(clock: Clock) -> None:
    """Without items or units, nothing is learned."""
    limit = RateLimit(10, 1)
    assert limit.items_in(2) == 20
    assert limit.reserve(5, clock)
    limit.charge(5, 5, 20)
    assert limit.items_in(2) == 5
    assert limit.reserve(1, clock)
    limit.charge(0, 4, 0.5)
    assert limit.items_in(2) == 5
    limit.charge(1, 4, 0)
    assert limit.items_in(2) == 5


def test_units_of_a_pause_are_lost(clock: Clock) -> None:
    """There is no burst after a pause."""
    limit = RateLimit(10, 1)
    clock.now += 60
    assert limit.reserve(10, clock)
    assert limit.reserve(10, clock)
    assert clock.now == pytest.approx(100 + 60 + 1)


def test_a_stop_reserves_nothing(clock: Clock) -> None:
    """Nobody waits for units that were not reserved."""
    limit, stop = RateLimit(0.001, 1), threading.Event()
    limit.charge(1, 0, 1)
    threading.Timer(0.05, stop.set).start()
    assert limit.reserve(1, stop) is None
    assert limit.reserve(1, clock) == 1
    assert clock.now == pytest.approx(100 + 1000)
