"""The function does the task that the state machine names, and tells it which errors need no retry."""

import io
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.client import BaseClient
from reconciler import handler as reconciler_handler
from reconciler import rows as reconcile_rows
from reconciler.explained_error import RefusedError
from reconciler.pipeline import find_pipeline
from reconciler.sample import AgelessTableError
from reconciler.telemetry import logger
from support.context import make_context
from support.dynamodb import client_error
from support.linking_functions import PROCESSED, with_image
from support.reconciler_machine import (
    SETTINGS,
    compare_event,
    link,
    perform,
    prepare_event,
    run_machine,
    worker,
)
from support.reconciler_tables import mocked_tables
from support.tables import fill, row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SECRETS = ("secret-key", "secret-event")


@pytest.fixture(autouse=True)
def dynamodb() -> Iterator["DynamoDBClient"]:
    """Mock AWS with the two tables."""
    with mocked_tables() as client:
        yield client


@pytest.mark.parametrize("event", [{}, {"task": "delete"}, {"Records": []}])
def test_another_event_is_refused(event: dict[str, Any]) -> None:
    """Somebody may have added a trigger to the function."""
    with pytest.raises(RefusedError, match=r"The task .* is not known\. Only the state machine calls this function\."):
        worker()(event)


def test_a_refusal_has_the_name_that_the_state_machine_knows(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda reports the class of an error, and the state machine compares its name."""
    link(monkeypatch)
    fill(dynamodb, "staging", [row("a")])
    with pytest.raises(RefusedError, match="The first row of staging has no time in receivedAt") as raised:
        worker()(prepare_event({"apply": True, "age_attribute": "receivedAt"}))
    assert type(raised.value) is RefusedError
    assert isinstance(raised.value.__cause__, AgelessTableError)


def test_a_worker_that_remembers_older_settings_reads_them_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its execution environment may have worked for a run before the settings changed, a minute ago."""
    link(monkeypatch, PROCESSED)
    invoke = worker()
    assert run_machine(invoke).output["failed_segments"] == []
    link(monkeypatch, with_image(status={"S": ["DONE"]}))
    assert run_machine(invoke).output["failed_segments"] == []


def test_the_settings_are_read_once_in_five_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand workers would ask Lambda for more than it answers."""
    link(monkeypatch)
    now, reads = 0.0, list[str]()

    def find(*args: Any) -> Any:
        reads.append("read")
        return find_pipeline(*args)

    monkeypatch.setattr("reconciler.handler.find_pipeline", find)
    monkeypatch.setattr("reconciler.handler.time.time", lambda: now)
    invoke = worker()
    event = compare_event(perform(invoke, prepare_event({}))["run"])
    for now, total in ((0, 2), (299, 2), (300, 3), (599, 3), (600, 4)):  # noqa: B007 - the clock's lambda reads `now`
        perform(invoke, event)
        assert len(reads) == total


def test_an_invocation_works_for_a_third_of_its_time() -> None:
    """The rest is for a page that takes longer."""
    now = 0.0
    has_time = reconciler_handler._has_time(make_context(900, lambda: now))  # noqa: SLF001 - no other place has its clock
    assert has_time()
    now = 299.0
    assert has_time()
    now = 300.0
    assert not has_time()


def test_no_log_line_has_a_key_or_an_attribute(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither of a run that works, nor of one whose requests fail, however the environment is set."""
    monkeypatch.setenv("POWERTOOLS_LOGGER_LOG_EVENT", "true")
    monkeypatch.setattr(reconcile_rows, "MOST_ITEMS_A_PAGE", 1)
    log = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", log)
    for table in ("staging", "messages"):
        fill(dynamodb, table, [row(f"secret-key-{n}") | {"event": {"S": "secret-event"}} for n in range(3)])
    link(monkeypatch)
    invoke = worker(SETTINGS)
    run_machine(invoke)
    event = compare_event(perform(invoke, prepare_event({"apply": True}))["run"])
    requests, make_api_call = list[str](), BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001

    def fail_third(client: Any, operation: str, request: Any) -> Any:
        requests.append(operation)
        if operation == "Scan" and requests.count("Scan") == 2:
            raise client_error("AccessDeniedException", words="denied")
        return make_api_call(client, operation, request)

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", fail_third)
    perform(invoke, event)
    lines = [json.loads(line) for line in (log.getvalue() + capsys.readouterr().out).splitlines()]
    assert {"Run done", "The segment goes on after an error"} <= {line.get("message") for line in lines}
    assert not any(secret in json.dumps(lines) for secret in SECRETS)
    (told,) = [line for line in lines if line.get("level") == "WARNING"]
    assert (told["segment"], "Scan for table staging failed" in told["reason"]) == (0, True)
