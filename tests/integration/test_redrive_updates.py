"""Updates go back to a function with match attributes, and delete no row that was staged again meanwhile."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from support.command import run_for_json
from support.deployment import read_objects, wait_until
from support.pipelines import LocalAws, attach_function, make_tables, stage


@pytest.fixture(scope="module")
def aws(local: dict[str, str], client: Callable[[str], Any]) -> LocalAws:
    """Return the local AWS."""
    return LocalAws(local, client)


def records(aws: LocalAws, bucket: str) -> list[dict[str, Any]]:
    """Return the records in the failure bucket."""
    found = read_objects(aws.client("s3"), bucket).values()
    payloads = [json.loads(json.loads(body)["payload"]) for body in found]
    return [record for payload in payloads for record in payload["Records"]]


def test_updates_whose_retries_are_exhausted_are_redriven(aws: LocalAws) -> None:
    """The role could not delete rows. Inserts of the same messages are not in the bucket: the filter drops them."""
    tables = make_tables(aws, has_stream=True)
    pipeline = attach_function(
        aws,
        tables,
        variables={"MATCH_ATTRIBUTES": {"createdAt": "createdAt"}, "EVENT_NAMES": ["MODIFY"]},
        allowed={"Action": ["s3:PutObject", "s3:ListBucket"], "Resource": "*"},
        MaximumRetryAttempts=0,
        FilterCriteria={"Filters": [{"Pattern": '{"eventName": ["MODIFY"]}'}]},
    )
    names = ["first", "second", "staged again"]
    stage(aws, pipeline.staging, names, 1)
    stage(aws, pipeline.messages, names, 1, "received")
    stage(aws, pipeline.messages, names, 1, "processed")
    assert wait_until(lambda: len(records(aws, pipeline.bucket)) == len(names))
    assert {record["eventName"] for record in records(aws, pipeline.bucket)} == {"MODIFY"}
    assert aws.rows(pipeline.staging).keys() == set(names)
    table = f"arn:aws:dynamodb:us-east-1:000000000000:table/{pipeline.staging}"
    statement = {"Effect": "Allow", "Action": "dynamodb:DeleteItem", "Resource": table}
    aws.client("iam").put_role_policy(
        RoleName=pipeline.function,
        PolicyName="delete",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    stage(aws, pipeline.staging, ["staged again"], 2)
    code, result = run_for_json(aws.environment, "redrive", pipeline.function)
    assert (code, result["is_done"], result["records"], result["records_done"]) == (0, True, 3, 3)
    assert aws.rows(pipeline.staging).keys() == {"staged again"}
    assert read_objects(aws.client("s3"), pipeline.bucket) == {}
