"""`scavenger verify` reads a deployment, and refuses one that deletes nothing as it is."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from reconciler.aws.ask import RetryPolicy
from reconciler.aws.errors import AwsError
from reconciler.explained_error import ExplainedError, RefusedError
from scavenger_ops.verify.deployment import VerifiedDeployment, read_verified_deployment
from support.dynamodb import client_error
from support.linking_functions import PROCESSED, FakeMappings, deploy, function
from support.reconciler_tables import mocked_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MODULES = ("scavenger_ops.verify.deployment", "reconciler.deployed_function")


@pytest.fixture(autouse=True)
def dynamodb() -> Iterator["DynamoDBClient"]:
    """Mock AWS with the two tables."""
    with mocked_tables() as client:
        yield client


def read(monkeypatch: pytest.MonkeyPatch, *patterns: Any, **functions: Any) -> VerifiedDeployment:
    """Return what is read of the deployment `pipeline`, with these patterns or as it is among the functions."""
    deploy(monkeypatch, *MODULES, **({"pipeline": function(*patterns)} | functions))
    return read_verified_deployment("pipeline")


def test_the_whole_filter_and_the_window_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event names are part of it."""
    own = function(PROCESSED)
    own["mapping"]["MaximumBatchingWindowInSeconds"] = 60
    found = read(monkeypatch, pipeline=own)
    assert found.function == "pipeline"
    assert found.deleter.patterns == [{"eventName": ["INSERT"], **PROCESSED}]
    assert found.batching_window_s == 60
    assert (found.other_deleters, found.other_readers) == ([], [])


def test_without_a_filter_every_record_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty list of patterns would be none that passes."""
    own = {**function(), "mapping": {}}
    assert read(monkeypatch, pipeline=own).deleter.patterns == [{}]


def test_a_pattern_that_cannot_be_evaluated_has_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other ones can still be met."""
    found = read(monkeypatch, {"dynamodb": {"NewImage": {"n": {"N": [{"numeric": [">", 1]}]}}}}, PROCESSED).deleter
    assert len(found.patterns) == 1
    assert found.unknown_patterns[0].startswith("Pattern 1: at dynamodb.NewImage.n.N, ")


def test_other_functions_are_readers_or_deleters(monkeypatch: pytest.MonkeyPatch, dynamodb: "DynamoDBClient") -> None:
    """All of them receive what is written; those that delete something may spoil the proof, or do harm."""
    dynamodb.update_table(
        TableName="staging", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    )
    staging = dynamodb.describe_table(TableName="staging")["Table"]["LatestStreamArn"]
    found = read(
        monkeypatch,
        second=function(PROCESSED),
        dry=function(DRY_RUN="true"),
        paused={**function(), "state": "Disabled"},
        elsewhere=function(table="others"),
        unreadable={**function(), "environment": {"Error": {"Message": "denied"}}},
        secret={**function(), "environment": client_error("AccessDeniedException", 403)},
        encrypted={**function(), "mapping": {"KMSKeyArn": "key"}},
        processor={**function(), "environment": {"Variables": {}}, "stream_arn": staging},
    )
    assert {each.function: bool(each.unknown_patterns) for each in found.other_deleters} == {
        "second": False,
        "elsewhere": False,
        "encrypted": True,
    }
    assert found.unread == ["secret", "unreadable"]
    assert found.other_readers == sorted(
        ["dry", "elsewhere", "encrypted", "paused", "processor", "second", "secret", "unreadable"]
    )


def test_if_aws_does_not_answer_about_others_it_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of them might delete the row."""
    monkeypatch.setattr("reconciler.linking_functions._RETRY_POLICY", RetryPolicy(1.0, 0.3))
    with pytest.raises(AwsError, match="GetFunctionConfiguration"):
        read(monkeypatch, second={**function(), "environment": client_error("ServiceException", 500)})


REFUSED = [
    (function(DRY_RUN="true"), "Function pipeline is in dry run: it deletes nothing"),
    ({**function(), "state": "Disabled"}, "Event source mapping pipeline of function pipeline is Disabled"),
    ({**function(), "state": "Enabling"}, "is Enabling: it does not read the stream yet"),
    (function(MAX_REQUESTS_IN_FLIGHT="many"), "Function pipeline cannot start.*MAX_REQUESTS_IN_FLIGHT"),
    (function(key={"messageId": "N", "createdAt": "N"}), "deletes by the key"),
    ({**function(), "mapping": {"KMSKeyArn": "key"}}, "The event filter of function pipeline cannot be read"),
]


@pytest.mark.parametrize(("own", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_a_function_that_deletes_nothing_is_refused(
    own: dict[str, Any], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason says what to change."""
    with pytest.raises(ExplainedError, match=reason):
        read(monkeypatch, pipeline=own)


def test_an_old_stream_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets no records any more."""
    stream = boto3.client("dynamodb").describe_table(TableName="messages")["Table"]["LatestStreamArn"]
    old = stream.rpartition("/")[0] + "/2020-01-01T00:00:00.000"
    with pytest.raises(RefusedError, match="reads an old stream of messages table messages"):
        read(monkeypatch, pipeline={**function(), "stream_arn": old})


def test_a_disabled_stream_is_refused(monkeypatch: pytest.MonkeyPatch, dynamodb: "DynamoDBClient") -> None:
    """A mapping of it may still be enabled."""
    stream = dynamodb.describe_table(TableName="messages")["Table"]["LatestStreamArn"]
    dynamodb.update_table(TableName="messages", StreamSpecification={"StreamEnabled": False})
    for module in MODULES:
        monkeypatch.setattr(f"{module}.connect", lambda _: FakeMappings(stream, pipeline=function()))
    with pytest.raises(RefusedError, match="The stream of messages table messages is disabled"):
        read_verified_deployment("pipeline")


def test_a_function_without_a_mapping_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing invokes it."""
    queue = "arn:aws:sqs:us-east-1:123456789012:queue"
    with pytest.raises(RefusedError, match="has no event source mapping of a DynamoDB stream"):
        read(monkeypatch, pipeline={**function(), "stream_arn": queue})
