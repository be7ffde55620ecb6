"""Many deletions become few requests, in order, and what DynamoDB leaves undone is sent again while there is time."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError
from scavenger import batch_delete, client, pace
from scavenger.batch_delete import FINISH_RESERVE_S, START_RESERVE_S, Outcome, delete_batch
from scavenger.client import make_dynamodb_client
from scavenger.pace import Pace
from scavenger.records import Deletion
from scavenger.settings import Settings
from support.dynamodb import SUCCESS, Answer, FakeDynamoDB, Keys, error_answer, http_dynamodb, refuse, send_back
from support.events import key

SETTINGS = Settings(staging_table_name="staging", max_requests_in_flight=8)


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "BACKOFF_BASE_S", 0.0)


def deletions(count: int) -> list[Deletion]:
    """Make so many deletions of different keys, in the order of their numbers."""
    return [Deletion(key(number), str(1000 + number)) for number in range(count)]


def delete(
    dynamodb: FakeDynamoDB,
    what: Sequence[Deletion],
    *,
    max_in_flight: int = 8,
    remaining_s: Callable[[], float] = lambda: 60.0,
) -> Outcome:
    """Delete from the fake."""
    return delete_batch(dynamodb.client, "staging", what, max_in_flight=max_in_flight, remaining_s=remaining_s)


@pytest.mark.parametrize(("count", "requests"), [(0, 0), (1, 1), (25, 1), (26, 2), (100, 4), (1001, 41)])
def test_requests_are_as_few_as_they_can_be(count: int, requests: int) -> None:
    """25 deletions fit a request."""
    dynamodb = FakeDynamoDB()
    outcome = delete(dynamodb, deletions(count))
    assert len(dynamodb.requests) == outcome.requests == requests
    assert len(dynamodb.deleted) == outcome.write_units == count
    assert outcome.undone == []


def test_deletions_go_in_order() -> None:
    """With one request in flight, the table sees the order of the stream."""
    dynamodb = FakeDynamoDB()
    delete(dynamodb, deletions(60), max_in_flight=1)
    assert dynamodb.deleted == [key(number) for number in range(60)]


def test_several_requests_are_in_flight_but_no_more_than_allowed() -> None:
    """Three requests wait for each other, which only ends if all three are under way."""
    together = threading.Barrier(3, timeout=10)

    def meet(_: Keys) -> Keys:
        together.wait()
        return []

    dynamodb = FakeDynamoDB(*[meet] * 6)
    delete(dynamodb, deletions(150), max_in_flight=3)
    assert dynamodb.most_in_flight == 3


def test_what_is_sent_back_is_sent_again() -> None:
    """UnprocessedItems are no loss, and count as unprocessed."""
    dynamodb = FakeDynamoDB(send_back(25), send_back(7))
    outcome = delete(dynamodb, deletions(25))
    assert [len(request) for request in dynamodb.requests] == [25, 25, 7]
    assert (outcome.requests, outcome.unprocessed, outcome.write_units) == (3, 32, 25.0)
    assert outcome.undone == []


def test_what_is_sent_back_goes_before_what_comes_later() -> None:
    """So that what is undone in the end is a suffix of the batch, as short as can be."""
    dynamodb = FakeDynamoDB(send_back(5))
    delete(dynamodb, deletions(60), max_in_flight=1)
    assert dynamodb.requests[1] == [key(number) for number in range(20, 45)]


def test_a_binary_key_that_is_sent_back_is_sent_again() -> None:
    """Bytes are found again as well as text."""
    dynamodb = FakeDynamoDB(send_back(1))
    what = [Deletion({"id": {"B": bytes([number])}}, str(number)) for number in range(3)]
    assert delete(dynamodb, what).undone == []
    assert dynamodb.requests[1] == [{"id": {"B": b"\x02"}}]


def test_an_answer_in_other_words_makes_the_whole_request_go_again() -> None:
    """A key that cannot be found in the request must not be taken for deleted."""
    dynamodb = FakeDynamoDB(lambda _: [{"id": {"N": "1.0"}}])
    delete(dynamodb, [Deletion({"id": {"N": "1"}}, "1"), Deletion({"id": {"N": "2"}}, "2")])
    assert [len(request) for request in dynamodb.requests] == [2, 2]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ProvisionedThroughputExceededException", 400),
        ("ThrottlingException", 400),
        ("RequestLimitExceeded", 400),
        ("ReplicatedWriteConflictException", 400),
        ("InternalServerError", 500),
        ("ServiceUnavailable", 503),
        ("SomethingNew", 599),
    ],
)
def test_a_request_refused_for_now_is_sent_again(code: str, status: int) -> None:
    """Throttling and DynamoDB's own faults pass."""
    dynamodb = FakeDynamoDB(refuse(code, status), refuse(code, status))
    outcome = delete(dynamodb, deletions(30), max_in_flight=1)
    assert outcome.undone == []
    assert (outcome.requests, outcome.unprocessed) == (4, 50)
    assert len(dynamodb.deleted) == 30


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException", "ValidationException"])
def test_a_request_refused_for_good_is_raised_at_once(code: str) -> None:
    """No retry gives a permission or a table."""
    dynamodb = FakeDynamoDB(refuse(code))
    with pytest.raises(ClientError, match=code):
        delete(dynamodb, deletions(100), max_in_flight=1)
    assert len(dynamodb.requests) == 1


def test_nothing_is_started_that_might_not_be_answered_in_time() -> None:
    """Each request takes a second: what would be cut off is left to the next invocation instead."""
    left_s = START_RESERVE_S + 2.5

    def take_a_second(_: Keys) -> Keys:
        nonlocal left_s
        left_s -= 1
        return []

    dynamodb = FakeDynamoDB(*[take_a_second] * 4)
    outcome = delete(dynamodb, deletions(100), max_in_flight=1, remaining_s=lambda: left_s)
    assert len(dynamodb.requests) == 3
    assert outcome.undone == deletions(100)[75:]


def test_a_wait_that_outlasts_the_time_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be paid for and lead to nothing."""
    monkeypatch.setattr(pace, "BACKOFF_BASE_S", 100.0)
    monkeypatch.setattr("random.uniform", lambda _, most: most)
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("it waits"))
    outcome = delete(FakeDynamoDB(send_back(1)), deletions(3), remaining_s=lambda: START_RESERVE_S + 50)
    assert outcome.undone == deletions(3)[2:]


def test_the_pace_is_told_what_became_of_each_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests that were under way together share a generation, so that they are slowed down once."""
    told: list[Any] = []

    class ToldPace(Pace):
        def speed_up(self) -> None:
            told.append("up")
            super().speed_up()

        def slow_down(self, generation: int) -> None:
            told.append(generation)
            super().slow_down(generation)

    monkeypatch.setattr(batch_delete, "Pace", ToldPace)
    together = threading.Barrier(2, timeout=10)

    def be_pushed_back_together(keys: Keys) -> Keys:
        together.wait()
        return keys

    dynamodb = FakeDynamoDB(*[be_pushed_back_together] * 2, refuse("ThrottlingException"))
    delete(dynamodb, deletions(50), max_in_flight=2)
    assert told == [0, 0, 1, "up", "up"]


def test_without_time_nothing_is_sent() -> None:
    """All is undone, and reported so."""
    dynamodb = FakeDynamoDB()
    outcome = delete(dynamodb, deletions(3), remaining_s=lambda: START_RESERVE_S)
    assert outcome.undone == deletions(3)
    assert dynamodb.requests == []


def test_a_table_that_never_gives_in_ends_with_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function tries as long as it may and reports what is undone, in order."""
    monkeypatch.setattr(pace, "BACKOFF_CAP_S", 0.02)
    monkeypatch.setattr(pace, "BACKOFF_BASE_S", 0.01)
    ends_at = time.monotonic() + START_RESERVE_S + 0.2
    dynamodb = FakeDynamoDB(*[send_back(25)] * 10_000)
    outcome = delete(dynamodb, deletions(60), remaining_s=lambda: ends_at - time.monotonic())
    assert outcome.undone == deletions(60)
    assert outcome.requests == len(dynamodb.requests) > 3


def test_a_request_that_outlasts_the_time_is_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function returns in time, and says that it does not know of this one."""
    monkeypatch.setattr(batch_delete, "START_RESERVE_S", FINISH_RESERVE_S)
    returned = threading.Event()

    def hang(_: Keys) -> Keys:
        returned.wait(10)
        return []

    dynamodb = FakeDynamoDB(hang)
    ends_at = time.monotonic() + FINISH_RESERVE_S + 0.2
    outcome = delete(dynamodb, deletions(2), remaining_s=lambda: ends_at - time.monotonic())
    left_s = ends_at - time.monotonic()
    # Neither has it waited for the request, nor used up what is left for the log.
    assert dynamodb.deleted == []
    assert left_s > 0.5
    returned.set()
    assert outcome.undone == deletions(2)


def drop() -> Answer:
    """Close the connection without an answer."""
    return None


def be_slow() -> Answer:
    """Answer when nobody waits any more."""
    time.sleep(0.5)
    return SUCCESS


FAULTS: dict[str, Callable[[], Answer]] = {
    "provisioned throughput": lambda: error_answer("ProvisionedThroughputExceededException"),
    "throttling": lambda: error_answer("ThrottlingException"),
    "internal": lambda: error_answer("InternalServerError", 500),
    "unavailable": lambda: (503, b"<html>Service Unavailable</html>"),
    "dropped connection": drop,
    "no answer in time": be_slow,
    "answer cut short": lambda: (200, b'{"Unprocess'),
    "answer without content": lambda: (200, b""),
    "answer of somebody else": lambda: (200, b"<html>Log in to the network</html>"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_over_the_wire_a_fault_is_retried_by_us_alone(
    fault: Callable[[], Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real client raises what we take for passing, and does not retry on its own."""
    monkeypatch.setattr(client, "READ_TIMEOUT_S", 0.2)
    with http_dynamodb([fault]) as (url, requests):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        outcome = delete_batch(
            make_dynamodb_client(SETTINGS), "staging", deletions(2), max_in_flight=1, remaining_s=lambda: 60.0
        )
    assert (outcome.undone, outcome.requests, outcome.unprocessed) == ([], 2, 2)
    assert len(requests) == 2
    assert requests[0] == requests[1]


def test_over_the_wire_an_unreachable_endpoint_is_left_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens; that may pass, but not before the time is over."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    left = iter([60.0] * 10)
    outcome = delete_batch(
        make_dynamodb_client(SETTINGS), "staging", deletions(2), max_in_flight=1, remaining_s=lambda: next(left, 0.0)
    )
    assert outcome.undone == deletions(2)


def test_over_the_wire_a_key_goes_as_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strings and numbers are untouched, and binary is Base64 once."""
    with http_dynamodb([]) as (url, requests):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        delete_batch(
            make_dynamodb_client(SETTINGS),
            "staging",
            [Deletion({"id": {"B": b"\x00\xff"}, "at": {"N": "1e3"}}, "1")],
            max_in_flight=1,
            remaining_s=lambda: 60.0,
        )
    delete_request = {"DeleteRequest": {"Key": {"id": {"B": "AP8="}, "at": {"N": "1e3"}}}}
    assert requests == [{"RequestItems": {"staging": [delete_request]}, "ReturnConsumedCapacity": "TOTAL"}]


def test_no_thread_is_left_behind() -> None:
    """An execution environment is used for days."""
    before = set(threading.enumerate())
    delete(FakeDynamoDB(), deletions(300))
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()
