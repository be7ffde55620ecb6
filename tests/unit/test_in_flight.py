"""Each request is sent by its own thread, and answers are returned as they come."""

import threading
import time
from functools import partial

import pytest
from scavenger import batch_delete
from scavenger.batch_delete import delete_batch
from scavenger.clients import make_dynamodb_client
from scavenger.concurrency_limiter import ConcurrencyLimiter
from scavenger.in_flight import SPARE_THREADS, InFlight
from scavenger.row import Row
from scavenger.settings import KeyedTable
from support.endpoint import drip
from support.events import KEY_TYPES, key


def test_an_answer_is_returned_with_its_request_as_soon_as_it_comes() -> None:
    """A slow request does not block a fast one."""
    may_answer = threading.Event()
    in_flight: InFlight[str, bool] = InFlight(2)
    in_flight.start("slow", lambda: may_answer.wait(10))
    in_flight.start("fast", lambda: True)
    assert in_flight.wait(10) == [("fast", True)]
    assert in_flight.requests() == ["slow"]
    may_answer.set()
    assert in_flight.wait(10) == [("slow", True)]
    assert len(in_flight) == 0
    in_flight.close()


def test_wait_raises_what_sending_raises() -> None:
    """Otherwise the exception would be lost in a thread."""
    in_flight: InFlight[str, int] = InFlight(1)
    in_flight.start("request", lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        in_flight.wait(10)
    in_flight.close()


def test_waiting_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does so with a request in flight, and without one."""
    may_answer, slept = threading.Event(), list[float]()
    monkeypatch.setattr(time, "sleep", slept.append)
    in_flight: InFlight[str, bool] = InFlight(1)
    assert in_flight.wait(0.01) == []
    assert slept == [0.01]
    in_flight.start("slow", lambda: may_answer.wait(10))
    assert in_flight.wait(0.01) == []
    assert in_flight.wait(-1) == []
    assert len(in_flight) == 1
    may_answer.set()
    in_flight.close()


def test_a_request_that_no_thread_has_started_is_not_sent_after_close() -> None:
    """By then, another invocation may have deleted the row, and an API may have staged it again."""
    may_answer, sent = threading.Event(), list[int]()
    hanging: InFlight[int, bool] = InFlight(3)
    for number in range(3 + SPARE_THREADS):
        hanging.start(number, lambda: may_answer.wait(10))
    late: InFlight[int, None] = InFlight(3)
    late.start(1, lambda: sent.append(1))
    late.close()
    may_answer.set()
    while len(hanging):
        assert hanging.wait(10)
    after: InFlight[int, None] = InFlight(3)
    after.start(2, lambda: sent.append(2))
    assert after.wait(10) == [(2, None)]
    assert sent == [2]


def test_answers_that_come_a_byte_at_a_time_leave_a_limited_number_of_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They meet no time-out. An execution environment may run for days, and each of its invocations ends in time."""
    monkeypatch.setattr(batch_delete, "START_RESERVE_S", 0.1)
    monkeypatch.setattr(batch_delete, "FINISH_RESERVE_S", 0.1)
    most, before = 2, set(threading.enumerate())
    with drip() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        client, table, rows = (
            make_dynamodb_client(most),
            KeyedTable("staging", KEY_TYPES),
            [Row(key(n)) for n in range(100)],
        )
        # Without the limit, ten invocations would leave twice as many threads.
        for _ in range(10):
            ends_at = time.monotonic() + 0.3
            remaining_s = partial(lambda ends_at: ends_at - time.monotonic(), ends_at)
            assert delete_batch(
                client, table, rows, limiter=ConcurrencyLimiter(most), remaining_s=remaining_s
            ).not_deleted == [*range(100)]
        left = [thread.name for thread in set(threading.enumerate()) - before if thread.name.startswith("in-flight")]
    assert len(left) <= most + SPARE_THREADS
