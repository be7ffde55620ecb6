"""The first task refuses a run that cannot work, and says what all workers need."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.client import BaseClient
from reconciler import segments
from support.dynamodb import client_error
from support.linking_functions import PROCESSED, SAME_KEY, with_image
from support.reconciler_machine import (
    BEGAN_AT,
    SETTINGS,
    Executions,
    TaskFailedError,
    compare_event,
    link,
    perform,
    prepare_event,
    run_machine,
    worker,
)
from support.reconciler_tables import mocked_tables
from support.tables import fill, keys_of, row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def key_of(item: Any) -> Any:
    """Return the key of a message."""
    return {name: item[name] for name in SAME_KEY}


@pytest.fixture(autouse=True)
def dynamodb() -> Iterator["DynamoDBClient"]:
    """Mock AWS with the two tables, with three rows that are in both."""
    with mocked_tables() as client:
        for table in ("staging", "messages"):
            fill(client, table, [row("a"), row("b"), row("c")])
        yield client


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the operations that are requested."""
    operations, make_api_call = list[str](), BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001

    def record(client: Any, operation: str, request: Any) -> Any:
        operations.append(operation)
        return make_api_call(client, operation, request)

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", record)
    return operations


def prepare(**given: Any) -> Any:
    """Do the first task with this input."""
    return perform(worker(), prepare_event(given))


def test_a_run_has_all_that_its_workers_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names no row, and is as short as can be: each worker gets it."""
    monkeypatch.setattr(segments, "ROWS_A_SEGMENT", 1)
    link(monkeypatch)
    prepared = prepare(apply=True, older_than_s=60, max_read_units=4000, max_write_units=500)
    assert (sorted(prepared["segments"]), prepared["workers"]) == ([0, 1, 2], 3)
    assert len(prepared["run"].pop("fingerprint")) == 16
    assert prepared["run"] == {
        "apply": True,
        "older_than_s": 60,
        "age_attribute": "createdAt",
        "is_by_message": False,
        "is_reported": False,
        "segments": 3,
        "units": [4000 / 3, 4000 / 3, 500 / 3],
    }


def test_a_run_that_counts_sends_no_write(sent: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Its role may lack the permission, and nobody asked for a write."""
    link(monkeypatch)
    assert run_machine(worker()).output["deletable"] == 3
    assert {*sent} == {"DescribeTable", "Scan", "BatchGetItem"}


def test_a_run_that_deletes_tries_a_delete_that_deletes_nothing(
    sent: list[str], dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the permission, a thousand workers would fail one after the other."""
    link(monkeypatch)
    before = keys_of(dynamodb, "staging")
    prepare(apply=True)
    assert sent.count("DeleteItem") == 1
    assert keys_of(dynamodb, "staging") == before


@pytest.mark.parametrize("operation", ["DescribeTable", "Scan", "BatchGetItem", "DeleteItem"])
def test_a_missing_permission_ends_the_run_at_its_start(operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have been granted just now, so it may be tried again. The text names the permission."""
    make_api_call, denied = BaseClient._make_api_call, list[str]()  # type: ignore[attr-defined]  # noqa: SLF001

    def deny(client: Any, asked: str, request: Any) -> Any:
        if asked == operation:
            denied.append(asked)
            raise client_error("AccessDeniedException")
        return make_api_call(client, asked, request)

    link(monkeypatch)
    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", deny)
    with pytest.raises(
        TaskFailedError, match=f"ExplainedError: .*Allow the role of this function dynamodb:{operation}"
    ):
        prepare(apply=True)
    assert len(denied) > 1


def test_the_input_is_read_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt option is told before anything is done."""
    link(monkeypatch)
    with pytest.raises(TaskFailedError, match="RefusedError: The input has aply, which is not known"):
        prepare(aply=True)


def test_of_two_executions_the_earlier_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one is told which runs, and how to stop it. It may be on any page of the list."""
    second, hour = timedelta(seconds=1), timedelta(hours=1)
    link(monkeypatch, running=Executions(zlater=BEGAN_AT + second, much_later=BEGAN_AT + hour))
    prepare()
    link(monkeypatch, running=Executions(later=BEGAN_AT + second, earlier=BEGAN_AT - hour))
    with pytest.raises(TaskFailedError) as refused:
        prepare()
    assert str(refused.value) == (
        "RefusedError: Execution earlier of the same state machine has been running since 2026-11-30 21:00 UTC. Wait "
        "until it ends, or stop it: aws stepfunctions stop-execution --execution-arn "
        "arn:aws:states:us-east-1:123456789012:execution:pipeline-reconciler:earlier"
    )


@pytest.mark.parametrize(("other", "is_refused"), [("first", True), ("second", False)])
def test_of_two_that_began_in_the_same_millisecond_one_goes_on(
    other: str, monkeypatch: pytest.MonkeyPatch, *, is_refused: bool
) -> None:
    """Each finds the same one to be the earlier. This one is `own`."""
    link(monkeypatch, running=Executions(**{other: BEGAN_AT}))
    if is_refused:
        with pytest.raises(TaskFailedError, match="Execution first of the same state machine"):
            prepare()
    else:
        prepare()


def test_only_a_person_lets_rows_be_deleted_that_may_not_be_obsolete(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an answer, the run is refused. A run that only counts is not."""
    link(monkeypatch, PROCESSED, events=["MODIFY"])
    with pytest.raises(TaskFailedError) as refused:
        prepare(apply=True)
    assert refused.value.name == "RefusedError"
    assert "counts some messages only when they are updated" in str(refused.value)
    assert "Only a person can answer this: scavenger reconcile --on-aws --apply asks." in str(refused.value)
    assert prepare(apply=True, confirmed=True)["run"]["apply"]
    assert not prepare()["run"]["apply"]


def test_while_the_function_is_in_dry_run_a_run_deletes_nothing(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner wants to see first what it would delete. A person may decide otherwise."""
    link(monkeypatch, DRY_RUN="true")
    with pytest.raises(TaskFailedError, match=r"RefusedError: Function pipeline deletes nothing \(dry_run\), so"):
        run_machine(worker(), apply=True)
    assert len(keys_of(dynamodb, "staging")) == 3
    assert run_machine(worker(), apply=False).output["deletable"] == 3
    assert run_machine(worker(), apply=True, confirmed=True).output["deleted"] == 3


def test_dry_run_that_is_switched_on_ends_a_run(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> None:
    """It is how an owner stops all deletes."""
    link(monkeypatch)
    run = prepare(apply=True)["run"]
    link(monkeypatch, DRY_RUN="true")
    with pytest.raises(TaskFailedError, match=r"RefusedError: .*have changed since this run began"):
        perform(worker(), compare_event(run))
    assert len(keys_of(dynamodb, "staging")) == 3


def test_rows_without_an_age_are_told_before_the_work(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing would be deleted, and the owner would think that there is nothing to delete."""
    link(monkeypatch)
    with pytest.raises(TaskFailedError) as refused:
        prepare(apply=True, age_attribute="receivedAt")
    assert refused.value.name == "RefusedError"
    assert "None of the first 3 rows of staging has a time in receivedAt" in str(refused.value)
    assert "These look like times: createdAt." in str(refused.value)
    for given in ({"confirmed": True}, {"older_than_s": 0}, {"apply": False}):
        prepare(**{"apply": True, "age_attribute": "receivedAt", **given})
    assert len(keys_of(dynamodb, "staging")) == 3


def test_an_empty_table_is_one_segment(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> None:
    """So is a new one, which DynamoDB has not counted yet."""
    for table in ("staging", "messages"):
        for each in ("a", "b", "c"):
            dynamodb.delete_item(TableName=table, Key=key_of(row(each)))
    link(monkeypatch)
    assert prepare(apply=True)["segments"] == [0]
    assert run_machine(worker(), apply=True).output["rows"] == 0


def test_a_small_table_gives_a_quarter_of_its_units(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The article's tables have 5 units."""
    throughput: Any = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    for table in ("staging", "messages"):
        dynamodb.update_table(TableName=table, BillingMode="PROVISIONED", ProvisionedThroughput=throughput)
    link(monkeypatch)
    settings = replace(SETTINGS, max_read_units=None, max_write_units=None)
    prepared = perform(worker(settings), prepare_event({"apply": True}))
    assert (prepared["workers"], prepared["run"]["units"]) == (1, [1.25, 1.25, 1.25])


def test_a_filter_that_cannot_be_evaluated_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is unknown which messages count."""
    link(monkeypatch, with_image(status={"S": [{"unknown": "x"}]}))
    with pytest.raises(TaskFailedError, match="RefusedError: Pattern 1 in the event filter of function pipeline"):
        prepare()
