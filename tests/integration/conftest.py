"""One deployment of the real root configuration on a local AWS, for all tests here."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from python_terraform import Terraform
from scavenger_ops.local_aws import local_aws
from scavenger_ops.terraform import PACKAGE, TERRAFORM, copy_configuration
from scavenger_ops.toolchain import ROOT
from support.deployment import Deployment, object_names


# Before pytest-xdist reads the marks.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together, where tests run in several processes, those that share a deployment or a local AWS."""
    for item in items:
        if isinstance(item, pytest.Function) and Path(__file__).parent in item.path.parents:
            shares_the_deployment = "deployment" in item.fixturenames
            item.add_marker(pytest.mark.xdist_group("deployment" if shares_the_deployment else "local AWS"))


@pytest.fixture(scope="session", autouse=True)
def _package() -> None:
    """Build the package if it is older than the code, so that no test speaks of yesterday's."""
    subprocess.run(["make", "--quiet", "build"], cwd=ROOT, check=True)  # noqa: S607 - the user's own make


@pytest.fixture(scope="session")
def local_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder in which the local AWS keeps its files, those of its function workers among them."""
    return tmp_path_factory.mktemp("local-aws")


@pytest.fixture(scope="session")
def local(local_folder: Path) -> Iterator[dict[str, str]]:
    """Run a local AWS, and give the environment that leads to it."""
    with local_aws(local_folder) as environment:
        yield environment


@pytest.fixture(scope="session")
def deployment(
    local: dict[str, str], local_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """Apply the root configuration as it is, and destroy it in the end."""
    terraform = Terraform(
        str(copy_configuration(tmp_path_factory.mktemp("terraform"))),
        terraform_bin_path=str(TERRAFORM),
        variables={"package_path": str(PACKAGE)},
    )

    def run(command: str, *arguments: str, **options: Any) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            # python-terraform passes on this process's environment, and no other.
            patch.setattr(os, "environ", local)
            return getattr(terraform, command)(*arguments, **options)

    run("init", raise_on_error=True)
    run("apply", skip_plan=True, raise_on_error=True)
    session = boto3.Session(local["AWS_ACCESS_KEY_ID"], local["AWS_SECRET_ACCESS_KEY"], region_name=local["AWS_REGION"])
    url = local["AWS_ENDPOINT_URL"]
    yield Deployment(
        outputs={name: output["value"] for name, output in run("output").items()},
        terraform=run,
        dynamodb=session.client("dynamodb", endpoint_url=url),
        functions=session.client("lambda", endpoint_url=url),
        logs=session.client("logs", endpoint_url=url),
        s3=session.client("s3", endpoint_url=url),
        iam=session.client("iam", endpoint_url=url),
        cloudwatch=session.client("cloudwatch", endpoint_url=url),
        folder=local_folder,
    )
    # Its default is -force, which Terraform no longer knows. A second time, as in scavenger_ops.terraform.destroy.
    code, *_ = run("destroy", force=None, auto_approve=True)
    if code:
        run("destroy", force=None, auto_approve=True, raise_on_error=True)


@pytest.fixture
def _bucket_takes_plain_http(deployment: Deployment) -> Iterator[None]:
    """Let the bucket be used without TLS, which the local AWS has not: take away what refuses that. Empty it after."""
    bucket = deployment.outputs["failure_bucket_name"]
    policy = json.loads(deployment.s3.get_bucket_policy(Bucket=bucket)["Policy"])
    rest = [statement for statement in policy["Statement"] if statement["Sid"] != "RefuseWhatIsNotEncryptedInTransit"]
    deployment.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({**policy, "Statement": rest}))
    yield
    for name in object_names(deployment):
        deployment.s3.delete_object(Bucket=bucket, Key=name)
    deployment.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
