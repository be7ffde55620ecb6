"""Finds and removes what runs of the tests left on AWS: `make clean-aws`.

A run destroys what it made. This is for a run whose process, computer or state is gone. Something is a run's if its
name is one of run_names.py and, where AWS has tags, if it also has the run's tag. Roles and dashboards are those of all
Regions, and everything else is of one.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from scavenger_ops.duration import parse_duration

from aws.run_names import PREFIX, RUN_TAG, run_of

Clients = Callable[[str], Any]
# The names of log groups have this before the function's.
LOG_PREFIX: Final = "/aws/lambda/"
# A run takes 20 minutes at most, and some more to destroy.
OLDER_THAN: Final = "2h"
_REQUESTS: Final = Config(retries={"mode": "standard", "total_max_attempts": 10})
_BATCH: Final = 1000


class Leftover(NamedTuple):
    """Something that a run made. `key` is what its service needs to remove it."""

    kind: str
    name: str
    key: str
    changed: datetime


class Listed(NamedTuple):
    """Something that a service lists. `key` is what its service needs to remove it.

    `changed` is when it was made or last changed. `tags` reads its tags; it is None if the service has none for it.
    """

    name: str
    key: str
    changed: datetime
    tags: Callable[[], Any] | None = None


class Kind(NamedTuple):
    """A kind of resource: what lists all that begin with PREFIX or more, and what removes one, by its key."""

    name: str
    listed: Callable[[Clients], Iterator[Listed]]
    remove: Callable[[Clients, str], None]


def find_leftovers(clients: Clients, run_id: str | None = None) -> list[Leftover]:
    """Return what one run made, or all runs, in the order in which it can be removed. Raises what boto3 raises."""
    with ThreadPoolExecutor() as pool:
        found = pool.map(lambda kind: list(_find(kind, clients, run_id)), KINDS)
        return [leftover for leftovers in found for leftover in leftovers]


def _find(kind: Kind, clients: Clients, run_id: str | None) -> Iterator[Leftover]:
    for each in kind.listed(clients):
        of = run_of(each.name.removeprefix(LOG_PREFIX))
        if of and run_id in (None, of) and (each.tags is None or _tag(each.tags) == of):
            yield Leftover(kind.name, each.name, each.key, each.changed)


def _tag(read_tags: Callable[[], Any]) -> str | None:
    """Return the run's tag of a resource, in the form that its service has; None if it has none, or is gone."""
    try:
        tags = read_tags()
    except ClientError as error:
        if _is_absence(error):
            return None
        raise
    if isinstance(tags, Mapping):
        return tags.get(RUN_TAG)
    # Step Functions writes the names in lower case.
    pairs = ({name.lower(): value for name, value in tag.items()} for tag in tags)
    return next((pair["value"] for pair in pairs if pair["key"] == RUN_TAG), None)


def remove(clients: Clients, leftover: Leftover) -> str:
    """Remove it. Return why it is still there; an empty text if it is gone."""
    try:
        _BY_NAME[leftover.kind].remove(clients, leftover.key)
    except (ClientError, BotoCoreError) as error:
        return "" if isinstance(error, ClientError) and _is_absence(error) else str(error)
    return ""


def _is_absence(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    return "NotFound" in code or code.startswith("NoSuch")


def _pages(client: Any, operation: str, field: str, **arguments: Any) -> Iterator[Any]:
    """Yield the members of a field of all pages."""
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page[field]


def _mappings(clients: Clients) -> Iterator[Listed]:
    functions = clients("lambda")
    for mapping in _pages(functions, "list_event_source_mappings", "EventSourceMappings"):
        # It is removed before its function, so the function's name is enough.
        if mapping["State"] != "Deleting":
            name = mapping["FunctionArn"].split(":")[6]
            yield Listed(name, mapping["UUID"], mapping["LastModified"])


def _state_machines(clients: Clients) -> Iterator[Listed]:
    states = clients("stepfunctions")
    for machine in _pages(states, "list_state_machines", "stateMachines"):
        arn = machine["stateMachineArn"]
        if run_of(machine["name"]) and states.describe_state_machine(stateMachineArn=arn)["status"] != "DELETING":
            tags = partial(lambda arn: states.list_tags_for_resource(resourceArn=arn)["tags"], arn)
            yield Listed(machine["name"], arn, machine["creationDate"], tags)


def _functions(clients: Clients) -> Iterator[Listed]:
    functions = clients("lambda")
    for function in _pages(functions, "list_functions", "Functions"):
        arn = function["FunctionArn"]
        tags = partial(lambda arn: functions.list_tags(Resource=arn)["Tags"], arn)
        yield Listed(function["FunctionName"], arn, datetime.fromisoformat(function["LastModified"]), tags)


def _tables(clients: Clients) -> Iterator[Listed]:
    dynamodb = clients("dynamodb")
    for name in _pages(dynamodb, "list_tables", "TableNames"):
        if run_of(name):
            table = dynamodb.describe_table(TableName=name)["Table"]
            if table["TableStatus"] != "DELETING":
                tags = partial(lambda arn: dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"], table["TableArn"])
                yield Listed(name, name, table["CreationDateTime"], tags)


def _buckets(clients: Clients) -> Iterator[Listed]:
    s3 = clients("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        tags = partial(lambda name: s3.get_bucket_tagging(Bucket=name)["TagSet"], bucket["Name"])
        yield Listed(bucket["Name"], bucket["Name"], bucket["CreationDate"], tags)


def _log_groups(clients: Clients) -> Iterator[Listed]:
    logs = clients("logs")
    for group in _pages(logs, "describe_log_groups", "logGroups", logGroupNamePrefix=f"{LOG_PREFIX}{PREFIX}"):
        arn = group["arn"].removesuffix(":*")
        tags = partial(lambda arn: logs.list_tags_for_resource(resourceArn=arn)["tags"], arn)
        created = datetime.fromtimestamp(group["creationTime"] / 1000, UTC)
        yield Listed(group["logGroupName"], group["logGroupName"], created, tags)


def _alarms(clients: Clients) -> Iterator[Listed]:
    cloudwatch = clients("cloudwatch")
    for alarm in _pages(cloudwatch, "describe_alarms", "MetricAlarms", AlarmNamePrefix=PREFIX):
        arn = alarm["AlarmArn"]
        tags = partial(lambda arn: cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"], arn)
        yield Listed(alarm["AlarmName"], alarm["AlarmName"], alarm["AlarmConfigurationUpdatedTimestamp"], tags)


def _dashboards(clients: Clients) -> Iterator[Listed]:
    for board in _pages(clients("cloudwatch"), "list_dashboards", "DashboardEntries", DashboardNamePrefix=PREFIX):
        yield Listed(board["DashboardName"], board["DashboardName"], board["LastModified"])


def _roles(clients: Clients) -> Iterator[Listed]:
    iam = clients("iam")
    for role in _pages(iam, "list_roles", "Roles"):
        tags = partial(lambda name: iam.list_role_tags(RoleName=name)["Tags"], role["RoleName"])
        yield Listed(role["RoleName"], role["RoleName"], role["CreateDate"], tags)


def _remove_table(clients: Clients, name: str) -> None:
    dynamodb = clients("dynamodb")
    if dynamodb.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled"):
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
        dynamodb.get_waiter("table_exists").wait(TableName=name)
    dynamodb.delete_table(TableName=name)


def _remove_bucket(clients: Clients, name: str) -> None:
    """Remove a bucket with its objects. Its policy goes first: only the run's own role could remove objects."""
    s3 = clients("s3")
    s3.delete_bucket_policy(Bucket=name)
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name, PaginationConfig={"PageSize": _BATCH}):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        if objects:
            s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
    s3.delete_bucket(Bucket=name)


def _remove_role(clients: Clients, name: str) -> None:
    iam = clients("iam")
    for policy in _pages(iam, "list_role_policies", "PolicyNames", RoleName=name):
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    for policy in _pages(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name):
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName=name)


# In the order in which they can be removed: first what starts work, then what works, then what is worked on.
KINDS: Final = (
    Kind(
        "state machine",
        _state_machines,
        lambda clients, arn: clients("stepfunctions").delete_state_machine(stateMachineArn=arn),
    ),
    Kind(
        "event source mapping",
        _mappings,
        lambda clients, uuid: clients("lambda").delete_event_source_mapping(UUID=uuid),
    ),
    Kind("function", _functions, lambda clients, arn: clients("lambda").delete_function(FunctionName=arn)),
    Kind("table", _tables, _remove_table),
    Kind("bucket", _buckets, _remove_bucket),
    Kind("alarm", _alarms, lambda clients, name: clients("cloudwatch").delete_alarms(AlarmNames=[name])),
    Kind(
        "dashboard", _dashboards, lambda clients, name: clients("cloudwatch").delete_dashboards(DashboardNames=[name])
    ),
    # After the function, which would write to it.
    Kind("log group", _log_groups, lambda clients, name: clients("logs").delete_log_group(logGroupName=name)),
    Kind("role", _roles, _remove_role),
)
_BY_NAME: Final = {kind.name: kind for kind in KINDS}


def clean(clients: Clients, run_id: str | None, older_than_s: int, *, is_dry_run: bool) -> int:
    """Remove what is left of one run, or of all that are old enough. Say each thing, and return the exit code."""
    newest = datetime.now(UTC) - timedelta(seconds=older_than_s)
    found = [each for each in find_leftovers(clients, run_id) if run_id or each.changed <= newest]
    failed = 0
    for leftover in found:
        problem = "" if is_dry_run else remove(clients, leftover)
        failed += bool(problem)
        done = f"is still there: {problem}" if problem else "would be removed" if is_dry_run else "removed"
        _say(f"{leftover.kind} {leftover.name}: {done}")
    _say(f"{len(found)} found, {0 if is_dry_run else len(found) - failed} removed.")
    return 1 if failed else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _duration(text: str) -> int:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="aws.leftovers", description="Remove what test runs left on AWS.")
    parser.add_argument("--run", metavar="ID", help="only what this run made, however new it is")
    parser.add_argument(
        "--older-than", metavar="TIME", type=_duration, default=OLDER_THAN, help="only what is older (default: 2h)"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return the exit code: 1 if something is left, 2 for wrong options, 3 without AWS."""
    options = _options(arguments)
    session = boto3.Session()
    try:
        identity = session.client("sts").get_caller_identity()
        _say(f"AWS account {identity['Account']}, {session.region_name}, as {identity['Arn']}")
        clients = partial(session.client, config=_REQUESTS)
        return clean(clients, options.run, options.older_than, is_dry_run=options.dry_run)
    except (BotoCoreError, ClientError) as error:
        _say(f"AWS could not be asked: {error}")
        return 3


if __name__ == "__main__":
    sys.exit(main())
