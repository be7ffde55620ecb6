"""Deployments of release 0.1.0 on the local AWS that are upgraded to this commit, as their users would do it."""

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from scavenger_ops.terraform import LOCK, PACKAGE, copy_configuration, run_terraform
from scavenger_ops.toolchain import ROOT

from support.adopters import Adopter
from support.pages import pages
from support.policies import ACCOUNT, REGION

PAGE = pages()["docs/how-to/upgrade.md"]
STATE = "terraform.tfstate"
ACTIONS = {("create",): "created", ("delete",): "deleted", ("update",): "updated", ("delete", "create"): "replaced"}
OPERATOR = f"arn:aws:iam::{ACCOUNT}:role/on-call"
# A batch that fails goes to the failure bucket at once.
NO_RETRIES = {"maximum_retry_attempts": 0, "failure_bucket_operator_arns": [OPERATOR]}
PRODUCTION = {"operator_arns": [OPERATOR], "alarm_actions": [f"arn:aws:sns:{REGION}:{ACCOUNT}:on-call"]}


class Upgrade(NamedTuple):
    """A configuration that uses 0.1.0, and the one that takes its state over."""

    before: Adopter
    after: Adopter

    def deploy(self) -> None:
        """Apply 0.1.0."""
        initialize(self.before)
        self.before.run("apply", "-auto-approve", "-input=false")

    def plan(self) -> Any:
        """Let this commit take the state over, and return its plan."""
        shutil.copy(self.before.folder / STATE, self.after.folder)
        initialize(self.after)
        return self.after.plan()

    def plan_way_back(self) -> Any:
        """Let 0.1.0 take the state over again, and return its plan."""
        shutil.copy(self.after.folder / STATE, self.before.folder)
        return self.before._replace(environment=self.after.environment).plan()


def initialize(adopter: Adopter) -> None:
    """Initialize a configuration with the locked provider."""
    shutil.copy(ROOT / LOCK.name, adopter.folder)
    run_terraform(adopter.folder, "init", "-input=false", environment=adopter.environment)


class Releases(NamedTuple):
    """The two versions, each as a clone with its package."""

    first: Path
    now: Path


def copy_this_commit(folder: Path) -> Path:
    """Copy the configuration of this commit, with its package, and return the copy's path."""
    copy = copy_configuration(folder)
    (copy / PACKAGE.parent.name).mkdir()
    shutil.copy(PACKAGE, copy / PACKAGE.parent.name)
    return copy


def make_upgrades(releases: Releases, attached: Mapping[str, str], local: Mapping[str, str]) -> dict[str, Upgrade]:
    """Return the upgrade of a clone of the root, of one who calls the modules, and of 0.1.0's example.

    The example of 0.1.0 runs the provider itself: the path of its package is relative to its folder, and the attached
    provider would find this commit's there.
    """
    packages = (releases.first / "dist/scavenger.zip", PACKAGE)
    root = [
        Adopter(folder, dict(attached), {**NO_RETRIES, "package_path": str(package)})
        for folder, package in zip(releases, packages, strict=True)
    ]
    example = [folder / "examples/production" for folder in releases]
    shutil.copytree(example[0], example[1])
    callers = [
        _write_caller(folder, block) for folder, block in zip(releases, hcl_blocks("../staging-scavenger"), strict=True)
    ]
    return {
        "root": Upgrade(*root),
        "caller": Upgrade(*(Adopter(folder, dict(attached)) for folder in callers)),
        "production": Upgrade(
            Adopter(example[0], dict(local), PRODUCTION), Adopter(example[1], dict(attached), PRODUCTION)
        ),
    }


def hcl_blocks(source: str) -> list[str]:
    """Return the blocks of the page that call the modules at a path: that of 0.1.0, and that of 0.2.0."""
    return [fence.text for fence in PAGE.fences if fence.language == "hcl" and source in fence.text]


def _write_caller(clone: Path, block: str) -> Path:
    """Write a configuration as the page shows it, where the clone's examples are."""
    folder = clone / "examples" / "caller"
    folder.mkdir(parents=True)
    package = f'package_path = "{clone}/dist/scavenger.zip"'
    block = re.sub(r"package_path +=.*", package, block.replace("../staging-scavenger/", "../../"))
    (folder / "main.tf").write_text(block)
    shutil.copy(ROOT / "tests/data/upgrade/tables.tf", folder)
    return folder


def actions(plan: Mapping[str, Any]) -> dict[str, str]:
    """Return what a plan does with each resource that it changes, by its address."""
    found = [(each["address"], each["change"]["actions"]) for each in plan["resource_changes"]]
    return {address: ACTIONS[tuple(done)] for address, done in found if done not in (["no-op"], ["read"])}


def resource_of(address: str) -> str:
    """Return the type and the name of a resource in its module."""
    return re.sub(r"\[[^]]*]$", "", re.sub(r"^(?:module\.\w+(?:\[[^]]*])?\.)+", "", address))


def table_of(heading: str) -> dict[str, str]:
    """Return the first two columns of the table below a heading of the page, by the code in the first."""
    section = re.split(r"^#+ ", PAGE.text, flags=re.MULTILINE)
    (text,) = [each for each in section if each.startswith(f"{heading}\n")]
    return dict(re.findall(r"^\| `([^`]+)` \| (\w+)", text, re.MULTILINE))


def describe(client: Callable[[str], Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the identities of what must stay: tables, stream, mapping, bucket and function."""
    tables = [client("dynamodb").describe_table(TableName=names[table])["Table"] for table in ("messages", "staging")]
    (mapping,) = client("lambda").list_event_source_mappings(FunctionName=names["function"])["EventSourceMappings"]
    buckets = {each["Name"]: each["CreationDate"] for each in client("s3").list_buckets()["Buckets"]}
    expiry = client("s3").get_bucket_lifecycle_configuration(Bucket=names["bucket"])["Rules"]
    return {
        "tables": [(table["TableId"], table["CreationDateTime"]) for table in tables],
        "stream": tables[0]["LatestStreamArn"],
        "mapping": (mapping["UUID"], mapping["EventSourceArn"]),
        "bucket": buckets[names["bucket"]],
        "expiry": json.dumps(expiry, sort_keys=True),
        "role": client("lambda").get_function_configuration(FunctionName=names["function"])["Role"],
    }
