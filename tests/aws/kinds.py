"""The kinds of resources that a run of the tests makes: how AWS lists them, and how one is removed."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, NamedTuple

from botocore.exceptions import ClientError

from aws.run_names import PREFIX, RUN_TAG, run_of

Clients = Callable[[str], Any]
# The names of log groups have this before the function's.
LOG_PREFIX: Final = "/aws/lambda/"
# S3 deletes at most so many objects in a request.
_BATCH: Final = 1000


class Listed(NamedTuple):
    """Something that a service lists. `key` is what its service needs to remove it.

    `changed` is when it was made or last changed. `tags` reads its tags; it is None if the service has none for it.
    """

    name: str
    key: str
    changed: datetime
    tags: Callable[[], Any] | None = None

    def run_id(self) -> str:
        """Return the ID of the run that made it: that of its name and, if there are tags, of its tag. Empty if none."""
        of = run_of(self.name.removeprefix(LOG_PREFIX))
        return of if of and (self.tags is None or _tag(unless_gone(self.tags) or {}) == of) else ""


class Kind(NamedTuple):
    """A kind of resource: what lists all that begin with PREFIX or more, and what removes one, by its key."""

    name: str
    listed: Callable[[Clients], Iterator[Listed]]
    remove: Callable[[Clients, str], object]


def _tag(tags: Any) -> str | None:
    """Return the run's tag of a resource's tags, in the form that its service has; None if there is none."""
    if isinstance(tags, Mapping):
        return tags.get(RUN_TAG)
    # Step Functions writes the names in lower case.
    pairs = ({name.lower(): value for name, value in tag.items()} for tag in tags)
    return next((pair["value"] for pair in pairs if pair["key"] == RUN_TAG), None)


def unless_gone(ask: Callable[[], Any]) -> Any:
    """Return the answer to a request; None if AWS does not have the resource any more."""
    try:
        return ask()
    except ClientError as error:
        if is_absence(error):
            return None
        raise


def is_absence(error: ClientError) -> bool:
    """Return whether AWS says that it does not have the resource."""
    code = error.response["Error"]["Code"]
    return "NotFound" in code or code.startswith("NoSuch") or code.endswith("DoesNotExist")


def _pages(client: Any, operation: str, field: str, **arguments: Any) -> Iterator[Any]:
    """Yield the members of a field of all pages."""
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page.get(field, [])


def _mappings(clients: Clients) -> Iterator[Listed]:
    functions = clients("lambda")
    for mapping in _pages(functions, "list_event_source_mappings", "EventSourceMappings"):
        # It has no name, so it is known by its function's. Others, of whatever kind, are nobody's business here.
        name = "".join(mapping.get("FunctionArn", "").split(":")[6:7])
        if run_of(name) and mapping["State"] != "Deleting":
            arn = mapping["EventSourceMappingArn"]
            tags = partial(lambda arn: functions.list_tags(Resource=arn)["Tags"], arn)
            yield Listed(name, mapping["UUID"], mapping["LastModified"], tags)


def _state_machines(clients: Clients) -> Iterator[Listed]:
    states = clients("stepfunctions")
    for machine in _pages(states, "list_state_machines", "stateMachines"):
        arn = machine["stateMachineArn"]
        if run_of(machine["name"]) and _status(partial(states.describe_state_machine, stateMachineArn=arn)) == "ACTIVE":
            tags = partial(lambda arn: states.list_tags_for_resource(resourceArn=arn)["tags"], arn)
            yield Listed(machine["name"], arn, machine["creationDate"], tags)


def _status(describe: Callable[[], Any]) -> str:
    """Return the status of a state machine, which stays in the list until its runs have ended; empty if it is gone."""
    return str((unless_gone(describe) or {"status": ""})["status"])


def _functions(clients: Clients) -> Iterator[Listed]:
    functions = clients("lambda")
    for function in _pages(functions, "list_functions", "Functions"):
        if run_of(function["FunctionName"]):
            arn = function["FunctionArn"]
            tags = partial(lambda arn: functions.list_tags(Resource=arn)["Tags"], arn)
            yield Listed(function["FunctionName"], arn, datetime.fromisoformat(function["LastModified"]), tags)


def _tables(clients: Clients) -> Iterator[Listed]:
    dynamodb = clients("dynamodb")
    for name in filter(run_of, _pages(dynamodb, "list_tables", "TableNames")):
        answer = unless_gone(partial(dynamodb.describe_table, TableName=name))
        if answer and answer["Table"]["TableStatus"] != "DELETING":
            arn = answer["Table"]["TableArn"]
            tags = partial(lambda arn: dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"], arn)
            yield Listed(name, name, answer["Table"]["CreationDateTime"], tags)


def _buckets(clients: Clients) -> Iterator[Listed]:
    s3 = clients("s3")
    for bucket in _pages(s3, "list_buckets", "Buckets", Prefix=PREFIX):
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
    """Remove a table. If it was protected, it is busy at first."""
    dynamodb = clients("dynamodb")
    if dynamodb.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled"):
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=name)


def _remove_bucket(clients: Clients, name: str) -> None:
    """Remove a bucket with its objects. Its policy goes first: only the run's own role could remove objects."""
    s3 = clients("s3")
    s3.delete_bucket_policy(Bucket=name)
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name, PaginationConfig={"PageSize": _BATCH}):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        answer = s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True}) if objects else {}
        for error in answer.get("Errors", []):
            raise ClientError({"Error": error}, "DeleteObjects")
    s3.delete_bucket(Bucket=name)


def _remove_role(clients: Clients, name: str) -> None:
    iam = clients("iam")
    # A destroy that is still going on may be faster with a policy, and not with the role.
    for policy in _pages(iam, "list_role_policies", "PolicyNames", RoleName=name):
        unless_gone(partial(iam.delete_role_policy, RoleName=name, PolicyName=policy))
    for policy in _pages(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name):
        unless_gone(partial(iam.detach_role_policy, RoleName=name, PolicyArn=policy["PolicyArn"]))
    iam.delete_role(RoleName=name)


# In the order in which they can be removed: first what starts work, then what works, then what is worked on.
KINDS: Final = (
    Kind(
        "state machine",
        _state_machines,
        lambda aws, arn: aws("stepfunctions").delete_state_machine(stateMachineArn=arn),
    ),
    Kind("event source mapping", _mappings, lambda aws, uuid: aws("lambda").delete_event_source_mapping(UUID=uuid)),
    Kind("function", _functions, lambda aws, arn: aws("lambda").delete_function(FunctionName=arn)),
    Kind("table", _tables, _remove_table),
    Kind("bucket", _buckets, _remove_bucket),
    Kind("alarm", _alarms, lambda aws, name: aws("cloudwatch").delete_alarms(AlarmNames=[name])),
    Kind("dashboard", _dashboards, lambda aws, name: aws("cloudwatch").delete_dashboards(DashboardNames=[name])),
    # After the function, which would write to it.
    Kind("log group", _log_groups, lambda aws, name: aws("logs").delete_log_group(logGroupName=name)),
    Kind("role", _roles, _remove_role),
)
