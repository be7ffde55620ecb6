"""`make clean-aws` removes what runs of the tests left on AWS, and nothing else."""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from aws.kinds import KINDS
from aws.leftovers import find_leftovers
from aws.run_names import RUN_TAG, make_run_id, name_of, run_of
from scavenger_ops.toolchain import ROOT
from support.tester_role import make_tester

Clients = Callable[[str], Any]
TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
    "Action": "sts:AssumeRole",
}
ONE_STATE = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
ALL = {kind.name for kind in KINDS}
# Those that have no tags are a run's by their name alone.
WITHOUT_TAGS = {"dashboard"}


def make_all(clients: Clients, name: str, tag: str | None) -> None:
    """Make one of each kind, with this value of the run's tag, if any."""
    tags = {} if tag is None else {RUN_TAG: tag}
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    role = make_role(clients("iam"), name, pairs)
    stream = make_table(clients("dynamodb"), name, pairs)
    make_bucket(clients("s3"), name, pairs)
    functions = clients("lambda")
    functions.create_function(
        FunctionName=name, Runtime="python3.13", Handler="a.b", Role=role, Code={"ZipFile": archive()}, Tags=tags
    )
    functions.create_event_source_mapping(
        FunctionName=name, EventSourceArn=stream, StartingPosition="LATEST", Enabled=False, Tags=tags
    )
    clients("logs").create_log_group(logGroupName=f"/aws/lambda/{name}", tags=tags)
    clients("stepfunctions").create_state_machine(
        name=name,
        roleArn=role,
        definition=json.dumps(ONE_STATE),
        tags=[{"key": key, "value": value} for key, value in tags.items()],
    )
    cloudwatch = clients("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=f"{name}-errors",
        MetricName="Errors",
        Namespace="AWS/Lambda",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Tags=pairs,
    )
    cloudwatch.put_dashboard(DashboardName=f"{name}-us-east-1", DashboardBody='{"widgets": []}')


def make_role(iam: Any, name: str, pairs: list[dict[str, str]]) -> str:
    """Make a role with a policy, and return its ARN."""
    document = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    role = iam.create_role(RoleName=f"{name}-us-east-1", AssumeRolePolicyDocument=document, Tags=pairs)["Role"]
    allowed = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName=role["RoleName"], PolicyName="some", PolicyDocument=policy)
    iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    return str(role["Arn"])


def make_table(dynamodb: Any, name: str, pairs: list[dict[str, str]]) -> str:
    """Make a table that is protected against deletion, and return the ARN of its stream."""
    table = dynamodb.create_table(
        TableName=f"{name}-staging",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        DeletionProtectionEnabled=True,
        Tags=pairs,
    )
    return str(table["TableDescription"]["LatestStreamArn"])


def make_bucket(s3: Any, name: str, pairs: list[dict[str, str]]) -> None:
    """Make a bucket with two versions of an object, whose policy lets nobody delete them."""
    bucket = f"{name}-failures-000000000000-us-east-1"
    s3.create_bucket(Bucket=bucket)
    if pairs:
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": pairs})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for version in (b"1", b"2"):
        s3.put_object(Bucket=bucket, Key="aws/lambda/one", Body=version)
    denied = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [denied]}))


def archive() -> bytes:
    """Return the package of a function that does nothing."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as files:
        files.writestr("a.py", "def b(event, context): pass")
    return content.getvalue()


@pytest.fixture
def run(client: Clients) -> str:
    """Leave one of each kind of a run, and return the run's ID."""
    run_id = make_run_id()
    make_all(client, name_of(run_id, "rt"), run_id)
    return run_id


@pytest.fixture(scope="module")
def tester(local: dict[str, str], client: Clients) -> dict[str, str]:
    """Return the environment of a user who has only the policies of docs/reference/test-role, and names the Region."""
    environment = {**local, **make_tester(client("iam"))}
    # The AWS CLI and Terraform need no more than AWS_REGION.
    del environment["AWS_DEFAULT_REGION"]
    return environment


def kinds(clients: Clients, run_id: str) -> set[str]:
    """Return the kinds of which something of a run is left."""
    return {each.kind for each in find_leftovers(clients, run_id)}


def clean_aws(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command, as `make clean-aws` does."""
    command = [sys.executable, "-m", "aws.leftovers", *arguments]
    folders = {"PYTHONPATH": str(ROOT / "tests")}
    return subprocess.run(command, env=environment | folders, cwd=ROOT, capture_output=True, text=True, check=False)


def test_one_of_each_kind_is_found_and_removed(client: Clients, tester: dict[str, str], run: str) -> None:
    """Also a protected table, a role with policies, and a bucket with versions whose policy forbids their deletion."""
    assert kinds(client, run) == ALL
    result = clean_aws(tester, "--run", run)
    assert (result.returncode, result.stderr) == (0, ""), result.stdout
    assert result.stdout.endswith(f"{len(KINDS)} found and removed.\n")
    assert kinds(client, run) == set()


def test_a_dry_run_removes_nothing(client: Clients, tester: dict[str, str], run: str) -> None:
    """It says what it would remove."""
    result = clean_aws(tester, "--run", run, "--dry-run")
    assert (result.returncode, result.stdout.count(": would be removed")) == (0, len(KINDS))
    assert kinds(client, run) == ALL


def test_what_is_new_stays(client: Clients, tester: dict[str, str], run: str) -> None:
    """Its run may still be going on. What is older than the limit goes, whichever run made it."""
    assert clean_aws(tester).returncode == 0
    assert kinds(client, run) == ALL
    assert clean_aws(tester, "--older-than", "0").returncode == 0
    assert kinds(client, run) == set()


@pytest.mark.parametrize("arguments", [("--run", "012345-rt"), ("--run", ""), ("--older-than", "2")])
def test_a_wrong_option_removes_nothing(local: dict[str, str], arguments: tuple[str, str]) -> None:
    """The ID of no run is a typing error."""
    result = clean_aws(local, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert f"argument {arguments[0]}: {arguments[1]!r} is not" in result.stderr


def test_aws_cannot_be_asked_without_credentials(local: dict[str, str]) -> None:
    """It says why, without a traceback."""
    result = clean_aws({**local, "AWS_PROFILE": "none"})
    assert (result.returncode, result.stderr) == (3, "")
    assert result.stdout == "AWS could not be asked: The config profile (none) could not be found\n"


@pytest.mark.parametrize("tag", [None, "another"])
def test_what_lacks_the_tag_stays(client: Clients, tag: str | None) -> None:
    """The name may be a coincidence. What has no tags is a run's by its name."""
    run_id = make_run_id()
    make_all(client, name_of(run_id), tag)
    assert kinds(client, run_id) == WITHOUT_TAGS


@pytest.mark.parametrize("name", ["scavenger-test-", "scavenger-test-12345", "scavenger-test-12345g", "orders", "x-{}"])
def test_another_name_is_not_a_runs(client: Clients, name: str) -> None:
    """Nothing of it is found, whichever tags it has."""
    run_id = make_run_id()
    name = name.format(name_of(run_id))
    assert run_of(name) == run_of(f"{name}-staging") == ""
    make_role(client("iam"), f"{name}{uuid4().hex[:4]}", [{"Key": RUN_TAG, "Value": run_id}])
    assert kinds(client, run_id) == set()
