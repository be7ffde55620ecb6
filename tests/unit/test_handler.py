"""One invocation, from event to response, against moto's DynamoDB."""

import io
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from scavenger import failure_bucket, handler, telemetry
from scavenger.batch_delete import START_RESERVE_S
from scavenger.clients import make_dynamodb_client
from scavenger.handler import make_handler
from scavenger.records import EventError
from scavenger.settings import KeyedTable, Settings
from scavenger.table_error import TableError
from support.context import make_context
from support.dynamodb import FakeDynamoDB, Keys, fail_with, http_dynamodb, leave_unprocessed, reject_any_of
from support.events import ARTICLE_EVENT, KEY_TYPES, event, key, quarantined, record
from support.failure_bucket import FakeBucket

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SETTINGS = Settings(KeyedTable("staging", KEY_TYPES), "failures", 4)
SUCCESS: dict[str, Any] = {"batchItemFailures": []}


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> FakeBucket:
    """Replace the failure bucket."""
    bucket = FakeBucket()
    monkeypatch.setattr(failure_bucket, "s3_client", lambda: bucket)
    return bucket


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    """Mock AWS, and create a staging table with the article's key."""
    with mock_aws():
        client = boto3.client("dynamodb")
        make_table(client, messageId="S", createdAt="N")
        yield client


def make_table(client: "DynamoDBClient", **key_types: Any) -> None:
    """Create a staging table. The first attribute is its partition key."""
    roles: list[Any] = ["HASH", "RANGE"]
    client.create_table(
        TableName="staging",
        KeySchema=[{"AttributeName": name, "KeyType": role} for name, role in zip(key_types, roles, strict=False)],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in key_types.items()],
        BillingMode="PAY_PER_REQUEST",
    )


def stage(client: "DynamoDBClient", *keys: Any) -> None:
    """Put rows into the staging table."""
    for row in keys:
        client.put_item(TableName="staging", Item={**row, "event": {"S": "A secret message"}})


def staged(client: "DynamoDBClient") -> list[Any]:
    """Return the keys of the rows in the staging table."""
    items = client.scan(TableName="staging")["Items"]
    return sorted(({name: item[name] for name in item if name != "event"} for item in items), key=str)


def rows(fake: FakeDynamoDB, *numbers: int) -> list[Any]:
    """Return the deleted rows of these messages, in this order: requests in flight may end in any order."""
    return [key(number) for number in numbers if key(number) in fake.deleted]


def test_the_articles_event_deletes_its_row_and_no_other(dynamodb: "DynamoDBClient") -> None:
    """The row with the record's key is deleted, and another one is not."""
    article_key = ARTICLE_EVENT["Records"][0]["dynamodb"]["Keys"]
    stage(dynamodb, article_key, key(1))
    handle = make_handler(SETTINGS, make_dynamodb_client(4))
    assert handle(ARTICLE_EVENT, make_context()) == SUCCESS
    assert staged(dynamodb) == [key(1)]


def test_a_large_batch_is_deleted_completely(dynamodb: "DynamoDBClient") -> None:
    """It has more records than the requests in flight have room for."""
    stage(dynamodb, *(key(number) for number in range(260)))
    handle = make_handler(SETTINGS, make_dynamodb_client(4))
    assert handle(event(*(record(number) for number in range(10, 260))), make_context()) == SUCCESS
    assert staged(dynamodb) == sorted((key(number) for number in range(10)), key=str)


def test_changes_other_than_inserts_delete_nothing(dynamodb: "DynamoDBClient") -> None:
    """They reach the function if the mapping has no filter."""
    stage(dynamodb, key(1), key(2))
    handle = make_handler(SETTINGS, make_dynamodb_client(4))
    response = handle(event(record(1, event_name="MODIFY"), record(2, event_name="REMOVE")), make_context())
    assert response == SUCCESS
    assert staged(dynamodb) == [key(1), key(2)]


def test_a_second_delivery_does_no_harm(dynamodb: "DynamoDBClient") -> None:
    """Lambda delivers records at least once."""
    stage(dynamodb, key(1))
    handle = make_handler(SETTINGS, make_dynamodb_client(4))
    assert [handle(event(record(1)), make_context()) for _ in range(2)] == [SUCCESS, SUCCESS]
    assert staged(dynamodb) == []


def test_a_row_with_a_binary_key_is_deleted() -> None:
    """DynamoDB gets the bytes with which the row was written."""
    with mock_aws():
        client = boto3.client("dynamodb")
        make_table(client, id="B")
        stage(client, {"id": {"B": b"\x00\xffa"}}, {"id": {"B": b"other"}})
        handle = make_handler(Settings(KeyedTable("staging", {"id": "B"}), None, 4), make_dynamodb_client(4))
        assert handle(event(record(1, Keys={"id": {"B": "AP9h"}})), make_context()) == SUCCESS
        assert staged(client) == [{"id": {"B": b"other"}}]


def test_a_malformed_record_is_quarantined_and_the_others_are_deleted(
    dynamodb: "DynamoDBClient", bucket: FakeBucket
) -> None:
    """It does not block other records, because that is the same invocation."""
    stage(dynamodb, key(1), key(3))
    handle = make_handler(SETTINGS, make_dynamodb_client(4))
    malformed = record(2, Keys=None)
    assert handle(event(record(1), malformed, record(3)), make_context()) == SUCCESS
    assert staged(dynamodb) == []
    assert bucket.records() == [quarantined(malformed)]


@pytest.mark.parametrize("others", [[], [1, 3]])
def test_a_key_that_dynamodb_rejects_is_quarantined(bucket: FakeBucket, others: list[int]) -> None:
    """It fits the key schema, but is too long, for example. It may be alone or among others."""
    fake = FakeDynamoDB(always=reject_any_of(key(2), words="Size of hashkey has exceeded the maximum size limit"))
    poison = record(2)
    response = make_handler(SETTINGS, fake.client)(event(*map(record, others), poison), make_context())
    assert response == SUCCESS
    assert rows(fake, 1, 2, 3) == [key(number) for number in others]
    assert bucket.records() == [quarantined(poison)]
    (kept,) = bucket.objects.values()
    assert kept["reasons"] == ["DynamoDB rejects its key: Size of hashkey has exceeded the maximum size limit"]


def test_records_that_cannot_be_identified_are_quarantined(dynamodb: "DynamoDBClient", bucket: FakeBucket) -> None:
    """A redrive can use nothing in them, so only the reason is kept."""
    stage(dynamodb, key(1))
    handle = make_handler(SETTINGS, make_dynamodb_client(4))
    assert handle(event(None, record(1), {"body": "from a queue"}), make_context()) == SUCCESS
    assert staged(dynamodb) == []
    assert bucket.records() == [{}, {}]
    (kept,) = bucket.objects.values()
    assert kept["reasons"] == ["it has no object named dynamodb"] * 2


def test_a_batch_of_only_bad_records_is_quarantined(dynamodb: "DynamoDBClient", bucket: FakeBucket) -> None:
    """The table accepts a probe key, so the settings are right and the records are wrong."""
    stage(dynamodb, key(1))
    handle = make_handler(SETTINGS, make_dynamodb_client(4))
    assert handle(event(record(1, Keys={"id": {"S": "1"}})), make_context()) == SUCCESS
    assert staged(dynamodb) == [key(1)]
    assert len(bucket.records()) == 1


def test_if_the_settings_have_another_key_than_the_table_an_error_is_raised(bucket: FakeBucket) -> None:
    """Otherwise every record would be quarantined, although the configuration must be fixed."""
    handle = make_handler(SETTINGS, FakeDynamoDB(always=fail_with("ValidationException")).client)
    with pytest.raises(TableError, match="Set that variable to the types of the table's key attributes"):
        handle(event(record(1, Keys={"id": {"S": "1"}})), make_context())
    assert bucket.objects == {}


def test_if_the_table_accepts_no_probe_key_in_time_bad_records_are_reported(bucket: FakeBucket) -> None:
    """The table is throttled all the time, so the settings may be wrong instead of the records."""
    handle = make_handler(SETTINGS, FakeDynamoDB(always=fail_with("ThrottlingException")).client)
    response = handle(event(record(7, Keys=None)), make_context(START_RESERVE_S + 0.3))
    assert response == {"batchItemFailures": [{"itemIdentifier": "1007"}]}
    assert bucket.objects == {}


def test_a_throttled_probe_key_is_sent_again(bucket: FakeBucket) -> None:
    """Otherwise a batch of only bad records would exhaust its retries at once."""
    handle = make_handler(
        SETTINGS, FakeDynamoDB(fail_with("ThrottlingException"), fail_with("ThrottlingException")).client
    )
    assert handle(event(record(7, Keys=None)), make_context()) == SUCCESS
    assert len(bucket.records()) == 1


def test_if_the_bucket_cannot_be_written_bad_records_are_reported(bucket: FakeBucket) -> None:
    """Lambda delivers them and all later records again. The other rows are deleted nevertheless."""
    bucket.is_writable = False
    fake = FakeDynamoDB(always=reject_any_of(key(3)))
    records = [record(1), record(2, Keys=None), record(3), record(4)]
    response = make_handler(SETTINGS, fake.client)(event(*records), make_context())
    assert response == {"batchItemFailures": [{"itemIdentifier": "1002"}]}
    assert rows(fake, 1, 3, 4) == [key(1), key(4)]


def test_without_a_bucket_bad_records_are_reported() -> None:
    """They are retried until their retries are exhausted: such a deployment has chosen that."""
    settings = Settings(KeyedTable("staging", KEY_TYPES), None, 4)
    response = make_handler(settings, FakeDynamoDB().client)(event(record(1), record(2, Keys=None)), make_context())
    assert response == {"batchItemFailures": [{"itemIdentifier": "1002"}]}


def test_the_bad_records_of_a_redrive_are_reported(bucket: FakeBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """They would be stored twice: they come from the bucket. The log says why, and the other rows are deleted."""
    log = io.StringIO()
    monkeypatch.setattr(telemetry.logger.registered_handler, "stream", log)
    fake = FakeDynamoDB(always=reject_any_of(key(3)))
    records = [record(1), record(2, Keys=None), record(3), record(4)]
    response = make_handler(SETTINGS, fake.client)({**event(*records), "quarantine": False}, make_context())
    assert response == {"batchItemFailures": [{"itemIdentifier": "1002"}]}
    assert rows(fake, 1, 3, 4) == [key(1), key(4)]
    assert bucket.objects == {}
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    reasons = {line["sequence_number"]: line["reason"] for line in lines if line.get("level") == "ERROR"}
    assert reasons.keys() == {"1002", "1003"}
    assert reasons["1003"].startswith("DynamoDB rejects its key")


def test_a_record_without_a_number_that_cannot_be_quarantined_fails_the_whole_batch(bucket: FakeBucket) -> None:
    """The response has an empty identifier."""
    bucket.is_writable = False
    records = [record(1), record(2, Keys=None), {"eventName": "INSERT"}]
    response = make_handler(SETTINGS, FakeDynamoDB().client)(event(*records), make_context())
    assert response == {"batchItemFailures": [{"itemIdentifier": ""}]}


def test_a_bad_record_after_the_first_row_that_is_not_deleted_is_left_for_the_next_delivery(bucket: FakeBucket) -> None:
    """It is delivered again in any case, and would be stored twice. A bad record before it is quarantined now."""
    dynamodb = FakeDynamoDB(always=leave_unprocessed(1))
    records = [record(1, Keys=None), record(2), record(3), record(4, Keys=None)]
    response = make_handler(SETTINGS, dynamodb.client)(event(*records), make_context(START_RESERVE_S + 0.3))
    assert response == {"batchItemFailures": [{"itemIdentifier": "1003"}]}
    assert [kept["dynamodb"]["SequenceNumber"] for kept in bucket.records()] == ["1001"]


@pytest.mark.usefixtures("dynamodb")
def test_a_missing_table_raises_an_error() -> None:
    """Then Lambda delivers the whole batch again."""
    settings = Settings(KeyedTable("elsewhere", KEY_TYPES), "failures", 4)
    handle = make_handler(settings, make_dynamodb_client(4))
    with pytest.raises(TableError, match=r"table elsewhere \(ResourceNotFoundException"):
        handle(event(record(1)), make_context())


def test_the_lowest_sequence_number_of_the_rows_that_are_not_deleted_is_reported() -> None:
    """Sequence numbers are compared as numbers: 999 comes before 1000. Here, no time is left for a request."""
    fake = FakeDynamoDB()
    records = [record(1, SequenceNumber="1000"), record(2, SequenceNumber="1001"), record(3, SequenceNumber="999")]
    response = make_handler(SETTINGS, fake.client)(event(*records), make_context(remaining_s=START_RESERVE_S - 0.1))
    assert response == {"batchItemFailures": [{"itemIdentifier": "999"}]}
    assert fake.requests == []


def test_sequence_numbers_of_any_length_are_compared_by_their_value() -> None:
    """They may have 5,000 digits, which Python does not convert to an int, and leading zeros."""
    long, longer = "9" * 4999, "1" + "0" * 4999
    numbers = [longer, "00" + long, "1" + "0" * 4998 + "1"]
    records = [record(place, SequenceNumber=number) for place, number in enumerate(numbers)]
    response = make_handler(SETTINGS, FakeDynamoDB().client)(event(*records), make_context(START_RESERVE_S - 0.1))
    assert response == {"batchItemFailures": [{"itemIdentifier": "00" + long}]}


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Return the function's log."""
    log = io.StringIO()
    monkeypatch.setattr(telemetry.logger.registered_handler, "stream", log)
    return log


def last_summary(log: io.StringIO) -> dict[str, Any]:
    """Return the last summary line of a log."""
    lines = map(json.loads, log.getvalue().splitlines())
    return [dict(line) for line in lines if line["message"] == "Batch done"][-1]


def test_deletes_before_a_permission_is_removed_are_reported_and_not_paid_for_again(
    log: io.StringIO,
) -> None:
    """Lambda continues with the first row that is not deleted. The next invocation deletes nothing, so it raises."""
    denied = fail_with("AccessDeniedException")
    handle = make_handler(
        replace(SETTINGS, max_requests_in_flight=1), FakeDynamoDB(*[lambda _: []] * 3, always=denied).client
    )
    records = [record(number) for number in range(100)]
    assert handle(event(*records), make_context()) == {"batchItemFailures": [{"itemIdentifier": "1075"}]}
    line = last_summary(log)
    assert (line["deleted"], line["failed"], line["requests"], line["write_units"]) == (75, 25, 5, 75.0)
    assert line["faults"] == {"AccessDeniedException": 2}
    with pytest.raises(TableError, match=r"no deletes in table staging \(AccessDeniedException"):
        handle(event(*records[75:]), make_context())
    line = last_summary(log)
    assert (line["deleted"], line["failed"], line["requests"]) == (0, 25, 1)
    assert line["faults"] == {"AccessDeniedException": 1}


def test_the_figures_of_the_deletes_are_logged_even_if_a_later_step_fails(
    monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    """The rows are deleted, however the invocation ends."""

    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(handler, "quarantine_records", fail)
    with pytest.raises(MemoryError):
        make_handler(SETTINGS, FakeDynamoDB().client)(event(record(1), record(2, Keys=None)), make_context())
    line = last_summary(log)
    assert (line["received"], line["deleted"], line["failed"], line["write_units"]) == (2, 1, 1, 1.0)


def test_a_signature_that_does_not_match_leaves_no_secret_in_error_or_log(
    monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    """AWS's message contains the whole canonical request."""
    message = (
        "The request signature we calculated does not match the signature you provided.\n\nThe Canonical String for "
        "this request should have been\n'POST\n/\n\nx-amz-security-token:A-secret-token\n'"
    )
    body = json.dumps({"__type": "com.amazon.coral.service#InvalidSignatureException", "message": message}).encode()
    with http_dynamodb([lambda: (400, body)] * 9) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(TableError, match="does not match the signature you provided") as caught:
            make_handler(SETTINGS, make_dynamodb_client(4))(event(record(1)), make_context())
    assert "A-secret-token" not in f"{caught.value!r} {log.getvalue()}"
    # A traceback would show the causes, too.
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_with_little_time_left_rows_are_still_deleted() -> None:
    """The context's milliseconds are converted to seconds."""
    fake = FakeDynamoDB()
    response = make_handler(SETTINGS, fake.client)(event(record(1)), make_context(remaining_s=START_RESERVE_S + 5))
    assert response == SUCCESS
    assert fake.deleted == [key(1)]


@pytest.mark.parametrize("not_an_event", [{}, None, {"key1": "value1"}])
def test_an_event_that_is_not_from_a_stream_is_an_error(not_an_event: object) -> None:
    """Nothing is deleted."""
    fake = FakeDynamoDB()
    with pytest.raises(EventError):
        make_handler(SETTINGS, fake.client)(not_an_event, make_context())
    assert fake.requests == []


def test_an_invocation_starts_with_the_concurrency_of_the_last_one() -> None:
    """The table can probably process as much as seconds ago. The four requests wait for each other."""
    together = threading.Barrier(4, timeout=10)

    def be_sent_together(_: Keys) -> Keys:
        together.wait()
        return []

    dynamodb = FakeDynamoDB(*[lambda _: []] * 4, *[be_sent_together] * 4)
    handle = make_handler(SETTINGS, dynamodb.client)
    for first in (0, 100):
        assert handle(event(*map(record, range(first, first + 100))), make_context()) == SUCCESS
    assert len(dynamodb.deleted) == 200


DRY_RUN = replace(SETTINGS, is_dry_run=True)


def test_a_dry_run_sends_no_deletes_and_reports_success(bucket: FakeBucket) -> None:
    """Bad records are quarantined as they would be later, so that a wrong key mapping shows."""
    fake = FakeDynamoDB()
    bad = record(2, Keys=None)
    assert make_handler(DRY_RUN, fake.client)(event(record(1), bad), make_context()) == SUCCESS
    assert make_handler(DRY_RUN, fake.client)(event(bad), make_context()) == SUCCESS
    assert fake.requests == []
    assert bucket.records() == [quarantined(bad)] * 2


def test_a_dry_run_reports_the_records_of_a_redrive_as_failed() -> None:
    """Otherwise its object would be removed, and nothing would delete those rows any more."""
    response = make_handler(DRY_RUN, FakeDynamoDB().client)(
        {**event(record(1), record(2)), "quarantine": False}, make_context()
    )
    assert response == {"batchItemFailures": [{"itemIdentifier": "1001"}]}


def test_with_a_key_mapping_a_row_is_deleted_and_a_record_without_its_key_is_quarantined(
    dynamodb: "DynamoDBClient", bucket: FakeBucket
) -> None:
    """The quarantined record keeps the attribute that the key is taken from, so that it can be redriven."""
    dynamodb.delete_table(TableName="staging")
    make_table(dynamodb, requestId="S")
    stage(dynamodb, {"requestId": {"S": "request-1"}}, {"requestId": {"S": "request-2"}})
    settings = replace(
        SETTINGS, staging_table=KeyedTable("staging", {"requestId": "S"}), key_mapping={"requestId": "origin"}
    )
    good = record(1, NewImage={"origin": {"S": "request-1"}, "event": {"S": "A secret message"}})
    bad = record(2, NewImage={"origin": {"N": "2"}, "event": {"S": "A secret message"}})
    assert make_handler(settings, make_dynamodb_client(4))(event(good, bad), make_context()) == SUCCESS
    assert staged(dynamodb) == [{"requestId": {"S": "request-2"}}]
    (kept,) = bucket.records()
    assert kept["dynamodb"]["NewImage"] == {"origin": {"N": "2"}}


MATCHING = replace(SETTINGS, match_attributes={"receivedAt": "receivedAt"})


def message(number: int, received_at: Any, **changes: Any) -> dict[str, Any]:
    """Return a record of a message with this version."""
    return record(number, NewImage={**key(number), "receivedAt": received_at, "event": {"S": "A secret"}}, **changes)


def test_a_row_that_was_staged_anew_is_kept_and_the_batch_succeeds(
    dynamodb: "DynamoDBClient", bucket: FakeBucket
) -> None:
    """Rows that equal their messages are deleted: a number in any spelling. A second delivery changes nothing."""
    versions: list[Any] = [{"N": "1"}, {"N": "2"}, {"S": "1"}, None]
    for number, version in enumerate(versions):
        row = key(number) | ({"receivedAt": version} if version else {})
        dynamodb.put_item(TableName="staging", Item=row)
    records = [message(number, {"N": "1.0"}) for number in range(6)]
    handle = make_handler(MATCHING, make_dynamodb_client(4))
    for _ in range(2):
        assert handle(event(*records), make_context()) == SUCCESS
        assert [row["createdAt"]["N"] for row in staged(dynamodb)] == ["1", "2", "3"]
    assert bucket.objects == {}


def test_a_message_without_the_match_attribute_is_quarantined_with_all_that_a_redrive_needs(
    dynamodb: "DynamoDBClient", bucket: FakeBucket
) -> None:
    """Its row is not deleted by its key alone. The other attributes of the message are not kept."""
    stage(dynamodb, key(1), key(2))
    bad = [record(1), message(2, {"L": []})]
    assert make_handler(MATCHING, make_dynamodb_client(4))(event(*bad), make_context()) == SUCCESS
    assert staged(dynamodb) == [key(1), key(2)]
    assert [each["dynamodb"].get("NewImage") for each in bucket.records()] == [None, {"receivedAt": {"L": []}}]


def test_a_quarantined_record_has_the_value_that_a_redrive_compares(
    dynamodb: "DynamoDBClient", bucket: FakeBucket
) -> None:
    """The table rejected it. By the time of the redrive, the row is another one."""
    behave = reject_any_of(key(1))
    good, bad = message(0, {"N": "1"}), message(1, {"N": "1"})
    assert make_handler(MATCHING, FakeDynamoDB(always=behave).client)(event(good, bad), make_context()) == SUCCESS
    (body,) = bucket.objects.values()
    assert body["reasons"] == ["DynamoDB rejects its key or the value of a match attribute"]
    dynamodb.put_item(TableName="staging", Item={**key(1), "receivedAt": {"N": "2"}})
    redrive = {"Records": bucket.records(), "quarantine": False}
    assert make_handler(MATCHING, make_dynamodb_client(4))(redrive, make_context()) == SUCCESS
    assert len(staged(dynamodb)) == 1


def test_after_superseded_rows_an_error_of_the_table_is_not_raised() -> None:
    """Lambda would deliver all records again, and the checks of their conditions would be paid for twice."""
    superseded, denied = fail_with("ConditionalCheckFailedException"), fail_with("AccessDeniedException")
    fake = FakeDynamoDB(superseded, superseded, always=denied)
    settings = replace(MATCHING, max_requests_in_flight=1)
    records = [message(number, {"N": "1"}) for number in range(4)]
    response = make_handler(settings, fake.client)(event(*records), make_context())
    assert response == {"batchItemFailures": [{"itemIdentifier": "1002"}]}


def test_an_update_of_a_message_deletes_its_row(dynamodb: "DynamoDBClient") -> None:
    """The new image has the attribute that is compared."""
    dynamodb.put_item(TableName="staging", Item={**key(1), "receivedAt": {"N": "1"}})
    dynamodb.put_item(TableName="staging", Item={**key(2), "receivedAt": {"N": "1"}})
    settings = replace(MATCHING, event_names=("MODIFY",))
    records = [message(1, {"N": "1"}, event_name="MODIFY"), message(2, {"N": "1"})]
    assert make_handler(settings, make_dynamodb_client(4))(event(*records), make_context()) == SUCCESS
    assert [row["createdAt"] for row in staged(dynamodb)] == [{"N": "2"}]
