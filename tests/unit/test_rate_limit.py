"""Several threads together take no more than so many units a second."""

import threading
import time

import pytest
from scavenger_ops.reconcile.rate_limit import RateLimit


class Clock(threading.Event):
    """A clock that moves when it is waited on, which never sets the event."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0

    def wait(self, timeout: float | None = None) -> bool:
        """Let that time pass."""
        self.now += max(0.0, timeout or 0.0)
        return self.is_set()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replace the time."""
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    return clock


def test_units_are_taken_at_an_even_rate(clock: Clock) -> None:
    """What was taken is waited for before more is."""
    limit = RateLimit(10)
    for _ in range(5):
        assert limit.take(25, clock)
    assert clock.now == pytest.approx(100 + 4 * 2.5)


def test_what_it_really_came_to_is_waited_for(clock: Clock) -> None:
    """Be it more or less than was asked for."""
    limit = RateLimit(10)
    assert limit.take(10, clock)
    limit.correct(20)
    assert limit.take(10, clock)
    limit.correct(-10)
    assert limit.take(10, clock)
    assert clock.now == pytest.approx(100 + 3)


def test_a_pause_is_not_made_up_for(clock: Clock) -> None:
    """Units that were not taken are gone."""
    limit = RateLimit(10)
    clock.now += 60
    assert limit.take(10, clock)
    assert limit.take(10, clock)
    assert clock.now == pytest.approx(100 + 60 + 1)


def test_whoever_is_to_stop_takes_nothing() -> None:
    """Although its turn would have come, it would have come later."""
    limit, stop = RateLimit(0.001), threading.Event()
    assert limit.take(1, stop)
    threading.Timer(0.05, stop.set).start()
    assert not limit.take(1, stop)
