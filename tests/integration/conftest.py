"""One deployment of the real root configuration on a local AWS, for all tests here."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from python_terraform import Terraform
from scavenger_ops.local.ministack import local_aws
from scavenger_ops.terraform import PACKAGE, TERRAFORM, copy_configuration
from scavenger_ops.toolchain import ROOT
from support.command import server
from support.deployment import Deployment, Operator, list_objects
from support.fault_harness import Harness
from support.fault_worlds import StatusWorld
from support.pipelines import LocalAws, attach_function, make_tables, watch
from support.provider import running_provider
from support.reconcile_world import ReconcileWorld
from support.redrive_world import RedriveWorld
from support.verify_world import VerifyWorld

HERE = Path(__file__).parent
# These groups start first. They mostly wait: the provider checks for a minute whether a bucket's expiry is stable.
LONGEST = (
    "commands",
    "test_upgrade",
    "test_on_aws",
    "test_adopters_changes",
    "deployment",
    "test_examples",
    "test_on_aws_ends",
    "test_organizations",
    "test_faults",
    "terraform",
)
# These files have a deployment of their own, because one process for all would take too long.
COMMANDS = ("test_operators", "test_redrive", "test_secrets", "test_status")
# These files are short, and share one local AWS and one provider. The last one waits for a bucket, so it comes last.
TOGETHER = ("test_filter_patterns", "test_refusals", "test_runbook", "test_production")


# First, because pytest-xdist reads the marks in its own hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests that share a deployment or a local AWS: they run in one process. The longest start first."""
    groups = {item: _group(item) for item in items if HERE in item.path.parents}
    for item, group in groups.items():
        if group and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(group))
    places = {group: place for place, group in enumerate(LONGEST)}
    within = {name: place for place, name in enumerate(TOGETHER)}
    items.sort(
        key=lambda item: (
            places.get(groups.get(item, ""), len(LONGEST) + (item not in groups)),
            within.get(item.path.stem, 0),
        )
    )


def _group(item: pytest.Item) -> str:
    """Return the name of a test's group. It is empty for a test that shares nothing."""
    fixtures = item.fixturenames if isinstance(item, pytest.Function) else []
    if "deployment" in fixtures:
        return "commands" if item.path.stem in COMMANDS else "deployment"
    if item.path.stem in TOGETHER:
        return "terraform"
    return item.path.stem if "local" in fixtures else ""


@pytest.fixture(scope="session", autouse=True)
def _package() -> None:
    """Build the package if it is older than the code, so that the tests use the current code."""
    subprocess.run(["make", "--quiet", "build"], cwd=ROOT, check=True)  # noqa: S607 - the user's own make


@pytest.fixture(scope="session")
def local_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which the local AWS keeps its files, including those of its function workers."""
    return tmp_path_factory.mktemp("local-aws")


@pytest.fixture(scope="session")
def local(local_folder: Path) -> Iterator[dict[str, str]]:
    """Run a local AWS, and return the environment that leads to it."""
    with local_aws(local_folder) as environment:
        yield environment


@pytest.fixture(scope="session")
def attached(
    local: dict[str, str], tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[dict[str, str]]:
    """Run Terraform's provider for the local AWS, and return the environment that leads to both."""
    folder = tmp_path_factory.getbasetemp()
    # The parent folder is the one that all processes share.
    folder = folder if worker_id == "master" else folder.parent
    with running_provider(folder / "provider", local) as environment:
        yield environment


@pytest.fixture(scope="session")
def client(local: dict[str, str]) -> Callable[[str], Any]:
    """Return a function that makes clients of the local AWS with all permissions."""
    session = boto3.Session(local["AWS_ACCESS_KEY_ID"], local["AWS_SECRET_ACCESS_KEY"], region_name=local["AWS_REGION"])
    address = {"endpoint_url": local["AWS_ENDPOINT_URL"], "verify": local["AWS_CA_BUNDLE"]}
    return lambda service: session.client(service, **address)  # type: ignore[call-overload]


@pytest.fixture(scope="session")
def deployment(
    attached: dict[str, str],
    client: Callable[[str], Any],
    local_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployment]:
    """Apply the root configuration as it is, and destroy it in the end."""
    terraform = Terraform(
        str(copy_configuration(tmp_path_factory.mktemp("terraform"))),
        terraform_bin_path=str(TERRAFORM),
        variables={"package_path": str(PACKAGE)},
    )

    def run(command: str, *arguments: str, **options: Any) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            # python-terraform always uses the environment of this process.
            patch.setattr(os, "environ", attached)
            return getattr(terraform, command)(*arguments, **options)

    run("init", raise_on_error=True)
    run("apply", skip_plan=True, raise_on_error=True)
    yield Deployment(
        outputs={name: output["value"] for name, output in run("output").items()},
        terraform=run,
        dynamodb=client("dynamodb"),
        functions=client("lambda"),
        logs=client("logs"),
        s3=client("s3"),
        iam=client("iam"),
        cloudwatch=client("cloudwatch"),
        folder=local_folder,
    )
    # The default is -force, which Terraform no longer supports.
    run("destroy", force=None, auto_approve=True, raise_on_error=True)


@pytest.fixture
def _bucket_is_emptied(deployment: Deployment) -> Iterator[None]:
    """Empty the failure bucket after the test: Terraform destroys no bucket with objects."""
    yield
    bucket = deployment.outputs["failure_bucket_name"]
    for name in list_objects(deployment.s3, bucket):
        deployment.s3.delete_object(Bucket=bucket, Key=name)


@pytest.fixture
def operator(deployment: Deployment, local: dict[str, str]) -> Iterator[Operator]:
    """Make a user without permissions."""
    name = f"operator-{uuid4().hex[:8]}"
    user = deployment.iam.create_user(UserName=name)["User"]
    key = deployment.iam.create_access_key(UserName=name)["AccessKey"]

    def allow(*actions: str) -> dict[str, str]:
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
        deployment.iam.put_user_policy(UserName=name, PolicyName="allowed", PolicyDocument=json.dumps(policy))
        credentials = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        return {**local, **credentials, "COLUMNS": "200"}

    yield Operator(user["Arn"], allow)
    deployment.iam.delete_user_policy(UserName=name, PolicyName="allowed")
    deployment.iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    deployment.iam.delete_user(UserName=name)


@pytest.fixture(scope="session")
def harness(local: dict[str, str], client: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> Harness:
    """Return the harness that runs the cases, with a pipeline for status and another for redrive."""
    aws = LocalAws(local, client)
    watched, redriven = (watch(aws, attach_function(aws, make_tables(aws, has_stream=True))) for _ in range(2))
    worlds = {
        "status": lambda: StatusWorld(aws, watched),
        "verify": lambda: VerifyWorld(aws),
        "redrive": lambda: RedriveWorld(aws, redriven),
        "reconcile": lambda: ReconcileWorld(aws, is_applied=False, is_linked=False),
        "reconcile --apply": lambda: ReconcileWorld(aws, is_applied=True, is_linked=True),
    }
    return Harness(aws, server(), tmp_path_factory.mktemp("homes"), worlds)
