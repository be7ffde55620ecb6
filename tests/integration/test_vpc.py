"""What the function does in a VPC from which it cannot reach DynamoDB or S3. The packets of its requests are lost."""

import json
from pathlib import Path

import pytest
from support.built_function import invoke, unpack
from support.dynamodb import http_dynamodb
from support.endpoint import no_route
from support.events import KEY_TYPES, event, record

VARIABLES = {
    "STAGING_MESSAGES_TABLE_NAME": "staging",
    "STAGING_MESSAGES_TABLE_KEY": json.dumps(KEY_TYPES),
    "MAX_REQUESTS_IN_FLIGHT": "8",
    "FAILURE_BUCKET_NAME": "failures",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
}


@pytest.fixture
def task(tmp_path: Path) -> Path:
    """Unpack the built function."""
    return unpack(tmp_path / "task")


def test_without_an_endpoint_for_dynamodb_lambda_keeps_the_batch(task: Path) -> None:
    """The invocation ends before its timeout, and nothing counts as deleted."""
    with no_route() as url:
        (answer,) = invoke(task, {**VARIABLES, "AWS_ENDPOINT_URL_DYNAMODB": url}, event(record(1), record(2))).answers
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1001"}]}


def test_without_an_endpoint_for_s3_only_the_bad_record_is_reported(task: Path) -> None:
    """The rows of the others are deleted. Lambda delivers the bad record again, and in the end keeps it itself."""
    with http_dynamodb([]) as (dynamodb, requests), no_route() as s3:
        urls = {"AWS_ENDPOINT_URL_DYNAMODB": dynamodb, "AWS_ENDPOINT_URL_S3": s3}
        (answer,) = invoke(task, {**VARIABLES, **urls}, event(record(1), record(2, Keys=None), record(3))).answers
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1002"}]}
    assert len(requests) == 1
