"""However a run is interrupted, it deletes nothing that it must not, and a second run finishes the work."""

import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from botocore.client import BaseClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reconciler import rows as reconcile_rows
from reconciler import segments
from support.context import make_context
from support.dynamodb import client_error
from support.linking_functions import PROCESSED
from support.reconciler_machine import (
    InvocationKilledError,
    Invoke,
    Result,
    TaskFailedError,
    link,
    run_machine,
    worker,
)
from support.reconciler_tables import items_of, mocked_tables
from support.tables import TWO_HOURS_AGO_MS, fill, row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# What a row is, and its message's version and status. Rows of the kind "obsolete" alone may be deleted.
KINDS: Mapping[str, tuple[str, str] | None] = {
    "obsolete": ("2", "PROCESSED"),
    "alone": None,
    "waiting": ("2", "NEW"),
    "superseded": ("1", "PROCESSED"),
    "young": ("2", "PROCESSED"),
}
YOUNG_MS = TWO_HOURS_AGO_MS + 7_000_000


def stage(dynamodb: "DynamoDBClient", kinds: list[str]) -> set[str]:
    """Fill the tables with rows of these kinds. Return the names of those that are obsolete."""
    for table in ("staging", "messages"):
        for item in items_of(dynamodb, table):
            key: Any = {name: item[name] for name in ("messageId", "createdAt")}
            dynamodb.delete_item(TableName=table, Key=key)
    staged, messages = list[dict[str, Any]](), list[dict[str, Any]]()
    for number, kind in enumerate(kinds):
        item = row(f"{kind}-{number}", YOUNG_MS if kind == "young" else TWO_HOURS_AGO_MS)
        staged.append(item | {"version": {"S": "2"}})
        if message := KINDS[kind]:
            version, status = message
            messages.append(item | {"version": {"S": version}, "status": {"S": status}})
    fill(dynamodb, "staging", staged)
    fill(dynamodb, "messages", messages)
    return {f"{kind}-{number}" for number, kind in enumerate(kinds) if kind == "obsolete"}


def names_of(dynamodb: "DynamoDBClient") -> set[str]:
    """Return the names of the rows that are left."""
    return {item["messageId"]["S"] for item in items_of(dynamodb, "staging")}


class Trouble(NamedTuple):
    """How often, of a hundred, an invocation is killed, an event is delivered again, and a request fails."""

    killed: int
    repeated: int
    failing: int


@contextmanager
def failing(chance: random.Random, percent: int) -> Iterator[None]:
    """Let so many requests to DynamoDB fail for good: before they were processed, or after it."""
    make_api_call = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001

    def send(client: Any, operation: str, request: Any) -> Any:
        is_hit = operation in ("Scan", "BatchGetItem", "DeleteItem") and chance.randrange(100) < percent
        answer = None if is_hit and chance.random() < 0.5 else make_api_call(client, operation, request)
        if is_hit:
            raise client_error("AccessDeniedException")
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", send)
        yield


def troubled(invoke: Invoke, chance: random.Random, trouble: Trouble) -> Invoke:
    """Return what invokes the function, and sometimes loses the result, or invokes it for an old event before."""
    events = list[Mapping[str, Any]]()

    def call(event: Mapping[str, Any]) -> Mapping[str, Any]:
        if event["task"] != "compare":
            return invoke(event)
        events.append(event)
        if chance.randrange(100) < trouble.repeated:
            # Nobody waits for the result any more.
            with failing(chance, trouble.failing):
                lose(invoke, chance.choice(events))
        with failing(chance, trouble.failing):
            result = invoke(event)
        if chance.randrange(100) < trouble.killed:
            raise InvocationKilledError
        return result

    return call


def lose(invoke: Invoke, event: Mapping[str, Any]) -> None:
    """Invoke the function, whatever comes of it."""
    with suppress(Exception):
        invoke(event)


@pytest.fixture(scope="module")
def world() -> Iterator["DynamoDBClient"]:
    """Mock AWS with the two tables, and a function that links them. Pages and segments are short."""
    with mocked_tables() as dynamodb, pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "ROWS_A_SEGMENT", 4)
        patch.setattr(reconcile_rows, "MOST_ITEMS_A_PAGE", 3)
        patch.setattr(reconcile_rows, "MOST_LOOK_UPS", 2)
        link(patch, PROCESSED, match={"version": "version"})
        yield dynamodb


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kinds=st.lists(st.sampled_from([*KINDS, "obsolete", "obsolete"]), max_size=16),
    trouble=st.builds(Trouble, st.integers(0, 60), st.integers(0, 40), st.integers(0, 30)),
    seed=st.integers(0, 2**32),
)
def test_whatever_happens_only_obsolete_rows_are_deleted_and_a_second_run_finishes(
    world: "DynamoDBClient", kinds: list[str], trouble: Trouble, seed: int
) -> None:
    """Invocations are killed after their work, events are delivered again, and requests fail before or after it.

    The counts never exceed what is gone.
    """
    obsolete, chance = stage(world, kinds), random.Random(seed)  # noqa: S311 - chance is no secret
    before = names_of(world)
    # An invocation has time for one page or for all.
    # In some invocations, 400 s pass at each look at the clock: there is time for one page.
    invoke = worker(context=lambda: make_context(900, chance.choice([time.monotonic, count(0, 400).__next__])))
    try:
        first: Result | None = run_machine(troubled(invoke, chance, trouble), apply=True)
    except TaskFailedError:
        first = None
    gone = before - names_of(world)
    assert gone <= obsolete
    assert first is not None
    assert first.output["deleted"] <= len(gone)
    second = run_machine(worker(), apply=True).output
    assert names_of(world) == before - obsolete
    assert (second["deleted"], second["failed_segments"]) == (len(obsolete - gone), [])
    assert second["rows"] == len(before - gone)
    assert second["unprocessed"] == sum(kind in ("alone", "waiting") for kind in kinds)


def test_a_run_without_trouble_counts_each_row_once(world: "DynamoDBClient") -> None:
    """It counts as a run that deletes nothing does."""
    kinds = [kind for kind in KINDS for _ in range(5)]
    obsolete = stage(world, kinds)
    counted = run_machine(worker(), apply=False)
    assert len(counted.results) == 7
    assert counted.output["deletable"] == len(obsolete)
    deleted = run_machine(worker(), apply=True)
    unlike = ("deleted", "deletable", "oldest_unprocessed_s")
    assert {name: each for name, each in deleted.output.items() if name not in unlike} == {
        "rows": 25,
        "superseded": 5,
        "changed": 0,
        "young": 5,
        "unprocessed": 10,
        "failed_segments": [],
    }
    assert (deleted.output["deleted"], deleted.output["deletable"]) == (5, 0)


def test_a_segment_whose_retries_are_exhausted_fails_alone(world: "DynamoDBClient") -> None:
    """The others are done, and the output names it."""
    obsolete = stage(world, ["obsolete"] * 12)
    invoke = worker()

    def fail_second(event: Mapping[str, Any]) -> Mapping[str, Any]:
        if event.get("segment") == 1:
            raise InvocationKilledError
        return invoke(event)

    output = run_machine(fail_second, apply=True).output
    assert output["failed_segments"] == [1]
    assert output["deleted"] == len(obsolete) - len(names_of(world)) < 12
    assert run_machine(invoke, apply=True).output["failed_segments"] == []
    assert not names_of(world)
