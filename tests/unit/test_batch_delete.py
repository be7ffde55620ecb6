"""Many deletes become few requests, in order. Deletes that are not done are sent again while there is time."""

import threading
import zlib
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest
from scavenger import batch_delete, clients, concurrency_limiter
from scavenger.batch_delete import (
    FINISH_RESERVE_S,
    START_RESERVE_S,
    DeleteResult,
    delete_batch,
)
from scavenger.clients import make_dynamodb_client
from scavenger.concurrency_limiter import ConcurrencyLimiter
from scavenger.delete_request import BATCH
from scavenger.in_flight import InFlight
from scavenger.keys import Key
from scavenger.row import Row
from scavenger.settings import KeyedTable
from support.dynamodb import (
    SUCCESS,
    Answer,
    FakeDynamoDB,
    Keys,
    delete_all,
    error_answer,
    fail_with,
    http_dynamodb,
    leave_unprocessed,
    reject_any_of,
)
from support.events import KEY_TYPES, key

TABLE = KeyedTable("staging", KEY_TYPES)


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency_limiter, "SHORTEST_BACKOFF_S", 0.0)


def keys(count: int) -> list[Key]:
    """Return `count` different keys, in the order of their numbers."""
    return [key(number) for number in range(count)]


def rows_of(what: Sequence[Key]) -> list[Row]:
    """Return the rows with these keys."""
    return [Row(key) for key in what]


def delete(
    dynamodb: FakeDynamoDB,
    what: Sequence[Key],
    *,
    max_in_flight: int = 8,
    limiter: ConcurrencyLimiter | None = None,
    remaining_s: Callable[[], float] = lambda: 60.0,
) -> DeleteResult:
    """Delete from the fake, with a new limiter unless one is given."""
    return delete_batch(
        dynamodb.client,
        TABLE,
        rows_of(what),
        limiter=limiter or ConcurrencyLimiter(max_in_flight),
        remaining_s=remaining_s,
    )


@pytest.mark.parametrize(("count", "requests"), [(0, 0), (1, 1), (25, 1), (26, 2), (100, 4), (1001, 41)])
def test_requests_are_as_few_as_they_can_be(count: int, requests: int) -> None:
    """A request has room for 25 deletes."""
    dynamodb = FakeDynamoDB()
    result = delete(dynamodb, keys(count))
    assert len(dynamodb.requests) == result.requests == requests
    assert len(dynamodb.deleted) == result.write_units == count
    assert result.not_deleted == []


def test_deletes_are_sent_in_order() -> None:
    """With one request in flight, the table gets them in the order of the stream."""
    dynamodb = FakeDynamoDB()
    delete(dynamodb, keys(60), max_in_flight=1)
    assert dynamodb.deleted == [key(number) for number in range(60)]


def test_unprocessed_items_under_another_table_name_repeat_the_whole_request() -> None:
    """Such an answer does not prove that all rows were deleted."""

    class OtherTableName(FakeDynamoDB):
        def batch_write_item(self, **request: Any) -> dict[str, Any]:
            answer = super().batch_write_item(**request)
            if len(self.requests) == 1:
                answer["UnprocessedItems"] = {"arn:of:table/staging": []}
            return answer

    dynamodb = OtherTableName()
    assert delete(dynamodb, keys(2)).unprocessed == 2
    assert len(dynamodb.requests) == 2


def test_errors_are_counted_by_name() -> None:
    """Throttling needs another remediation than a server error."""
    throttling = fail_with("ThrottlingException")
    result = delete(
        FakeDynamoDB(throttling, throttling, fail_with("InternalServerError", 500), leave_unprocessed(1)), keys(2)
    )
    assert result.faults == {"ThrottlingException": 2, "InternalServerError": 1}


def test_several_requests_are_in_flight_but_no_more_than_allowed() -> None:
    """Three requests wait for each other. That only ends if all three are in flight."""
    together = threading.Barrier(3, timeout=10)

    def meet(_: Keys) -> Keys:
        together.wait()
        return []

    # The limiter starts with two.
    dynamodb = FakeDynamoDB(delete_all, delete_all, *[meet] * 6)
    delete(dynamodb, keys(200), max_in_flight=3)
    assert dynamodb.most_in_flight == 3


def test_unprocessed_items_are_sent_again() -> None:
    """They count as unprocessed, and are deleted in the end."""
    dynamodb = FakeDynamoDB(leave_unprocessed(25), leave_unprocessed(7))
    result = delete(dynamodb, keys(25))
    assert [len(request) for request in dynamodb.requests] == [25, 25, 7]
    assert (result.requests, result.unprocessed, result.write_units) == (3, 32, 25.0)
    assert result.not_deleted == []


def test_unprocessed_items_are_sent_before_later_keys() -> None:
    """So the rows that are not deleted in the end are the last ones, and as few as possible."""
    dynamodb = FakeDynamoDB(leave_unprocessed(5))
    delete(dynamodb, keys(60), max_in_flight=1)
    assert dynamodb.requests[1] == [key(number) for number in range(20, 45)]


def test_unprocessed_items_are_sent_again_in_the_order_of_their_keys() -> None:
    """The second request is answered before the first, and both are unprocessed as a whole."""
    is_answered = threading.Event()

    class SignallingLimiter(ConcurrencyLimiter):
        def answered(self, generation: int, done: int, not_deleted: int) -> None:
            super().answered(generation, done, not_deleted)
            is_answered.set()

    def answer_first_request_last(keys: Keys) -> Keys:
        if keys[0] == key(0):
            assert is_answered.wait(10)
        return keys

    dynamodb = FakeDynamoDB(answer_first_request_last, answer_first_request_last)
    delete(dynamodb, keys(50), limiter=SignallingLimiter(2))
    assert dynamodb.requests[2] == [key(number) for number in range(25)]


def test_an_unprocessed_binary_key_is_sent_again() -> None:
    """Bytes are matched with the request just as text is."""
    dynamodb = FakeDynamoDB(leave_unprocessed(1))
    what = [{"id": {"B": bytes([number])}} for number in range(3)]
    assert delete(dynamodb, what).not_deleted == []
    assert dynamodb.requests[1] == [{"id": {"B": b"\x02"}}]


def test_an_answer_with_an_unknown_key_repeats_the_whole_request() -> None:
    """Otherwise a row that is not deleted might count as deleted."""
    dynamodb = FakeDynamoDB(lambda _: [{"id": {"N": "3"}}])
    delete(dynamodb, [{"id": {"N": "1"}}, {"id": {"N": "2"}}])
    assert [len(request) for request in dynamodb.requests] == [2, 2]


@pytest.mark.parametrize(
    ("sent", "returned"),
    [("5.0", "5"), ("1E2", "100"), ("100", "1E+2"), ("007", "7"), ("-0.0", "0"), ("+1.50", "1.5"), (".5", "0.5")],
)
def test_an_unprocessed_number_is_recognized_in_another_spelling(sent: str, returned: str) -> None:
    """DynamoDB has its own spelling of numbers. The other key of the request is done, and not sent again."""
    dynamodb = FakeDynamoDB(lambda _: [{"id": {"N": returned}}])
    result = delete(dynamodb, [{"id": {"N": sent}}, {"id": {"N": "8.0"}}])
    assert dynamodb.requests[1:] == [[{"id": {"N": sent}}]]
    assert (result.not_deleted, result.unprocessed) == ([], 1)


def test_an_answer_with_an_invalid_number_repeats_the_whole_request() -> None:
    """The answer may contain anything."""
    dynamodb = FakeDynamoDB(lambda _: [{"id": {"N": "sNaN"}}])
    result = delete(dynamodb, [{"id": {"N": "1"}}, {"id": {"N": "2"}}])
    assert [len(request) for request in dynamodb.requests] == [2, 2]
    assert (result.not_deleted, result.faults) == ([], {})


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
def test_a_request_with_a_passing_error_is_sent_again(code: str, status: int) -> None:
    """Throttling and DynamoDB's own errors pass."""
    dynamodb = FakeDynamoDB(fail_with(code, status), fail_with(code, status))
    result = delete(dynamodb, keys(30), max_in_flight=1)
    assert result.not_deleted == []
    assert (result.requests, result.unprocessed) == (4, 50)
    assert len(dynamodb.deleted) == 30


@pytest.mark.parametrize(
    ("code", "remediation"),
    [
        ("AccessDeniedException", "Allow the function's role dynamodb:BatchWriteItem"),
        ("ResourceNotFoundException", "Restore the table, or set STAGING_MESSAGES_TABLE_NAME"),
        ("ExpiredTokenException", "Fix the cause that the message names"),
        ("UnrecognizedClientException", "Fix the cause that the message names"),
    ],
)
def test_an_error_of_the_whole_table_stops_the_deletes_at_once(code: str, remediation: str) -> None:
    """A retry does not bring a permission or a table. The error says what happened, to what, and what to do."""
    dynamodb = FakeDynamoDB(always=fail_with(code))
    result = delete(dynamodb, keys(100), max_in_flight=1)
    assert str(result.error).startswith(f"DynamoDB accepts no deletes in table staging ({code}: {code}).")
    assert remediation in str(result.error)
    assert (len(dynamodb.requests), result.not_deleted) == (1, [*range(100)])


@pytest.mark.parametrize("code", ["AccessDeniedException", "UnrecognizedClientException"])
def test_a_denied_request_is_no_proof_while_another_one_is_in_flight(code: str) -> None:
    """The other request is accepted, so the table accepts deletes, and the denied request is sent again."""
    denied = threading.Event()

    def deny_first(_: Keys) -> Keys:
        denied.set()
        return fail_with(code)([])

    def accept_later(_: Keys) -> Keys:
        assert denied.wait(10)
        return []

    dynamodb = FakeDynamoDB(deny_first, accept_later)
    result = delete(dynamodb, keys(50))
    assert (result.error, result.not_deleted, result.faults) == (None, [], {code: 1})
    assert sorted(map(len, dynamodb.requests)) == [25, 25, 25]


# Every error that was reported to occur sporadically, and one with an unknown name.
SPORADIC = [
    ("UnrecognizedClientException", 400),
    ("InvalidSignatureException", 400),
    ("ExpiredTokenException", 400),
    ("AccessDeniedException", 400),
    ("ResourceNotFoundException", 400),
    ("ValidationException", 400),
    ("SerializationException", 400),
    ("ThrottlingException", 400),
    ("RequestAbortedException", 400),
    ("TransactionInProgressException", 400),
    ("SlowDown", 400),
    ("InternalServerError", 500),
    ("SomethingNew", 400),
    ("403", 403),
    ("302", 302),
]


@pytest.mark.parametrize("count", [1_000, 10_000])
@pytest.mark.parametrize(("code", "status"), SPORADIC)
def test_a_single_error_late_in_a_batch_costs_a_request_and_no_write_unit(code: str, status: int, count: int) -> None:
    """Earlier deletes stay done, and the deletes of the failed request are sent again in the same invocation."""
    late = count // BATCH.most_rows * 9 // 10
    dynamodb = FakeDynamoDB(*[delete_all] * late, fail_with(code, status))
    result = delete(dynamodb, keys(count))
    assert (result.error, result.not_deleted, result.rejected) == (None, [], {})
    assert result.write_units == len(dynamodb.deleted) == count
    # After an error fewer deletes are started at a time, so one or two requests may be smaller than possible.
    assert len(dynamodb.requests) <= count / BATCH.most_rows * 1.02 + 2


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_a_permission_that_is_removed_stops_the_deletes_and_the_result_has_those_that_are_done(code: str) -> None:
    """One more request is sent, then none. In the next invocation no delete is accepted, so it raises the error."""
    dynamodb = FakeDynamoDB(*[delete_all] * 3, always=fail_with(code))
    result = delete(dynamodb, keys(1000), max_in_flight=1)
    assert str(result.error).startswith(f"DynamoDB accepts no more deletes in table staging ({code}: {code}).")
    assert result.not_deleted == [*range(75, 1000)]
    assert (result.requests, result.write_units, result.faults) == (5, 75.0, {code: 2})


def test_requests_that_are_denied_together_count_as_one_denial() -> None:
    """For some seconds, a new permission is known only to some of AWS's hosts."""
    together = threading.Barrier(2, timeout=10)

    def be_denied_together(_: Keys) -> Keys:
        together.wait()
        return fail_with("AccessDeniedException")([])

    dynamodb = FakeDynamoDB(delete_all, delete_all, *[be_denied_together] * 2)
    result = delete(dynamodb, keys(100), max_in_flight=2)
    assert (result.error, result.not_deleted, result.faults) == (None, [], {"AccessDeniedException": 2})


def test_rejected_credentials_that_were_accepted_before_are_retried_while_there_is_time() -> None:
    """AWS documents that it is OK to retry: valid credentials are rejected now and then."""
    dynamodb = FakeDynamoDB(delete_all, *[fail_with("UnrecognizedClientException")] * 6)
    result = delete(dynamodb, keys(100), max_in_flight=1)
    assert (result.error, result.not_deleted, len(dynamodb.deleted)) == (None, [], 100)


def test_an_unknown_error_is_retried_and_reported_if_it_persists() -> None:
    """The error says how often and for how long it occurred."""
    left_s = START_RESERVE_S + 40

    def take_ten_seconds(_: Keys) -> Keys:
        nonlocal left_s
        left_s -= 10
        return fail_with("SomethingNew")([])

    result = delete(FakeDynamoDB(always=take_ten_seconds), keys(30), max_in_flight=1, remaining_s=lambda: left_s)
    assert "no deletes in table staging (SomethingNew: SomethingNew, 4 times in 40 s)" in str(result.error)
    assert result.not_deleted == [*range(30)]


@pytest.mark.parametrize("passing", ["ThrottlingException", "UnrecognizedClientException"])
def test_an_error_that_passes_or_follows_an_accepted_request_is_not_raised(passing: str) -> None:
    """The rows that are not deleted are reported instead. Raising would pay twice for the deletes that are done."""
    left_s = START_RESERVE_S + 40

    def take_ten_seconds(_: Keys) -> Keys:
        nonlocal left_s
        left_s -= 10
        return fail_with(passing)([])

    dynamodb = FakeDynamoDB(delete_all, always=take_ten_seconds)
    result = delete(dynamodb, keys(30), max_in_flight=1, remaining_s=lambda: left_s)
    assert (result.error, result.not_deleted) == (None, [*range(25, 30)])


def test_a_request_is_sent_again_whatever_exception_it_raises() -> None:
    """The exception is not known to be permanent, even if it is a bug of ours. No other answer may be lost with it."""

    def raise_anything(_: Keys) -> Keys:
        raise RuntimeError

    result = delete(FakeDynamoDB(raise_anything, raise_anything), keys(60))
    assert (result.error, result.not_deleted, result.faults) == (None, [], {"RuntimeError": 2})


@pytest.mark.parametrize("code", ["ValidationException", "SerializationException"])
def test_a_table_with_another_key_stops_the_deletes(code: str) -> None:
    """Every key is rejected, even two probe keys of the types in the settings: so it is not the record."""
    dynamodb = FakeDynamoDB(always=fail_with(code))
    result = delete(dynamodb, keys(100), max_in_flight=1)
    assert "in STAGING_MESSAGES_TABLE_KEY: messageId (S) and createdAt (N)." in str(result.error)
    assert [len(request) for request in dynamodb.requests] == [25, 1, 1]
    assert result.not_deleted == [*range(100)]


def test_a_probe_key_that_is_rejected_once_is_no_proof() -> None:
    """Now and then, a table answers that a valid key does not match the schema (boto3 issue 4709)."""
    rejecting = fail_with("ValidationException")
    dynamodb = FakeDynamoDB(rejecting, rejecting)
    result = delete(dynamodb, keys(30), max_in_flight=1)
    assert (result.error, result.not_deleted, result.rejected) == (None, [], {})


@pytest.mark.parametrize("kinds", [{"id": "S"}, {"id": "N"}, {"id": "B", "at": "N"}])
def test_the_probe_key_has_the_types_in_the_settings_and_is_new_each_time(kinds: dict[str, str]) -> None:
    """Otherwise it might be the key of a row."""
    probes = []
    for _ in range(2):
        dynamodb = FakeDynamoDB()
        assert delete_batch(
            dynamodb.client,
            KeyedTable("staging", kinds),
            [],
            limiter=ConcurrencyLimiter(1),
            remaining_s=lambda: 60.0,
            probe_first=True,
        ).accepted
        probes += dynamodb.deleted
    assert probes[0] != probes[1]
    assert [{name: [*value] for name, value in key.items()} for key in probes] == [
        {name: [kind] for name, kind in kinds.items()}
    ] * 2


@pytest.mark.parametrize("poison", [[0], [99], [7, 8], [3, 30, 60, 90], [*range(25)]])
def test_rejected_keys_are_found_and_all_others_are_deleted(poison: list[int]) -> None:
    """The request is halved until the key is alone in its request."""
    dynamodb = FakeDynamoDB(always=reject_any_of(*(key(number) for number in poison)))
    result = delete(dynamodb, keys(100))
    assert (result.not_deleted, [*result.rejected]) == ([], poison)
    deleted = [row for row in dynamodb.deleted if row in keys(100)]
    assert sorted(deleted, key=str) == sorted((key(n) for n in range(100) if n not in poison), key=str)
    assert result.unprocessed == 0


@pytest.mark.parametrize("rejections", [1, 2, 3, 4, 5, 6])
def test_a_key_that_is_rejected_for_a_while_is_deleted(rejections: int) -> None:
    """It may be alone or not: one rejection of a single key is no proof (boto3 issues 1332, 4709)."""
    left = rejections

    def reject_for_a_while(keys: Keys) -> Keys:
        nonlocal left
        if key(30) in keys and left:
            left -= 1
            return fail_with("ValidationException")(keys)
        return []

    result = delete(FakeDynamoDB(always=reject_for_a_while), keys(50), max_in_flight=1)
    assert (left, result.not_deleted, result.rejected) == (0, [], {})


def test_a_key_that_is_rejected_alone_is_sent_once_more() -> None:
    """The doubt costs one more request."""
    dynamodb = FakeDynamoDB(delete_all, always=reject_any_of(key(25)))
    result = delete(dynamodb, keys(26), max_in_flight=1)
    assert [*result.rejected] == [25]
    assert [len(request) for request in dynamodb.requests] == [25, 1, 1]


def test_a_key_that_is_rejected_alone_is_sent_again_after_all_other_suspects() -> None:
    """If the cause was temporary, it has had some time to pass."""
    dynamodb = FakeDynamoDB(delete_all, always=reject_any_of(key(25)))
    delete(dynamodb, keys(28), max_in_flight=1)
    assert [request for request in dynamodb.requests if len(request) == 1] == [[key(25)], [key(25)]]
    assert dynamodb.requests[-2:] == [[key(26), key(27)], [key(25)]]


WORDS = "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (WORDS, WORDS),
        ("The provided key element does not match the schema", "The provided key element does not match the schema"),
        # These repeat what the request had.
        ("One or more parameter values were invalid: message-1 is too long", ""),
        ("1 validation error detected: Value '{staging=[WriteRequest(message-1)]}' failed", ""),
        ("The parameter cannot be converted to a numeric value: secret", ""),
    ],
)
def test_dynamodbs_message_about_the_form_of_a_rejected_key_is_kept(message: str, kept: str) -> None:
    """It says what is wrong with the key. A message that may contain an attribute's value is not kept."""
    result = delete(FakeDynamoDB(always=reject_any_of(key(1), words=message)), keys(3))
    assert result.rejected == {1: kept}


def test_few_requests_find_a_rejected_key() -> None:
    """They are the four for 100 keys, two for each halving of 25, and one to send the key again."""
    dynamodb = FakeDynamoDB(delete_all, always=reject_any_of(key(50)))
    result = delete(dynamodb, keys(100), max_in_flight=1)
    # No probe key is needed, since the table has accepted other keys.
    assert len(dynamodb.requests) == result.requests <= 4 + 2 * 5 + 1


def test_no_key_is_rejected_before_the_table_has_accepted_another() -> None:
    """The request with the probe key is throttled: the rejected key waits until the table accepts the probe key."""
    poisoned = reject_any_of(key(0))
    dynamodb = FakeDynamoDB(poisoned, fail_with("ThrottlingException"), always=poisoned)
    result = delete(dynamodb, keys(1), max_in_flight=1)
    assert ([*result.rejected], result.not_deleted) == ([0], [])
    assert [request == [key(0)] for request in dynamodb.requests] == [True, False, False, True]


def test_after_throttling_and_only_rejected_keys_it_continues_with_the_others() -> None:
    """Then it does not mean that no row can be deleted if none was deleted recently."""
    dynamodb = FakeDynamoDB(
        fail_with("InternalServerError", 500), always=reject_any_of(*(key(number) for number in range(50)))
    )
    result = delete(dynamodb, keys(200))
    assert (result.not_deleted, [*result.rejected]) == ([], [*range(50)])


def test_a_rejected_request_is_not_deleted_if_no_time_is_left_to_halve_it() -> None:
    """A later call halves it."""
    left_s = START_RESERVE_S + 0.5

    def reject_late(keys: Keys) -> Keys:
        nonlocal left_s
        left_s -= 1
        return reject_any_of(key(0))(keys)

    dynamodb = FakeDynamoDB(always=reject_late)
    result = delete(dynamodb, keys(3), max_in_flight=1, remaining_s=lambda: left_s)
    assert (result.rejected, result.not_deleted) == ({}, [0, 1, 2])
    assert len(dynamodb.requests) == 1


def test_no_request_is_started_that_might_not_be_answered_in_time() -> None:
    """Each request takes a second. A request that might be cut off is left to the next invocation."""
    left_s = START_RESERVE_S + 2.5

    def take_a_second(_: Keys) -> Keys:
        nonlocal left_s
        left_s -= 1
        return []

    dynamodb = FakeDynamoDB(*[take_a_second] * 4)
    result = delete(dynamodb, keys(100), max_in_flight=1, remaining_s=lambda: left_s)
    assert len(dynamodb.requests) == 3
    assert result.not_deleted == [*range(75, 100)]


def test_a_backoff_that_outlasts_the_time_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would cost money for nothing."""
    monkeypatch.setattr(concurrency_limiter, "SHORTEST_BACKOFF_S", 100.0)
    monkeypatch.setattr(concurrency_limiter, "LONGEST_BACKOFF_S", 100.0)
    monkeypatch.setattr("random.uniform", lambda _, most: most)
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("it waits"))
    result = delete(FakeDynamoDB(leave_unprocessed(1)), keys(3), remaining_s=lambda: START_RESERVE_S + 50)
    assert result.not_deleted == [2]


def test_a_backoff_that_has_just_ended_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time passes between the check whether a request may start and the wait for it."""
    checks = 0

    class RacyLimiter(ConcurrencyLimiter):
        def allows(self, in_flight: int) -> bool:
            nonlocal checks
            checks += 1
            return checks != 3 and super().allows(in_flight)

    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    assert delete(FakeDynamoDB(leave_unprocessed(1)), keys(1), limiter=RacyLimiter(8)).not_deleted == []
    assert slept == [0.0]


def test_the_limiter_gets_the_result_of_each_request() -> None:
    """Requests that were in flight together share a generation, so throttling slows them down once."""
    calls: list[Any] = []

    class RecordingLimiter(ConcurrencyLimiter):
        def started(self) -> None:
            calls.append("started")
            super().started()

        def answered(self, generation: int, done: int, not_deleted: int) -> None:
            calls.append((generation, done, not_deleted))
            super().answered(generation, done, not_deleted)

    together = threading.Barrier(2, timeout=10)

    def be_throttled_together(keys: Keys) -> Keys:
        together.wait()
        return keys

    dynamodb = FakeDynamoDB(*[be_throttled_together] * 2, fail_with("ThrottlingException"))
    delete(dynamodb, keys(50), limiter=RecordingLimiter(2))
    assert [each for each in calls if each != "started"] == [(0, 0, 25), (0, 0, 25), (1, 0, 25), (2, 25, 0), (2, 25, 0)]
    assert calls.count("started") == 5


def test_suspects_are_not_deleted_when_the_time_is_over() -> None:
    """The second request was rejected, and so was its first half."""
    left_s = START_RESERVE_S + 10

    def reject_until_the_end(keys: Keys) -> Keys:
        nonlocal left_s
        left_s -= 0 if len(keys) == 25 else 10
        return reject_any_of(key(30))(keys)

    dynamodb = FakeDynamoDB(always=reject_until_the_end)
    result = delete(dynamodb, keys(50), max_in_flight=1, remaining_s=lambda: left_s)
    assert [len(request) for request in dynamodb.requests] == [25, 25, 12]
    assert (result.rejected, result.not_deleted) == ({}, [*range(25, 50)])


def test_without_time_no_request_is_sent() -> None:
    """The result has all rows as not deleted."""
    dynamodb = FakeDynamoDB()
    result = delete(dynamodb, keys(3), remaining_s=lambda: START_RESERVE_S)
    assert result.not_deleted == [*range(3)]
    assert dynamodb.requests == []


def test_a_table_that_is_always_throttled_is_retried_until_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """The result has the rows that are not deleted, in order."""
    monkeypatch.setattr(concurrency_limiter, "LONGEST_BACKOFF_S", 0.02)
    monkeypatch.setattr(concurrency_limiter, "SHORTEST_BACKOFF_S", 0.01)
    dynamodb = FakeDynamoDB(*[leave_unprocessed(25)] * 10_000)
    # Each request takes a second of the remaining time.
    result = delete(dynamodb, keys(60), remaining_s=lambda: START_RESERVE_S + 10.5 - len(dynamodb.requests))
    assert result.not_deleted == [*range(60)]
    assert result.requests == len(dynamodb.requests) >= 10


def test_a_request_that_outlasts_the_time_counts_as_not_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function returns in time, without knowing whether its rows are deleted."""
    monkeypatch.setattr(batch_delete, "START_RESERVE_S", FINISH_RESERVE_S)
    began, returned = threading.Event(), threading.Event()

    def hang(_: Keys) -> Keys:
        began.set()
        returned.wait(60)
        return []

    waits: list[float] = []
    wait = InFlight.wait

    def note_wait(in_flight: InFlight[Any, Any], timeout_s: float) -> list[tuple[Any, Any]]:
        assert began.wait(60)
        waits.append(timeout_s)
        return wait(in_flight, timeout_s)

    monkeypatch.setattr(InFlight, "wait", note_wait)
    dynamodb = FakeDynamoDB(hang)
    # The time is over as soon as the function has waited, no matter when the request's thread begins.
    result = delete(dynamodb, keys(2), remaining_s=lambda: FINISH_RESERVE_S + (0.0 if waits else 0.1))
    # It has not waited for the request, and has left the time for the log.
    assert dynamodb.deleted == []
    assert round(max(waits), 3) <= 0.1
    returned.set()
    assert result.not_deleted == [*range(2)]


def drop() -> Answer:
    """Close the connection without an answer."""
    return None


is_sent_again = threading.Event()


def be_slow() -> Answer:
    """Answer when nothing waits for the answer any more."""
    is_sent_again.wait(60)
    return SUCCESS


def succeed() -> Answer:
    """Answer the second request."""
    is_sent_again.set()
    return SUCCESS


FAULTS: dict[str, Callable[[], Answer]] = {
    "provisioned throughput": lambda: error_answer("ProvisionedThroughputExceededException"),
    "throttling": lambda: error_answer("ThrottlingException"),
    "internal": lambda: error_answer("InternalServerError", 500),
    "unavailable": lambda: (503, b"<html>Service Unavailable</html>"),
    "dropped connection": drop,
    "no answer in time": be_slow,
    "too many requests, without a body": lambda: (429, b""),
    "error that is not DynamoDB's": lambda: (503, b"[]"),
    "error that is not text": lambda: (503, b"\xff\xfe"),
    "answer that is not DynamoDB's": lambda: (200, b"[]"),
    "answer cut short": lambda: (200, b'{"Unprocess'),
    "answer without content": lambda: (200, b""),
    "answer of another server": lambda: (200, b"<html>Log in to the network</html>"),
    "answer with a wrong checksum": lambda: (*cast("tuple[int, bytes]", SUCCESS), {"x-amz-crc32": "1"}),
    "answer with an invalid checksum": lambda: (*cast("tuple[int, bytes]", SUCCESS), {"x-amz-crc32": "none"}),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_over_http_only_the_function_retries(fault: Callable[[], Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    """The real client raises errors that count as passing, and does not retry itself."""
    is_sent_again.clear()
    # Long enough for an answer that comes, on a busy machine too.
    monkeypatch.setattr(clients, "READ_TIMEOUT_S", 2 if fault is be_slow else 60)
    with http_dynamodb([fault, succeed]) as (url, requests):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        result = delete_batch(
            make_dynamodb_client(8), TABLE, rows_of(keys(2)), limiter=ConcurrencyLimiter(1), remaining_s=lambda: 60.0
        )
    assert (result.not_deleted, result.requests, result.unprocessed) == ([], 2, 2)
    assert len(requests) == 2
    assert requests[0] == requests[1]


def test_over_http_an_answer_without_unprocessed_items_is_an_error_with_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a complete JSON object, but not an answer to the request."""
    with http_dynamodb([lambda: (200, b"{}")]) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        result = delete_batch(
            make_dynamodb_client(8), TABLE, rows_of(keys(2)), limiter=ConcurrencyLimiter(1), remaining_s=lambda: 60.0
        )
    assert (result.not_deleted, result.faults) == ([], {"IncompleteAnswer": 1})


def test_over_http_an_answer_with_the_right_checksum_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB sends one with every answer."""
    body = b'{"UnprocessedItems": {}, "ConsumedCapacity": []}'
    with http_dynamodb([lambda: (200, body, {"x-amz-crc32": str(zlib.crc32(body))})]) as (url, requests):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        result = delete_batch(
            make_dynamodb_client(8), TABLE, rows_of(keys(2)), limiter=ConcurrencyLimiter(1), remaining_s=lambda: 60.0
        )
    assert (result.not_deleted, result.faults, len(requests)) == ([], {}, 1)


def test_over_http_nothing_is_deleted_if_the_endpoint_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens. That may pass, but not before the time is over."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    left = iter([60.0] * 10)
    result = delete_batch(
        make_dynamodb_client(8),
        TABLE,
        rows_of(keys(2)),
        limiter=ConcurrencyLimiter(1),
        remaining_s=lambda: next(left, 0.0),
    )
    assert result.not_deleted == [*range(2)]


def test_over_http_a_key_is_sent_as_it_arrived(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strings and numbers are unchanged, and binary is encoded in Base64 once."""
    with http_dynamodb([]) as (url, requests):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        delete_batch(
            make_dynamodb_client(8),
            TABLE,
            rows_of([{"id": {"B": b"\x00\xff"}, "at": {"N": "1e3"}}]),
            limiter=ConcurrencyLimiter(1),
            remaining_s=lambda: 60.0,
        )
    delete_request = {"DeleteRequest": {"Key": {"id": {"B": "AP8="}, "at": {"N": "1e3"}}}}
    assert requests == [{"RequestItems": {"staging": [delete_request]}, "ReturnConsumedCapacity": "TOTAL"}]
