"""Rows with expected values: each has a request of its own, and everything else is as for batches."""

from collections.abc import Callable
from typing import Any

import pytest
from scavenger import concurrency_limiter
from scavenger.batch_delete import DeleteResult, delete_batch
from scavenger.clients import make_dynamodb_client
from scavenger.concurrency_limiter import ConcurrencyLimiter
from scavenger.delete_request import CONDITIONAL, send_conditional_delete
from scavenger.row import Row, Value
from scavenger.settings import KeyedTable
from support.dynamodb import (
    Answer,
    Behaviour,
    FakeDynamoDB,
    error_answer,
    fail_with,
    http_dynamodb,
    leave_unprocessed,
    reject_any_of,
)
from support.events import KEY_TYPES, key

TABLE = KeyedTable("staging", KEY_TYPES)
DIFFERS = "ConditionalCheckFailedException"
DELETED: Answer = (200, b'{"ConsumedCapacity": {"TableName": "staging", "CapacityUnits": 3.0}}')


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency_limiter, "SHORTEST_BACKOFF_S", 0.0)


def rows(count: int) -> list[Row]:
    """Return `count` different rows with an expected value, in the order of their numbers."""
    return [Row(key(number), {"receivedAt": {"N": str(1000 + number)}}) for number in range(count)]


def delete(dynamodb: FakeDynamoDB, count: int, **options: Any) -> DeleteResult:
    """Delete that many rows from the fake."""
    given = {"limiter": ConcurrencyLimiter(8), "remaining_s": lambda: 60.0, **options}
    return delete_batch(dynamodb.client, TABLE, rows(count), request=CONDITIONAL, **given)


def differ(*numbers: int) -> Behaviour:
    """Return a behaviour of a table in which these rows differ."""
    refuse = fail_with(DIFFERS)
    kept = [key(number) for number in numbers]
    return lambda keys: refuse(keys) if keys[0] in kept else []


def test_each_row_has_a_request_of_its_own_in_order() -> None:
    """The write units are those of the rows."""
    dynamodb = FakeDynamoDB()
    result = delete(dynamodb, 30, limiter=ConcurrencyLimiter(1))
    assert dynamodb.requests == [[key(number)] for number in range(30)]
    assert (result.requests, result.write_units, result.not_deleted, result.superseded) == (30, 30.0, [], [])


def test_a_row_that_differs_is_superseded_and_not_retried() -> None:
    """It is neither deleted nor left to do, and no fault. The check of its condition is billed."""
    dynamodb = FakeDynamoDB(always=differ(0, 7, 29))
    result = delete(dynamodb, 30)
    assert result.superseded == [0, 7, 29]
    assert (result.not_deleted, result.rejected, result.faults, result.error) == ([], {}, {}, None)
    assert (len(dynamodb.requests), len(dynamodb.deleted), result.write_units, result.accepted) == (30, 27, 30.0, True)


def test_a_table_of_only_other_versions_accepts_the_deletes() -> None:
    """A checked condition proves that key and permission are right, so an error after it may pass."""
    result = delete(FakeDynamoDB(*[fail_with(DIFFERS)] * 3, fail_with("AccessDeniedException")), 5)
    assert (len(result.superseded), result.not_deleted, result.error) == (3, [], None)


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError", "SomethingNew"])
def test_an_error_is_sent_again(code: str) -> None:
    """Only a refused condition is an answer."""
    dynamodb = FakeDynamoDB(fail_with(code), differ(0), fail_with(code))
    result = delete(dynamodb, 3, limiter=ConcurrencyLimiter(1))
    assert dynamodb.requests == [[key(number)] for number in (0, 0, 1, 1, 2)]
    assert (result.superseded, result.not_deleted, result.unprocessed, result.faults) == ([0], [], 2, {code: 2})


def test_a_refused_condition_from_a_server_that_fails_is_sent_again() -> None:
    """A status of 5xx says that the server does not know."""
    result = delete(FakeDynamoDB(fail_with(DIFFERS, 500)), 2)
    assert (result.superseded, result.not_deleted, result.faults) == ([], [], {DIFFERS: 1})


def test_a_throttled_row_is_sent_before_later_ones() -> None:
    """What is left when the time is over are the last rows."""
    dynamodb = FakeDynamoDB(leave_unprocessed(0), leave_unprocessed(1), leave_unprocessed(1))
    assert delete(dynamodb, 3, limiter=ConcurrencyLimiter(1)).not_deleted == []
    assert dynamodb.requests == [[key(number)] for number in (0, 1, 1, 1, 2)]


@pytest.mark.parametrize("poison", [[0], [4], [0, 1, 2, 3, 4], [0, 2, 4]])
def test_rejected_rows_are_found_and_all_others_are_deleted(poison: list[int]) -> None:
    """A rejection counts when it is repeated, and the table accepts another row or a probe key."""
    result = delete(FakeDynamoDB(always=reject_any_of(*(key(number) for number in poison))), 5)
    assert ([*result.rejected], result.not_deleted, result.error) == (poison, [], None)


def test_dynamodbs_message_is_kept_only_if_it_repeats_no_value() -> None:
    """An expected value is as secret as a key."""
    words = "One or more parameter values were invalid: {}"
    messages = [words.format(content) for content in ("too many digits", "1005 is too long")]
    kept = []
    for message in messages:
        dynamodb = FakeDynamoDB(always=reject_any_of(key(5), words=message))
        kept.append(delete(dynamodb, 7).rejected)
    assert kept == [{5: messages[0]}, {5: ""}]


def test_the_probe_key_is_sent_with_the_same_permission() -> None:
    """The role may only DeleteItem. The probe's condition is that there is no such row, so it deletes none."""
    sent = list[dict[str, Any]]()

    class RecordingTable(FakeDynamoDB):
        def delete_item(self, **request: Any) -> dict[str, Any]:
            sent.append(request)
            return super().delete_item(**request)

    assert delete(RecordingTable(), 0, probe_first=True).accepted
    assert [request["ConditionExpression"] for request in sent] == ["attribute_not_exists(#key)"]
    assert sent[0]["Key"]["messageId"]["S"].startswith("probe-")


def test_when_the_time_is_over_the_remaining_rows_are_not_deleted() -> None:
    """Superseded rows before them are done."""
    left = iter([60.0] * 9)
    result = delete(
        FakeDynamoDB(always=differ(0)), 50, limiter=ConcurrencyLimiter(1), remaining_s=lambda: next(left, 0.0)
    )
    assert result.superseded == [0]
    assert result.not_deleted == [*range(50 - len(result.not_deleted), 50)] != []


def succeed() -> Answer:
    """Answer that the row is deleted."""
    return DELETED


BROKEN: dict[str, Callable[[], Answer]] = {
    "a dropped connection": lambda: None,
    "an empty answer": lambda: (200, b""),
    "an empty object": lambda: (200, b"{}"),
    "an answer that is cut short": lambda: (200, DELETED[1][:30]) if DELETED else None,
    "another operation's answer": lambda: (200, b'{"UnprocessedItems": {}, "ConsumedCapacity": []}'),
    "units that are no number": lambda: (200, b'{"ConsumedCapacity": {"CapacityUnits": "many"}}'),
    "a proxy's page": lambda: (200, b"<html></html>"),
    "an invalid checksum": lambda: (*succeed(), {"x-amz-crc32": "1"}),  # type: ignore[misc]
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_over_http_no_answer_but_dynamodbs_own_proves_a_delete(
    answer: Callable[[], Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same request is sent again, by the function and not by botocore."""
    with http_dynamodb([answer, succeed]) as (url, requests):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        result = delete_batch(
            make_dynamodb_client(8),
            TABLE,
            rows(1),
            request=CONDITIONAL,
            limiter=ConcurrencyLimiter(1),
            remaining_s=lambda: 60.0,
        )
    assert (result.not_deleted, result.requests, result.unprocessed, result.write_units) == ([], 2, 1, 3.0)
    assert requests[0] == requests[1]


def test_over_http_a_refused_condition_is_superseded(monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB answers with an error of its own."""
    with http_dynamodb([lambda: error_answer(DIFFERS)]) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        reply = send_conditional_delete(make_dynamodb_client(1), TABLE, rows(1))
    assert (reply.superseded, reply.not_deleted, reply.write_units, reply.fault) == ([0], (), 1.0, None)


def test_over_http_the_values_are_sent_as_they_arrived(monkeypatch: pytest.MonkeyPatch) -> None:
    """Binary is encoded in Base64 once. Names are aliases, so that any name is allowed, and none is an expression."""
    table = KeyedTable("staging", {"id": "B"})
    expected: dict[str, Value] = {
        "a.b OR size": {"S": ""},
        "#0": {"N": "1e3"},
        "c": {"B": b"\x00\xff"},
        "d": {"BOOL": False},
    }
    values = {":0": {"S": ""}, ":1": {"N": "1e3"}, ":2": {"B": "AP8="}, ":3": {"BOOL": False}}
    with http_dynamodb([succeed]) as (url, requests):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        send_conditional_delete(make_dynamodb_client(1), table, [Row({"id": {"B": b"\x00"}}, expected)])
    assert requests == [
        {
            "TableName": "staging",
            "Key": {"id": {"B": "AA=="}},
            "ConditionExpression": "attribute_not_exists(#key) OR (#0 = :0 AND #1 = :1 AND #2 = :2 AND #3 = :3)",
            "ExpressionAttributeNames": {"#key": "id", "#0": "a.b OR size", "#1": "#0", "#2": "c", "#3": "d"},
            "ExpressionAttributeValues": values,
            "ReturnConsumedCapacity": "TOTAL",
        }
    ]
