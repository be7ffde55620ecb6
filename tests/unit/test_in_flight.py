"""Requests go in threads of their own, and answers are taken as they come."""

import threading
import time
from functools import partial

import pytest
from scavenger import batch_delete
from scavenger.batch_delete import delete_batch
from scavenger.clients import make_dynamodb_client
from scavenger.concurrency_limiter import ConcurrencyLimiter
from scavenger.in_flight import SPARE_THREADS, InFlight
from scavenger.settings import KeyedTable
from support.endpoint import drip
from support.events import KEY_TYPES, key


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


def test_waiting_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a request under way, and without one."""
    go_on, slept = threading.Event(), list[float]()
    monkeypatch.setattr(time, "sleep", slept.append)
    in_flight: InFlight[str, bool] = InFlight(1)
    assert in_flight.wait(0.01) == []
    assert slept == [0.01]
    in_flight.start("slow", lambda: go_on.wait(10))
    assert in_flight.wait(0.01) == []
    assert in_flight.wait(-1) == []
    assert len(in_flight) == 1
    go_on.set()
    in_flight.close()


def test_a_request_that_nothing_has_begun_to_send_is_not_sent_once_it_is_let_go() -> None:
    """Another invocation may have deleted and staged its row again since."""
    go_on, sent = threading.Event(), list[int]()
    hanging: InFlight[int, bool] = InFlight(3)
    for number in range(3 + SPARE_THREADS):
        hanging.start(number, lambda: go_on.wait(10))
    late: InFlight[int, None] = InFlight(3)
    late.start(1, lambda: sent.append(1))
    late.close()
    go_on.set()
    while len(hanging):
        assert hanging.wait(10)
    after: InFlight[int, None] = InFlight(3)
    after.start(2, lambda: sent.append(2))
    assert after.wait(10) == [(2, None)]
    assert sent == [2]


def test_answers_that_come_a_byte_at_a_time_leave_no_more_threads_than_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They meet no time-out. An execution environment is used for days, and each of its invocations ends in time."""
    monkeypatch.setattr(batch_delete, "START_RESERVE_S", 0.1)
    monkeypatch.setattr(batch_delete, "FINISH_RESERVE_S", 0.1)
    most, before = 2, set(threading.enumerate())
    with drip() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        client, table, keys = make_dynamodb_client(most), KeyedTable("staging", KEY_TYPES), [key(n) for n in range(100)]
        # As would leave twice as many as there is room for.
        for _ in range(10):
            ends_at = time.monotonic() + 0.3
            remaining_s = partial(lambda ends_at: ends_at - time.monotonic(), ends_at)
            assert delete_batch(
                client, table, keys, limiter=ConcurrencyLimiter(most), remaining_s=remaining_s
            ).not_deleted == [*range(100)]
        left = [thread.name for thread in set(threading.enumerate()) - before if thread.name.startswith("in-flight")]
    assert len(left) <= most + SPARE_THREADS
