"""Many deletions become few requests, in order, and what DynamoDB leaves undone is sent again while there is time."""

import threading
import zlib
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest
from scavenger import batch_delete, clients, concurrency_limiter
from scavenger.batch_delete import (
    FINISH_RESERVE_S,
    MAX_DELETES_A_REQUEST,
    START_RESERVE_S,
    DeleteResult,
    delete_batch,
)
from scavenger.clients import make_dynamodb_client
from scavenger.concurrency_limiter import ConcurrencyLimiter
from scavenger.in_flight import InFlight
from scavenger.keys import Key
from scavenger.settings import KeyedTable
from support.dynamodb import (
    SUCCESS,
    Answer,
    FakeDynamoDB,
    Keys,
    carry_out,
    error_answer,
    http_dynamodb,
    refuse,
    refuse_any_of,
    send_back,
)
from support.events import KEY_TYPES, key

TABLE = KeyedTable("staging", KEY_TYPES)


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency_limiter, "SHORTEST_BACKOFF_S", 0.0)


def keys(count: int) -> list[Key]:
    """Make so many different keys, in the order of their numbers."""
    return [key(number) for number in range(count)]


def delete(
    dynamodb: FakeDynamoDB,
    what: Sequence[Key],
    *,
    max_in_flight: int = 8,
    limiter: ConcurrencyLimiter | None = None,
    remaining_s: Callable[[], float] = lambda: 60.0,
) -> DeleteResult:
    """Delete from the fake, at a pace of its own unless one is given."""
    return delete_batch(
        dynamodb.client, TABLE, what, limiter=limiter or ConcurrencyLimiter(max_in_flight), remaining_s=remaining_s
    )


@pytest.mark.parametrize(("count", "requests"), [(0, 0), (1, 1), (25, 1), (26, 2), (100, 4), (1001, 41)])
def test_requests_are_as_few_as_they_can_be(count: int, requests: int) -> None:
    """25 deletions fit a request."""
    dynamodb = FakeDynamoDB()
    outcome = delete(dynamodb, keys(count))
    assert len(dynamodb.requests) == outcome.requests == requests
    assert len(dynamodb.deleted) == outcome.write_units == count
    assert outcome.not_deleted == []


def test_deletions_go_in_order() -> None:
    """With one request in flight, the table sees the order of the stream."""
    dynamodb = FakeDynamoDB()
    delete(dynamodb, keys(60), max_in_flight=1)
    assert dynamodb.deleted == [key(number) for number in range(60)]


def test_unprocessed_items_of_a_table_by_another_name_make_the_whole_request_go_again() -> None:
    """Whatever it means, it is not that all was deleted."""

    class OtherName(FakeDynamoDB):
        def batch_write_item(self, **request: Any) -> dict[str, Any]:
            answer = super().batch_write_item(**request)
            if len(self.requests) == 1:
                answer["UnprocessedItems"] = {"arn:of:table/staging": []}
            return answer

    dynamodb = OtherName()
    assert delete(dynamodb, keys(2)).unprocessed == 2
    assert len(dynamodb.requests) == 2


def test_faults_are_counted_by_name() -> None:
    """Throttling is another thing than a server error, to who has to mend it."""
    throttling = refuse("ThrottlingException")
    outcome = delete(FakeDynamoDB(throttling, throttling, refuse("InternalServerError", 500), send_back(1)), keys(2))
    assert outcome.faults == {"ThrottlingException": 2, "InternalServerError": 1}


def test_several_requests_are_in_flight_but_no_more_than_allowed() -> None:
    """Three requests wait for each other, which only ends if all three are under way."""
    together = threading.Barrier(3, timeout=10)

    def meet(_: Keys) -> Keys:
        together.wait()
        return []

    # It starts with two.
    dynamodb = FakeDynamoDB(carry_out, carry_out, *[meet] * 6)
    delete(dynamodb, keys(200), max_in_flight=3)
    assert dynamodb.most_in_flight == 3


def test_what_is_sent_back_is_sent_again() -> None:
    """UnprocessedItems are no loss, and count as unprocessed."""
    dynamodb = FakeDynamoDB(send_back(25), send_back(7))
    outcome = delete(dynamodb, keys(25))
    assert [len(request) for request in dynamodb.requests] == [25, 25, 7]
    assert (outcome.requests, outcome.unprocessed, outcome.write_units) == (3, 32, 25.0)
    assert outcome.not_deleted == []


def test_what_is_sent_back_goes_before_what_comes_later() -> None:
    """So that what is undone in the end is a suffix of the batch, as short as can be."""
    dynamodb = FakeDynamoDB(send_back(5))
    delete(dynamodb, keys(60), max_in_flight=1)
    assert dynamodb.requests[1] == [key(number) for number in range(20, 45)]


def test_what_is_sent_back_late_but_was_first_goes_first() -> None:
    """The second request is answered before the first, and all of both comes back."""
    is_told = threading.Event()

    class ToldPace(ConcurrencyLimiter):
        def answered(self, generation: int, done: int, not_deleted: int) -> None:
            super().answered(generation, done, not_deleted)
            is_told.set()

    def send_first_back_last(keys: Keys) -> Keys:
        if keys[0] == key(0):
            assert is_told.wait(10)
        return keys

    dynamodb = FakeDynamoDB(send_first_back_last, send_first_back_last)
    delete(dynamodb, keys(50), limiter=ToldPace(2))
    assert dynamodb.requests[2] == [key(number) for number in range(25)]


def test_a_binary_key_that_is_sent_back_is_sent_again() -> None:
    """Bytes are found again as well as text."""
    dynamodb = FakeDynamoDB(send_back(1))
    what = [{"id": {"B": bytes([number])}} for number in range(3)]
    assert delete(dynamodb, what).not_deleted == []
    assert dynamodb.requests[1] == [{"id": {"B": b"\x02"}}]


def test_an_answer_in_other_words_makes_the_whole_request_go_again() -> None:
    """A key that cannot be found in the request must not be taken for deleted."""
    dynamodb = FakeDynamoDB(lambda _: [{"id": {"N": "3"}}])
    delete(dynamodb, [{"id": {"N": "1"}}, {"id": {"N": "2"}}])
    assert [len(request) for request in dynamodb.requests] == [2, 2]


@pytest.mark.parametrize(
    ("sent", "sent_back"),
    [("5.0", "5"), ("1E2", "100"), ("100", "1E+2"), ("007", "7"), ("-0.0", "0"), ("+1.50", "1.5"), (".5", "0.5")],
)
def test_a_number_that_is_sent_back_in_another_spelling_is_found_again(sent: str, sent_back: str) -> None:
    """DynamoDB spells numbers its own way; the other key of the request is done, and not sent again."""
    dynamodb = FakeDynamoDB(lambda _: [{"id": {"N": sent_back}}])
    outcome = delete(dynamodb, [{"id": {"N": sent}}, {"id": {"N": "8.0"}}])
    assert dynamodb.requests[1:] == [[{"id": {"N": sent}}]]
    assert (outcome.not_deleted, outcome.unprocessed) == ([], 1)


def test_a_number_that_is_none_among_what_is_sent_back_makes_the_whole_request_go_again() -> None:
    """An engine may answer anything."""
    dynamodb = FakeDynamoDB(lambda _: [{"id": {"N": "sNaN"}}])
    outcome = delete(dynamodb, [{"id": {"N": "1"}}, {"id": {"N": "2"}}])
    assert [len(request) for request in dynamodb.requests] == [2, 2]
    assert (outcome.not_deleted, outcome.faults) == ([], {})


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
    outcome = delete(dynamodb, keys(30), max_in_flight=1)
    assert outcome.not_deleted == []
    assert (outcome.requests, outcome.unprocessed) == (4, 50)
    assert len(dynamodb.deleted) == 30


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("AccessDeniedException", "Allow the function's role dynamodb:BatchWriteItem"),
        ("ResourceNotFoundException", "Restore it, or name another one in STAGING_MESSAGES_TABLE_NAME"),
        ("ExpiredTokenException", "Fix what it names"),
        ("UnrecognizedClientException", "Fix what it names"),
    ],
)
def test_a_fault_of_the_whole_table_ends_it_at_once(code: str, remedy: str) -> None:
    """No retry gives a permission or a table. The error says what happened, to what, and what to do."""
    dynamodb = FakeDynamoDB(always=refuse(code))
    outcome = delete(dynamodb, keys(100), max_in_flight=1)
    assert str(outcome.error).startswith(f"DynamoDB carries out no delete in table staging ({code}: {code}).")
    assert remedy in str(outcome.error)
    assert (len(dynamodb.requests), outcome.not_deleted) == (1, [*range(100)])


@pytest.mark.parametrize("code", ["AccessDeniedException", "UnrecognizedClientException"])
def test_a_refusal_is_no_proof_while_another_request_is_under_way(code: str) -> None:
    """It waits for the other's answer, which is that the table accepts deletes: so the refused one is sent again."""
    refused = threading.Event()

    def refuse_first(_: Keys) -> Keys:
        refused.set()
        return refuse(code)([])

    def accept_later(_: Keys) -> Keys:
        assert refused.wait(10)
        return []

    dynamodb = FakeDynamoDB(refuse_first, accept_later)
    outcome = delete(dynamodb, keys(50))
    assert (outcome.error, outcome.not_deleted, outcome.faults) == (None, [], {code: 1})
    assert sorted(map(len, dynamodb.requests)) == [25, 25, 25]


# Every answer that people have met once, and one of a name that nobody knows yet.
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
    """What was deleted before it stays done, and what it refused is sent again within the same invocation."""
    late = count // MAX_DELETES_A_REQUEST * 9 // 10
    dynamodb = FakeDynamoDB(*[carry_out] * late, refuse(code, status))
    outcome = delete(dynamodb, keys(count))
    assert (outcome.error, outcome.not_deleted, outcome.rejected) == (None, [], {})
    assert outcome.write_units == len(dynamodb.deleted) == count
    # After a fault less is begun at a time, so a request or two may be smaller than it could be.
    assert len(dynamodb.requests) <= count / MAX_DELETES_A_REQUEST * 1.02 + 2


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_a_permission_that_is_taken_away_ends_it_and_what_was_done_is_told(code: str) -> None:
    """The table is asked once more, then no longer; the next invocation, of which nothing is accepted, raises it."""
    dynamodb = FakeDynamoDB(*[carry_out] * 3, always=refuse(code))
    outcome = delete(dynamodb, keys(1000), max_in_flight=1)
    assert str(outcome.error).startswith(f"DynamoDB carries out no more deletes in table staging ({code}: {code}).")
    assert outcome.not_deleted == [*range(75, 1000)]
    assert (outcome.requests, outcome.write_units, outcome.faults) == (5, 75.0, {code: 2})


def test_requests_that_are_denied_together_are_one_refusal() -> None:
    """A permission that is new is known to some of AWS's hosts and not to others, for some seconds."""
    together = threading.Barrier(2, timeout=10)

    def be_denied_together(_: Keys) -> Keys:
        together.wait()
        return refuse("AccessDeniedException")([])

    dynamodb = FakeDynamoDB(carry_out, carry_out, *[be_denied_together] * 2)
    outcome = delete(dynamodb, keys(100), max_in_flight=2)
    assert (outcome.error, outcome.not_deleted, outcome.faults) == (None, [], {"AccessDeniedException": 2})


def test_refused_credentials_that_were_accepted_before_are_tried_again_while_there_is_time() -> None:
    """AWS says that it is OK to retry: they are refused now and then, though they are right."""
    dynamodb = FakeDynamoDB(carry_out, *[refuse("UnrecognizedClientException")] * 6)
    outcome = delete(dynamodb, keys(100), max_in_flight=1)
    assert (outcome.error, outcome.not_deleted, len(dynamodb.deleted)) == (None, [], 100)


def test_an_error_that_nobody_knows_is_tried_again_and_told_if_it_persists() -> None:
    """How often and for how long is what tells it from one that passes."""
    left_s = START_RESERVE_S + 40

    def take_ten_seconds(_: Keys) -> Keys:
        nonlocal left_s
        left_s -= 10
        return refuse("SomethingNew")([])

    outcome = delete(FakeDynamoDB(always=take_ten_seconds), keys(30), max_in_flight=1, remaining_s=lambda: left_s)
    assert "no delete in table staging (SomethingNew: SomethingNew, 4 times in 40 s)" in str(outcome.error)
    assert outcome.not_deleted == [*range(30)]


@pytest.mark.parametrize("passing", ["ThrottlingException", "UnrecognizedClientException"])
def test_an_error_that_passes_or_follows_an_accepted_request_is_not_raised(passing: str) -> None:
    """What is undone is reported, from which the next invocation begins; to raise would pay twice for what was done."""
    left_s = START_RESERVE_S + 40

    def take_ten_seconds(_: Keys) -> Keys:
        nonlocal left_s
        left_s -= 10
        return refuse(passing)([])

    dynamodb = FakeDynamoDB(carry_out, always=take_ten_seconds)
    outcome = delete(dynamodb, keys(30), max_in_flight=1, remaining_s=lambda: left_s)
    assert (outcome.error, outcome.not_deleted) == (None, [*range(25, 30)])


def test_whatever_sending_raises_is_sent_again() -> None:
    """It is not known to be permanent, even if it is a fault of our own; and no answer may be lost with it."""

    def raise_anything(_: Keys) -> Keys:
        raise RuntimeError

    outcome = delete(FakeDynamoDB(raise_anything, raise_anything), keys(60))
    assert (outcome.error, outcome.not_deleted, outcome.faults) == (None, [], {"RuntimeError": 2})


@pytest.mark.parametrize("code", ["ValidationException", "SerializationException"])
def test_a_table_with_another_key_ends_it(code: str) -> None:
    """Every key is refused, even two probe keys of the types that the function was told: so it is not the record."""
    dynamodb = FakeDynamoDB(always=refuse(code))
    outcome = delete(dynamodb, keys(100), max_in_flight=1)
    assert "refuses keys of messageId (S) and createdAt (N)" in str(outcome.error)
    assert [len(request) for request in dynamodb.requests] == [25, 1, 1]
    assert outcome.not_deleted == [*range(100)]


def test_a_probe_key_that_is_refused_once_is_no_proof() -> None:
    """A table that has the right key says now and then that it does not match the schema (boto3 issue 4709)."""
    fussy = refuse("ValidationException")
    dynamodb = FakeDynamoDB(fussy, fussy)
    outcome = delete(dynamodb, keys(30), max_in_flight=1)
    assert (outcome.error, outcome.not_deleted, outcome.rejected) == (None, [], {})


@pytest.mark.parametrize("kinds", [{"id": "S"}, {"id": "N"}, {"id": "B", "at": "N"}])
def test_the_probe_key_is_of_the_types_told_and_never_the_same(kinds: dict[str, str]) -> None:
    """Else it might be somebody's row."""
    made_up = []
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
        made_up += dynamodb.deleted
    assert made_up[0] != made_up[1]
    assert [{name: [*value] for name, value in key.items()} for key in made_up] == [
        {name: [kind] for name, kind in kinds.items()}
    ] * 2


@pytest.mark.parametrize("poison", [[0], [99], [7, 8], [3, 30, 60, 90], [*range(25)]])
def test_a_key_that_is_refused_is_told_apart_and_all_others_are_deleted(poison: list[int]) -> None:
    """The request is halved until the key is alone."""
    dynamodb = FakeDynamoDB(always=refuse_any_of(*(key(number) for number in poison)))
    outcome = delete(dynamodb, keys(100))
    assert (outcome.not_deleted, [*outcome.rejected]) == ([], poison)
    deleted = [row for row in dynamodb.deleted if row in keys(100)]
    assert sorted(deleted, key=str) == sorted((key(n) for n in range(100) if n not in poison), key=str)
    assert outcome.unprocessed == 0


@pytest.mark.parametrize("refusals", [1, 2, 3, 4, 5, 6])
def test_a_key_that_is_refused_in_passing_is_deleted(refusals: int) -> None:
    """The request, its halves, or the key alone: one refusal of a lone key is no proof (boto3 issues 1332, 4709)."""
    left = refusals

    def fuss(keys: Keys) -> Keys:
        nonlocal left
        if key(30) in keys and left:
            left -= 1
            return refuse("ValidationException")(keys)
        return []

    outcome = delete(FakeDynamoDB(always=fuss), keys(50), max_in_flight=1)
    assert (left, outcome.not_deleted, outcome.rejected) == (0, [], {})


def test_a_key_that_is_refused_alone_is_asked_for_once_more() -> None:
    """That is the one request that the doubt costs."""
    dynamodb = FakeDynamoDB(carry_out, always=refuse_any_of(key(25)))
    outcome = delete(dynamodb, keys(26), max_in_flight=1)
    assert [*outcome.rejected] == [25]
    assert [len(request) for request in dynamodb.requests] == [25, 1, 1]


def test_a_key_that_is_refused_alone_is_asked_for_again_after_all_other_suspects() -> None:
    """What was wrong with it in passing has had some time to pass."""
    dynamodb = FakeDynamoDB(carry_out, always=refuse_any_of(key(25)))
    delete(dynamodb, keys(28), max_in_flight=1)
    assert [request for request in dynamodb.requests if len(request) == 1] == [[key(25)], [key(25)]]
    assert dynamodb.requests[-2:] == [[key(26), key(27)], [key(25)]]


WORDS = "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (WORDS, WORDS),
        ("The provided key element does not match the schema", "The provided key element does not match the schema"),
        # These repeat what was sent.
        ("One or more parameter values were invalid: message-1 is too long", ""),
        ("1 validation error detected: Value '{staging=[WriteRequest(message-1)]}' failed", ""),
        ("The parameter cannot be converted to a numeric value: secret", ""),
    ],
)
def test_of_a_rejected_key_dynamodbs_words_on_its_form_are_kept(said: str, kept: str) -> None:
    """They say what is wrong with it. Words that may hold an attribute's content are not."""
    outcome = delete(FakeDynamoDB(always=refuse_any_of(key(1), words=said)), keys(3))
    assert outcome.rejected == {1: kept}


def test_narrowing_down_takes_few_requests() -> None:
    """Two for each halving of 25 and one to ask again, beside the four that 100 keys take."""
    dynamodb = FakeDynamoDB(carry_out, always=refuse_any_of(key(50)))
    outcome = delete(dynamodb, keys(100), max_in_flight=1)
    # The table need not be asked for a probe key, since it has accepted others.
    assert len(dynamodb.requests) == outcome.requests <= 4 + 2 * 5 + 1


def test_while_it_is_unknown_whose_fault_it_is_nothing_is_rejected() -> None:
    """The table is throttled when it is asked for a probe key: the refused key waits for an answer."""
    poisoned = refuse_any_of(key(0))
    dynamodb = FakeDynamoDB(poisoned, refuse("ThrottlingException"), always=poisoned)
    outcome = delete(dynamodb, keys(1), max_in_flight=1)
    assert ([*outcome.rejected], outcome.not_deleted) == ([0], [])
    assert [request == [key(0)] for request in dynamodb.requests] == [True, False, False, True]


def test_after_a_push_back_and_nothing_but_refused_keys_it_goes_on_with_the_others() -> None:
    """That nothing was deleted lately is then no sign that nothing can be."""
    dynamodb = FakeDynamoDB(
        refuse("InternalServerError", 500), always=refuse_any_of(*(key(number) for number in range(50)))
    )
    outcome = delete(dynamodb, keys(200))
    assert (outcome.not_deleted, [*outcome.rejected]) == ([], [*range(50)])


def test_a_refused_request_that_there_is_no_time_to_narrow_down_is_undone() -> None:
    """A later call does it."""
    left_s = START_RESERVE_S + 0.5

    def refuse_late(keys: Keys) -> Keys:
        nonlocal left_s
        left_s -= 1
        return refuse_any_of(key(0))(keys)

    dynamodb = FakeDynamoDB(always=refuse_late)
    outcome = delete(dynamodb, keys(3), max_in_flight=1, remaining_s=lambda: left_s)
    assert (outcome.rejected, outcome.not_deleted) == ({}, [0, 1, 2])
    assert len(dynamodb.requests) == 1


def test_nothing_is_started_that_might_not_be_answered_in_time() -> None:
    """Each request takes a second: what would be cut off is left to the next invocation instead."""
    left_s = START_RESERVE_S + 2.5

    def take_a_second(_: Keys) -> Keys:
        nonlocal left_s
        left_s -= 1
        return []

    dynamodb = FakeDynamoDB(*[take_a_second] * 4)
    outcome = delete(dynamodb, keys(100), max_in_flight=1, remaining_s=lambda: left_s)
    assert len(dynamodb.requests) == 3
    assert outcome.not_deleted == [*range(75, 100)]


def test_a_wait_that_outlasts_the_time_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be paid for and lead to nothing."""
    monkeypatch.setattr(concurrency_limiter, "SHORTEST_BACKOFF_S", 100.0)
    monkeypatch.setattr(concurrency_limiter, "LONGEST_BACKOFF_S", 100.0)
    monkeypatch.setattr("random.uniform", lambda _, most: most)
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("it waits"))
    outcome = delete(FakeDynamoDB(send_back(1)), keys(3), remaining_s=lambda: START_RESERVE_S + 50)
    assert outcome.not_deleted == [2]


def test_a_pause_that_ends_just_now_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look whether a request may start and the wait for it, the clock goes on."""
    looks = 0

    class RacyLimiter(ConcurrencyLimiter):
        def allows(self, in_flight: int) -> bool:
            nonlocal looks
            looks += 1
            return looks != 3 and super().allows(in_flight)

    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    assert delete(FakeDynamoDB(send_back(1)), keys(1), limiter=RacyLimiter(8)).not_deleted == []
    assert slept == [0.0]


def test_the_pace_is_told_what_became_of_each_request() -> None:
    """Requests that were under way together share a generation, so that they are slowed down once."""
    told: list[Any] = []

    class ToldPace(ConcurrencyLimiter):
        def started(self) -> None:
            told.append("started")
            super().started()

        def answered(self, generation: int, done: int, not_deleted: int) -> None:
            told.append((generation, done, not_deleted))
            super().answered(generation, done, not_deleted)

    together = threading.Barrier(2, timeout=10)

    def be_pushed_back_together(keys: Keys) -> Keys:
        together.wait()
        return keys

    dynamodb = FakeDynamoDB(*[be_pushed_back_together] * 2, refuse("ThrottlingException"))
    delete(dynamodb, keys(50), limiter=ToldPace(2))
    assert [each for each in told if each != "started"] == [(0, 0, 25), (0, 0, 25), (1, 0, 25), (2, 25, 0), (2, 25, 0)]
    assert told.count("started") == 5


def test_what_is_not_narrowed_down_when_the_time_is_over_is_undone() -> None:
    """The second request was refused, and so was its first half."""
    left_s = START_RESERVE_S + 10

    def refuse_until_the_end(keys: Keys) -> Keys:
        nonlocal left_s
        left_s -= 0 if len(keys) == 25 else 10
        return refuse_any_of(key(30))(keys)

    dynamodb = FakeDynamoDB(always=refuse_until_the_end)
    outcome = delete(dynamodb, keys(50), max_in_flight=1, remaining_s=lambda: left_s)
    assert [len(request) for request in dynamodb.requests] == [25, 25, 12]
    assert (outcome.rejected, outcome.not_deleted) == ({}, [*range(25, 50)])


def test_without_time_nothing_is_sent() -> None:
    """All is undone, and reported so."""
    dynamodb = FakeDynamoDB()
    outcome = delete(dynamodb, keys(3), remaining_s=lambda: START_RESERVE_S)
    assert outcome.not_deleted == [*range(3)]
    assert dynamodb.requests == []


def test_a_table_that_never_gives_in_ends_with_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function tries as long as it may and reports what is undone, in order."""
    monkeypatch.setattr(concurrency_limiter, "LONGEST_BACKOFF_S", 0.02)
    monkeypatch.setattr(concurrency_limiter, "SHORTEST_BACKOFF_S", 0.01)
    dynamodb = FakeDynamoDB(*[send_back(25)] * 10_000)
    # Each request takes a second of the time that there is.
    outcome = delete(dynamodb, keys(60), remaining_s=lambda: START_RESERVE_S + 10.5 - len(dynamodb.requests))
    assert outcome.not_deleted == [*range(60)]
    assert outcome.requests == len(dynamodb.requests) >= 10


def test_a_request_that_outlasts_the_time_is_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function returns in time, and says that it does not know of this one."""
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
    # The time is over when the function has waited, however soon the request's thread begins.
    outcome = delete(dynamodb, keys(2), remaining_s=lambda: FINISH_RESERVE_S + (0.0 if waits else 0.1))
    # Neither has it waited for the request, nor used up what is left for the log.
    assert dynamodb.deleted == []
    assert round(max(waits), 3) <= 0.1
    returned.set()
    assert outcome.not_deleted == [*range(2)]


def drop() -> Answer:
    """Close the connection without an answer."""
    return None


asked_again = threading.Event()


def be_slow() -> Answer:
    """Answer when nobody waits any more."""
    asked_again.wait(60)
    return SUCCESS


def succeed() -> Answer:
    """Answer what is asked again."""
    asked_again.set()
    return SUCCESS


FAULTS: dict[str, Callable[[], Answer]] = {
    "provisioned throughput": lambda: error_answer("ProvisionedThroughputExceededException"),
    "throttling": lambda: error_answer("ThrottlingException"),
    "internal": lambda: error_answer("InternalServerError", 500),
    "unavailable": lambda: (503, b"<html>Service Unavailable</html>"),
    "dropped connection": drop,
    "no answer in time": be_slow,
    "too many requests, without a word": lambda: (429, b""),
    "error that is none of DynamoDB's": lambda: (503, b"[]"),
    "error that is no text": lambda: (503, b"\xff\xfe"),
    "answer that is none of DynamoDB's": lambda: (200, b"[]"),
    "answer cut short": lambda: (200, b'{"Unprocess'),
    "answer without content": lambda: (200, b""),
    "answer of somebody else": lambda: (200, b"<html>Log in to the network</html>"),
    "answer with the checksum of another one": lambda: (*cast("tuple[int, bytes]", SUCCESS), {"x-amz-crc32": "1"}),
    "answer with a checksum that is none": lambda: (*cast("tuple[int, bytes]", SUCCESS), {"x-amz-crc32": "none"}),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_over_the_wire_a_fault_is_retried_by_us_alone(
    fault: Callable[[], Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real client raises what we take for passing, and does not retry on its own."""
    asked_again.clear()
    # Long enough for an answer that comes, on a busy machine too.
    monkeypatch.setattr(clients, "READ_TIMEOUT_S", 2 if fault is be_slow else 60)
    with http_dynamodb([fault, succeed]) as (url, requests):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        outcome = delete_batch(
            make_dynamodb_client(8), TABLE, keys(2), limiter=ConcurrencyLimiter(1), remaining_s=lambda: 60.0
        )
    assert (outcome.not_deleted, outcome.requests, outcome.unprocessed) == ([], 2, 2)
    assert len(requests) == 2
    assert requests[0] == requests[1]


def test_over_the_wire_an_answer_that_does_not_say_what_is_undone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a whole JSON object, with a checksum of its own, perhaps; but no answer to what was asked."""
    with http_dynamodb([lambda: (200, b"{}")]) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        outcome = delete_batch(
            make_dynamodb_client(8), TABLE, keys(2), limiter=ConcurrencyLimiter(1), remaining_s=lambda: 60.0
        )
    assert (outcome.not_deleted, outcome.faults) == ([], {"IncompleteAnswer": 1})


def test_over_the_wire_an_answer_with_its_own_checksum_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB sends one with every answer."""
    body = b'{"UnprocessedItems": {}, "ConsumedCapacity": []}'
    with http_dynamodb([lambda: (200, body, {"x-amz-crc32": str(zlib.crc32(body))})]) as (url, requests):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        outcome = delete_batch(
            make_dynamodb_client(8), TABLE, keys(2), limiter=ConcurrencyLimiter(1), remaining_s=lambda: 60.0
        )
    assert (outcome.not_deleted, outcome.faults, len(requests)) == ([], {}, 1)


def test_over_the_wire_an_unreachable_endpoint_is_left_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens; that may pass, but not before the time is over."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    left = iter([60.0] * 10)
    outcome = delete_batch(
        make_dynamodb_client(8), TABLE, keys(2), limiter=ConcurrencyLimiter(1), remaining_s=lambda: next(left, 0.0)
    )
    assert outcome.not_deleted == [*range(2)]


def test_over_the_wire_a_key_goes_as_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strings and numbers are untouched, and binary is Base64 once."""
    with http_dynamodb([]) as (url, requests):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        delete_batch(
            make_dynamodb_client(8),
            TABLE,
            [{"id": {"B": b"\x00\xff"}, "at": {"N": "1e3"}}],
            limiter=ConcurrencyLimiter(1),
            remaining_s=lambda: 60.0,
        )
    delete_request = {"DeleteRequest": {"Key": {"id": {"B": "AP8="}, "at": {"N": "1e3"}}}}
    assert requests == [{"RequestItems": {"staging": [delete_request]}, "ReturnConsumedCapacity": "TOTAL"}]
