"""A worker deletes only obsolete rows, and hands on where the next invocation continues."""

import threading
from collections.abc import Iterator, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from botocore.client import BaseClient
from reconciler import rows as reconcile_rows
from reconciler.explained_error import ExplainedError
from reconciler.pipeline import find_pipeline
from reconciler.segment_counts import NAMES
from reconciler.worker import compare
from support.dynamodb import client_error
from support.linking_functions import PROCESSED, with_image
from support.reconciler_machine import (
    Invoke,
    TaskFailedError,
    compare_all,
    compare_event,
    link,
    perform,
    prepare_event,
    run_machine,
    worker,
)
from support.reconciler_tables import items_of, mocked_tables
from support.tables import TWO_HOURS_AGO_MS, fill, row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LONGEST = {"id": {"B": b"\xff" * 2048}, "at": {"B": b"\xfe" * 1024}}


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    """Mock AWS with the two tables."""
    with mocked_tables() as client:
        yield client


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page have three items."""
    monkeypatch.setattr(reconcile_rows, "MOST_ITEMS_A_PAGE", 3)


def begin(invoke: Invoke, **given: Any) -> dict[str, Any]:
    """Do the first task, and return the first event of segment 0."""
    return compare_event(perform(invoke, prepare_event({"apply": True, **given}))["run"])


def names_of(dynamodb: "DynamoDBClient") -> set[str]:
    """Return the IDs of the rows that are left."""
    return {item["messageId"]["S"] for item in items_of(dynamodb, "staging")}


def in_both(dynamodb: "DynamoDBClient", number: int) -> None:
    """Fill both tables with so many messages."""
    for table in ("staging", "messages"):
        fill(dynamodb, table, [row(f"m-{each}") for each in range(number)])


def named(counts: list[float], name: str) -> float:
    """Return the count of this name."""
    return counts[NAMES.index(name)]


def replace_requests(monkeypatch: pytest.MonkeyPatch, before: Any) -> None:
    """Call `before` with the operation and the parameters of each request."""
    make_api_call = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001

    def send(client: Any, operation: str, request: Any) -> Any:
        before(operation, request)
        return make_api_call(client, operation, request)

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", send)


def out_of_time() -> Any:
    """Return the context of an invocation whose time is up at once."""
    times = count(0, 1000)
    return type(
        "Context",
        (),
        {
            "get_remaining_time_in_millis": lambda _: 900_000 - next(times) * 400,
            **dict.fromkeys(("function_name", "memory_limit_in_mb", "invoked_function_arn", "aws_request_id"), "any"),
        },
    )()


def test_only_rows_whose_message_is_done_are_deleted(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each kind of row that must stay is there once."""
    link(monkeypatch, PROCESSED, match={"version": "version"})

    def versioned(name: str, version: str, status: str = "PROCESSED", at: int = TWO_HOURS_AGO_MS) -> Any:
        return row(name, at) | {"version": {"S": version}, "status": {"S": status}}

    young = TWO_HOURS_AGO_MS + 7_000_000
    staged = [versioned(name, "2") for name in ("obsolete", "alone", "waiting", "superseded")]
    messages = [versioned("obsolete", "2"), versioned("waiting", "2", "NEW"), versioned("superseded", "1")]
    fill(dynamodb, "staging", [*staged, versioned("young", "2", at=young)])
    fill(dynamodb, "messages", [*messages, versioned("young", "2", at=young), versioned("elsewhere", "2")])
    output = dict(run_machine(worker(), apply=True).output)
    assert names_of(dynamodb) == {"alone", "waiting", "superseded", "young"}
    assert 7199 < output.pop("oldest_unprocessed_s") < 7200 + 3600
    assert output == {
        "rows": 5,
        "deleted": 1,
        "deletable": 0,
        "superseded": 1,
        "changed": 0,
        "young": 1,
        "unprocessed": 2,
        "failed_segments": [],
    }
    assert len(items_of(dynamodb, "messages")) == 5


def test_a_row_that_changes_after_it_was_read_stays(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was staged again."""
    link(monkeypatch)
    in_both(dynamodb, 2)
    invoke = worker()
    event, is_changed = begin(invoke), threading.Event()

    def change(operation: str, _: Any) -> None:
        if operation == "BatchGetItem" and not is_changed.is_set():
            is_changed.set()
            dynamodb.put_item(TableName="staging", Item=row("m-0") | {"event": {"S": "again"}})

    replace_requests(monkeypatch, change)
    result = compare_all(invoke, event)
    assert names_of(dynamodb) == {"m-0"}
    assert (named(result["counts"], "changed"), named(result["counts"], "deleted")) == (1, 1)


def test_an_old_event_deletes_nothing_after_the_settings_changed(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """An execution may be redriven two weeks later."""
    link(monkeypatch)
    in_both(dynamodb, 2)
    event = begin(worker())
    link(monkeypatch, with_image(status={"S": ["DONE"]}))
    with pytest.raises(TaskFailedError, match=r"RefusedError: .*have changed since this run began.*Start a new run"):
        perform(worker(), event)
    assert len(names_of(dynamodb)) == 2


def test_an_old_event_deletes_nothing_of_a_table_that_was_created_again(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows are others."""
    link(monkeypatch)
    in_both(dynamodb, 2)
    event, rows = begin(worker()), items_of(dynamodb, "staging")
    definition = dynamodb.describe_table(TableName="staging")["Table"]
    dynamodb.delete_table(TableName="staging")
    kept = ("TableName", "KeySchema", "AttributeDefinitions")
    dynamodb.create_table(**{name: definition[name] for name in kept}, BillingMode="PAY_PER_REQUEST")  # type: ignore[literal-required]
    fill(dynamodb, "staging", rows)
    with pytest.raises(TaskFailedError, match="RefusedError"):
        perform(worker(), event)
    assert len(names_of(dynamodb)) == 2


def test_a_refused_segment_fails_alone_with_what_it_counted(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its number is in the output of the run."""
    link(monkeypatch)
    in_both(dynamodb, 2)
    event = begin(worker()) | {"counts": [1] * 19}
    link(monkeypatch, DRY_RUN="true")
    result = compare_all(worker(), event)
    assert result == {"segment": 0, "counts": [1] * 19, "error": "RefusedError"}


@pytest.mark.usefixtures("short_pages")
def test_an_invocation_without_time_compares_one_page(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the state machine would go round for ever."""
    link(monkeypatch)
    in_both(dynamodb, 7)
    invoke, pages = worker(context=out_of_time), 0
    event: Mapping[str, Any] = begin(invoke)
    while not event.get("is_done"):
        event, pages = perform(invoke, event), pages + 1
    assert (pages, named(event["counts"], "deleted")) == (3, 7)
    assert not names_of(dynamodb)


@pytest.mark.usefixtures("short_pages")
def test_an_event_that_is_delivered_again_does_no_harm(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows are gone already, and they are not counted again."""
    link(monkeypatch)
    in_both(dynamodb, 3)
    fill(dynamodb, "staging", [row("alone")])
    invoke = worker()
    event = begin(invoke)
    first, second = perform(invoke, event), perform(invoke, event)
    assert (named(first["counts"], "deleted"), named(second["counts"], "deleted")) == (3, 0)
    assert names_of(dynamodb) == {"alone"}


def test_pages_that_are_always_too_old_end_the_invocation_with_an_error(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table is throttled so much that no page is done in a minute. The retries wait longer and longer."""
    link(monkeypatch)
    in_both(dynamodb, 3)
    invoke = worker(context=out_of_time)
    event = begin(invoke)
    monkeypatch.setattr(reconcile_rows, "is_old", lambda _: True)
    with pytest.raises(ExplainedError, match=r"No page of segment 0 was compared.*Raise the capacity"):
        invoke(event)
    result = compare_all(invoke, event)
    assert (result["error"], result["counts"]) == ("ExplainedError", [])
    assert len(names_of(dynamodb)) == 3


def test_a_page_that_becomes_too_old_after_some_deletes_is_progress(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of its rows come next, and what was deleted is counted once."""
    monkeypatch.setattr(reconcile_rows, "MOST_LOOK_UPS", 2)
    link(monkeypatch)
    in_both(dynamodb, 6)
    invoke, looks = worker(context=out_of_time), count()
    event = begin(invoke)
    # The page is too old at every second look.
    monkeypatch.setattr(reconcile_rows, "is_old", lambda _: next(looks) % 2 == 1)
    first = perform(invoke, event)
    assert (first["last_key"], first["is_done"], named(first["counts"], "deleted")) == (None, False, 2)
    result = compare_all(invoke, first)
    assert (named(result["counts"], "deleted"), names_of(dynamodb)) == (6, set())


def fail_at(monkeypatch: pytest.MonkeyPatch, operation: str, place: int) -> None:
    """Let a request of this operation fail once, after so many."""
    requests = count()

    def fail(asked: str, _: Any) -> None:
        if asked == operation and next(requests) == place:
            raise client_error("AccessDeniedException")

    replace_requests(monkeypatch, fail)


@pytest.mark.usefixtures("short_pages")
@pytest.mark.parametrize(("operation", "place"), [("Scan", 1), ("BatchGetItem", 1), ("DeleteItem", 4)])
def test_after_an_error_the_done_pages_are_handed_on(
    operation: str, place: int, dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next invocation goes on from there, and counts on."""
    link(monkeypatch)
    in_both(dynamodb, 7)
    invoke = worker()
    event = begin(invoke)
    with monkeypatch.context() as patch:
        fail_at(patch, operation, place)
        handed_on = perform(invoke, event)
    assert handed_on["last_key"]
    assert not handed_on["is_done"]
    assert named(handed_on["counts"], "deleted") == 7 - len(names_of(dynamodb)) > 0
    assert named(compare_all(invoke, handed_on)["counts"], "deleted") == 7


def test_an_error_after_some_deletes_of_the_first_page_does_not_lose_their_count(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report says how many rows are gone."""
    monkeypatch.setattr(reconcile_rows, "MOST_LOOK_UPS", 2)
    link(monkeypatch)
    in_both(dynamodb, 6)
    invoke = worker()
    event = begin(invoke)
    with monkeypatch.context() as patch:
        fail_at(patch, "BatchGetItem", 1)
        handed_on = perform(invoke, event)
    assert (handed_on["last_key"], named(handed_on["counts"], "deleted")) == (None, 2)
    assert named(compare_all(invoke, handed_on)["counts"], "deleted") == 6


def test_an_error_before_any_progress_is_raised(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> None:
    """The state machine waits, and tries again."""
    link(monkeypatch)
    in_both(dynamodb, 3)
    invoke = worker()
    event = begin(invoke)
    with monkeypatch.context() as patch:
        fail_at(patch, "Scan", 0)
        with pytest.raises(ExplainedError, match="Scan for table staging failed"):
            invoke(event)
    assert len(names_of(dynamodb)) == 3
    assert named(compare_all(invoke, event)["counts"], "deleted") == 3


KEYS: list[tuple[dict[str, str], list[dict[str, Any]]]] = [
    ({"id": "B", "at": "B"}, [LONGEST, *({"id": {"B": bytes([n])}, "at": {"B": b"\x00"}} for n in range(5))]),
    ({"id": "N"}, [{"id": {"N": text}} for text in ("-1", "0", "1.5", "12345678901234567890123456789012345678")]),
    ({"id": "S", "at": "N"}, [{"id": {"S": '"\n\u2028é'}, "at": {"N": str(n)}} for n in range(5)]),
    ({"id": "S"}, [{"id": {"S": "\x01" * 2048}}, {"id": {"S": "😀" * 512}}, {"id": {"S": "x"}}]),
]


@pytest.mark.parametrize(
    ("key_types", "keys"), KEYS, ids=lambda each: "".join(each.values()) if isinstance(each, dict) else ""
)
def test_a_segment_goes_on_from_any_key(
    key_types: dict[str, str], keys: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key may have bytes, the longest number, and characters that are long in JSON. It is handed on as it is."""
    monkeypatch.setattr(reconcile_rows, "MOST_ITEMS_A_PAGE", 1)
    # moto cannot split a table that has a binary key. Here is only one segment.
    replace_requests(monkeypatch, lambda _, request: [request.pop(name, 0) for name in ("Segment", "TotalSegments")])
    with mocked_tables(key_types) as dynamodb:
        link(monkeypatch, key=key_types)
        for table in ("staging", "messages"):
            fill(dynamodb, table, [key | {"event": {"S": "x"}} for key in keys])
        invoke = worker(context=out_of_time)
        result = compare_all(invoke, begin(invoke, older_than_s=0))
        assert named(result["counts"], "deleted") == len(keys)
        assert items_of(dynamodb, "staging") == []


@pytest.mark.usefixtures("short_pages")
def test_messages_are_scanned_if_a_rows_key_does_not_show_its_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the rows that no message has are not seen. A page that is repeated counts its messages once."""
    with mocked_tables({"stagedId": "S"}, {"messageId": "S"}) as dynamodb:
        link(monkeypatch, key={"stagedId": "S"}, mapping={"stagedId": "stagedId"})
        old = {"createdAt": {"N": str(TWO_HOURS_AGO_MS)}}
        fill(dynamodb, "staging", [{"stagedId": {"S": f"s-{n}"}} | old for n in range(8)])
        fill(
            dynamodb,
            "messages",
            [{"messageId": {"S": f"m-{n}"}, "stagedId": {"S": f"s-{n}"}} for n in range(7)]
            + [{"messageId": {"S": "x"}}, {"messageId": {"S": "y"}, "stagedId": {"S": "absent"}}],
        )
        invoke = worker(context=out_of_time)
        event: Mapping[str, Any] = begin(invoke)
        assert event["run"]["is_by_message"]
        with monkeypatch.context() as patch:
            fail_at(patch, "DeleteItem", 2)
            event = perform(invoke, event)
        result = compare_all(invoke, event)
        left = [item["stagedId"]["S"] for item in items_of(dynamodb, "staging")]
    assert (named(result["counts"], "deleted"), left) == (7, ["s-7"])
    assert named(result["counts"], "without a row of its own") == 2


def test_an_invocation_waits_for_its_units_no_longer_than_it_may(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda would stop it, and what it has done would be lost. The next one goes on from there."""
    link(monkeypatch)
    in_both(dynamodb, 3)
    event = begin(worker())
    # The first delete needs no wait, and the next ones a quarter of an hour each.
    slow = {**event, "run": {**event["run"], "units": [1e9, 1e9, 0.001]}}
    pipeline = find_pipeline("pipeline", 1)
    handed_on = compare(slow, pipeline, lambda: True, 0.5)
    assert (named(handed_on["counts"], "deleted"), handed_on["is_done"]) == (1, False)
    assert len(names_of(dynamodb)) == 2
    assert compare_all(worker(), {**handed_on, "run": event["run"]})["counts"][0] == 3
