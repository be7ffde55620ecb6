"""A run knows its pipeline by a fingerprint, which changes with all that decides which rows are deleted."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from reconciler.explained_error import ExplainedError, RefusedError
from reconciler.pipeline import find_pipeline
from support.linking_functions import PROCESSED, FakeMappings, function, with_image
from support.reconciler_machine import link
from support.reconciler_tables import STREAM, mocked_tables
from support.tables import make_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(autouse=True)
def dynamodb() -> Iterator["DynamoDBClient"]:
    """Mock AWS with the two tables."""
    with mocked_tables() as client:
        yield client


def fingerprint(monkeypatch: pytest.MonkeyPatch, *patterns: Any, **options: Any) -> str:
    """Return the fingerprint of the pipeline whose function has these patterns and settings."""
    link(monkeypatch, *patterns, **options)
    return find_pipeline("pipeline", 1).fingerprint()


CHANGES: list[dict[str, Any]] = [
    {"patterns": [with_image(status={"S": ["DONE"]})]},
    {"patterns": [PROCESSED, with_image(status={"S": ["DONE"]})]},
    {"mapping": {"messageId": "otherId", "createdAt": "createdAt"}},
    {"match": {"version": "version"}},
    # An insert in this state was asked for before. Now a message counts that was only inserted: a person must answer.
    {"events": ["MODIFY"]},
    # The owner stops all deletes.
    {"DRY_RUN": "true"},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_a_changed_setting_changes_the_fingerprint(change: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same settings have the same one, so that all workers go on."""
    before = fingerprint(monkeypatch, PROCESSED)
    assert fingerprint(monkeypatch, *change.pop("patterns", [PROCESSED]), **change) != before
    assert fingerprint(monkeypatch, PROCESSED) == before


@pytest.mark.parametrize("name", ["staging", "messages"])
def test_a_table_that_is_created_again_is_another_one(
    name: str, dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows are not those that the run was started for."""
    before = fingerprint(monkeypatch)
    dynamodb.delete_table(TableName=name)
    make_table(dynamodb, name, **(STREAM if name == "messages" else {}))
    assert fingerprint(monkeypatch) != before


def test_a_setting_that_does_not_decide_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment during a run does not end it."""
    assert fingerprint(monkeypatch, MAX_REQUESTS_IN_FLIGHT="4") == fingerprint(monkeypatch, LOG_LEVEL="DEBUG")


def test_the_scanned_table_is_the_one_from_whose_keys_the_others_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row shows the key of its message, unless the message's key has more than the row's."""
    link(monkeypatch)
    assert find_pipeline("pipeline", 1).scanned.table.name == "staging"
    link(monkeypatch, mapping={"messageId": "stagedId", "createdAt": "createdAt"})
    assert find_pipeline("pipeline", 1).scanned.table.name == "messages"


def test_two_messages_tables_are_refused(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> None:
    """It is unknown which to compare, and both are named."""
    make_table(dynamodb, "others", **STREAM)
    stream = dynamodb.describe_table(TableName="others")["Table"]["LatestStreamArn"]

    class TwoStreams:
        def __init__(self, one: Any) -> None:
            self._one = one
            self.meta = one.meta
            self.get_function_configuration = one.get_function_configuration

        def list_event_source_mappings(self, **asked: Any) -> Any:
            found = self._one.list_event_source_mappings(**asked)
            other = {"UUID": "other", "FunctionArn": "arn:function:pipeline", "EventSourceArn": stream}
            return found | {"EventSourceMappings": [*found["EventSourceMappings"], other]}

    link(monkeypatch)
    first = dynamodb.describe_table(TableName="messages")["Table"]["LatestStreamArn"]
    functions = TwoStreams(FakeMappings(first, pipeline=function()))
    monkeypatch.setattr("reconciler.deployed_function.connect", lambda _: functions)
    with pytest.raises(RefusedError, match="Function pipeline reads the streams of others, messages, so it is unknown"):
        find_pipeline("pipeline", 1)


def test_a_function_that_is_gone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody may have destroyed the deployment, and left the reconciler."""
    link(monkeypatch)
    with pytest.raises(ExplainedError, match="There is no function absent in us-east-1"):
        find_pipeline("absent", 1)


def test_a_filter_that_cannot_be_evaluated_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every message would count."""
    link(monkeypatch, {"awsRegion": ["eu-central-1"]})
    with pytest.raises(RefusedError, match="Pattern 1 in the event filter of function pipeline cannot be evaluated"):
        find_pipeline("pipeline", 1)


def test_settings_that_the_function_cannot_read_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function does not start with them either."""
    link(monkeypatch, MAX_REQUESTS_IN_FLIGHT="many")
    with pytest.raises(RefusedError, match=r"It is unknown what function pipeline deletes\..*MAX_REQUESTS_IN_FLIGHT"):
        find_pipeline("pipeline", 1)
