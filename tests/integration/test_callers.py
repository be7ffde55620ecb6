"""The root is a module too: a caller's provider, for_each, count and depends_on work on it."""

import base64
import hashlib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scavenger_ops.terraform import PACKAGE, destroy
from support.adopters import Adopter, copy_adopter
from support.deployment import message_ids, put, wait_until

Clients = Callable[[str], Any]
BUCKET = "deployments-artifacts"


@pytest.fixture(scope="module")
def caller(attached: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adopter]:
    """Apply a configuration that calls the root four times, and destroy it in the end."""
    caller = copy_adopter("deployments", tmp_path_factory.mktemp("callers"), attached)
    caller.apply()
    yield caller
    destroy(caller.folder, environment=attached)


def test_each_deployment_of_a_caller_deletes_its_own_rows(caller: Adopter, client: Clients) -> None:
    """They are made with for_each, count and a provider that has an alias. The last one has a role of the caller."""
    dynamodb, names = client("dynamodb"), caller.outputs()["function_names"]
    assert names == [f"deployments-{name}" for name in ("orders", "payments", "counted", "own")]
    for name in names:
        put(dynamodb, f"{name}-staging", ["processed", "unprocessed"])
    done = {names[0], names[-1]}
    for name in done:
        put(dynamodb, f"{name}-messages", ["processed"])

    def drained() -> set[str]:
        return {name for name in names if message_ids(dynamodb, f"{name}-staging", "") == {"unprocessed"}}

    assert wait_until(lambda: drained() == done)
    for name in set(names) - done:
        assert message_ids(dynamodb, f"{name}-staging", "") == {"processed", "unprocessed"}


def test_the_resources_have_the_default_tags_of_the_caller(client: Clients, caller: Adopter) -> None:
    """The modules set no tags by default."""
    assert caller
    functions = client("lambda")
    arn = functions.get_function_configuration(FunctionName="deployments-orders")["FunctionArn"]
    assert functions.list_tags(Resource=arn)["Tags"] == {"team": "messages"}
    role = client("iam").get_role(RoleName="deployments-orders-us-east-1")["Role"]
    assert role["Tags"] == [{"Key": "team", "Value": "messages"}]


def test_with_the_credentials_of_another_account_nothing_is_planned(caller: Adopter) -> None:
    """The caller's provider allows one account."""
    assert "AWS account ID not allowed: 000000000000" in caller.refuse("plan", account_id="123456789012")


def test_a_dependency_that_changes_replaces_nothing(caller: Adopter) -> None:
    """The root describes its tables, so nothing is looked up again."""
    changes = caller.plan(change="after")["resource_changes"]
    managed = {change["address"]: change["change"]["actions"] for change in changes if change["mode"] == "managed"}
    managed = {address: actions for address, actions in managed.items() if actions != ["no-op"]}
    assert managed.pop("terraform_data.before") == ["update"]
    assert {tuple(each) for each in managed.values()} <= {("update",)}


def test_the_package_can_come_from_s3(caller: Adopter, client: Clients, tmp_path: Path) -> None:
    """A new version of the object updates the code."""
    s3, functions = client("s3"), client("lambda")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for comment in ("first", "second"):
        package = tmp_path / "scavenger.zip"
        package.write_bytes(PACKAGE.read_bytes())
        with zipfile.ZipFile(package, "a") as archive:
            archive.writestr("comment.txt", comment)
        version = s3.put_object(Bucket=BUCKET, Key="scavenger.zip", Body=package.read_bytes())["VersionId"]
        caller.apply(package_s3={"bucket": BUCKET, "key": "scavenger.zip", "object_version": version})
        digest = base64.b64encode(hashlib.sha256(package.read_bytes()).digest()).decode()
        assert functions.get_function_configuration(FunctionName="deployments-orders")["CodeSha256"] == digest
    put(client("dynamodb"), "deployments-orders-staging", ["by-s3"])
    put(client("dynamodb"), "deployments-orders-messages", ["by-s3"])
    assert wait_until(lambda: not message_ids(client("dynamodb"), "deployments-orders-staging", "by-s3"))
