"""A release works from another repository, with only Terraform and Git; so does the next one after `init`."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from scavenger_ops.terraform import run_terraform
from scavenger_ops.toolchain import ROOT
from support.adopters import Adopter
from support.deployment import message_ids, put, wait_until
from support.policies import ACCOUNT
from support.release import NEXT_VERSION, VERSION, add_entry, clone_of_tag, commit, make_repository, release
from support.tables import make_table
from support.trial import Trial

ADDRESS = "https://github.com/staging-scavenger/staging-scavenger.git"
PAGE = "docs/how-to/use-from-another-repository.md"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/organization"
INPUTS = {"name": "released", "account_id": ACCOUNT, "permissions_boundary_arn": BOUNDARY}
REGIONS = ("eu-central-1", "us-east-1")

Clients = Callable[..., Any]


@pytest.fixture
def client(local: dict[str, str]) -> Clients:
    """Return a function that makes clients of the local AWS, in any Region."""
    session = boto3.Session(local["AWS_ACCESS_KEY_ID"], local["AWS_SECRET_ACCESS_KEY"])
    address = {"endpoint_url": local["AWS_ENDPOINT_URL"], "verify": local["AWS_CA_BUNDLE"]}
    return lambda service, region="us-east-1": session.client(service, region, **address)  # type: ignore[call-overload]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a clone of the project, from which a release was made."""
    clone = make_repository(tmp_path)
    release(clone, VERSION)
    return clone


@pytest.fixture
def adopter(local: dict[str, str], client: Clients, clone: Path, tmp_path: Path) -> Iterator[Adopter]:
    """Copy the example out of the tag, and add what the page shows for existing tables."""
    released = clone_of_tag(clone, f"v{VERSION}", tmp_path / "released")
    folder = tmp_path / "adopter"
    shutil.copytree(released / "examples" / "from-another-repository", folder)
    module, *_ = re.findall(r"^```hcl\n(.*?)^```$", (released / PAGE).read_text(), re.MULTILINE | re.DOTALL)
    (folder / "existing.tf").write_text(module.replace(ADDRESS, f"file://{tmp_path}/remote.git"))
    make_table(
        client("dynamodb"),
        "orders-messages",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    make_table(client("dynamodb"), "orders-staging")
    allow_all = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    client("iam").create_policy(PolicyName="organization", PolicyDocument=allow_all)
    environment = {
        **local,
        "PATH": str(only_git(tmp_path / "bin")),
        # The example stays as it is: Git uses the remote of the test instead.
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{tmp_path}/remote.git.insteadOf",
        "GIT_CONFIG_VALUE_0": ADDRESS,
    }
    adopter = Adopter(folder, environment, INPUTS)
    yield adopter
    adopter.run("destroy", "-auto-approve")


def only_git(folder: Path) -> Path:
    """Make a PATH with Git, what Git calls, and the shell that starts the project's Terraform. It has no Python."""
    folder.mkdir()
    for tool in ("basename", "bash", "git", "sed", "uname"):
        (folder / tool).symlink_to(str(shutil.which(tool)))
    assert shutil.which("python3", path=str(folder)) is None
    return folder


def test_a_release_is_called_by_its_address_and_the_next_one_updates_the_code(
    adopter: Adopter, clone: Path, client: Clients
) -> None:
    """Two Regions under one name, and the function on existing tables. Each step continues from the one before it."""
    run_terraform(adopter.folder, "init", "-input=false", environment=adopter.environment)
    deployments = adopter.apply()["deployments"]
    adopter.run("plan", "-detailed-exitcode")
    each_region_deletes_its_own_rows(deployments, client)
    a_row_disappears_as_the_readme_says(adopter, client)
    existing_tables_are_drained(client)
    every_resource_has_the_tags_and_the_role_the_boundary(client)
    before = code_of(client)
    the_next_release_is_made_and_called(adopter, clone)
    adopter.apply()
    assert all(old != new for old, new in zip(before, code_of(client), strict=True))
    existing_tables_are_drained(client)


def each_region_deletes_its_own_rows(deployments: dict[str, Any], client: Clients) -> None:
    """Stage the same messages in both Regions, and process them in one after the other."""
    assert sorted(deployments) == list(REGIONS)

    def drained() -> set[str]:
        tables = {region: (client("dynamodb", region), deployments[region]["staging_table_name"]) for region in REGIONS}
        return {region for region, table in tables.items() if message_ids(*table, "") == {"unprocessed"}}

    for region in REGIONS:
        put(client("dynamodb", region), deployments[region]["staging_table_name"], ["processed", "unprocessed"])
    put(client("dynamodb", REGIONS[0]), deployments[REGIONS[0]]["messages_table_name"], ["processed"])
    assert wait_until(lambda: drained() == {REGIONS[0]})
    put(client("dynamodb", REGIONS[1]), deployments[REGIONS[1]]["messages_table_name"], ["processed"])
    assert wait_until(lambda: drained() == set(REGIONS))


def a_row_disappears_as_the_readme_says(adopter: Adopter, client: Clients) -> None:
    """Carry out the commands with the name of this deployment, because other tables have the example's names."""
    example = ROOT / "examples" / "from-another-repository"
    trial = Trial(example, adopter.environment, client, lambda word: word.replace("orders-", "released-"))
    trial.carry_out(trial.commands())


def existing_tables_are_drained(client: Clients) -> None:
    """Process a message of the tables for which the page has a module."""
    dynamodb = client("dynamodb")
    put(dynamodb, "orders-staging", ["processed", "unprocessed"])
    dynamodb.delete_item(TableName="orders-messages", Key={"messageId": {"S": "processed"}, "createdAt": {"N": "1"}})
    put(dynamodb, "orders-messages", ["processed"])
    assert wait_until(lambda: message_ids(dynamodb, "orders-staging", "") == {"unprocessed"})


def every_resource_has_the_tags_and_the_role_the_boundary(client: Clients) -> None:
    """Read them in both Regions. The role's name has the Region."""
    for region in REGIONS:
        functions = client("lambda", region)
        function = functions.get_function_configuration(FunctionName="released")
        assert functions.list_tags(Resource=function["FunctionArn"])["Tags"]["team"] == "messages"
        assert function["Role"].endswith(f":role/released-{region}")
        role = client("iam").get_role(RoleName=f"released-{region}")["Role"]
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY


def code_of(client: Clients) -> list[str]:
    """Return the checksums of the code of all three functions."""
    found = [(region, "released") for region in REGIONS] + [("us-east-1", "orders")]
    return [
        client("lambda", region).get_function_configuration(FunctionName=name)["CodeSha256"] for region, name in found
    ]


def the_next_release_is_made_and_called(adopter: Adopter, clone: Path) -> None:
    """As the page says: change ref, and run init."""
    handler = (clone / "lambda_src/scavenger/handler.py").read_text()
    commit(clone, {"lambda_src/scavenger/handler.py": handler + "\n# The next release.\n"})
    add_entry(clone, "Something else.")
    release(clone, NEXT_VERSION)
    for file in adopter.folder.glob("*.tf"):
        file.write_text(file.read_text().replace(f"ref=v{VERSION}", f"ref=v{NEXT_VERSION}"))
    run_terraform(adopter.folder, "init", "-input=false", environment=adopter.environment)
