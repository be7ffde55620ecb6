"""Requests go in threads of their own, and answers are taken as they come."""

import threading
import time

import pytest
from scavenger.in_flight import InFlight


def test_an_answer_is_given_with_its_request_as_soon_as_it_is_there() -> None:
    """A slow request does not hold up a fast one."""
    go_on = threading.Event()
    in_flight: InFlight[str, bool] = InFlight(2)
    in_flight.start("slow", lambda: go_on.wait(10))
    in_flight.start("fast", lambda: True)
    assert in_flight.wait(10) == [("fast", True)]
    assert in_flight.requests() == ["slow"]
    go_on.set()
    assert in_flight.wait(10) == [("slow", True)]
    assert len(in_flight) == 0
    in_flight.close()


def test_what_sending_raises_is_raised_where_it_is_waited_for() -> None:
    """Else a fault would be lost in a thread."""
    in_flight: InFlight[str, int] = InFlight(1)
    in_flight.start("request", lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        in_flight.wait(10)
    in_flight.close()


def test_waiting_ends_with_its_time() -> None:
    """With a request under way, and without one."""
    go_on = threading.Event()
    in_flight: InFlight[str, bool] = InFlight(1)
    began = time.monotonic()
    assert in_flight.wait(0.01) == []
    assert time.monotonic() - began >= 0.01
    in_flight.start("slow", lambda: go_on.wait(10))
    assert in_flight.wait(0.01) == []
    assert in_flight.wait(-1) == []
    assert len(in_flight) == 1
    go_on.set()
    in_flight.close()
