"""What is read of a deployment: at once what its function's name leads to, then what that names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from scavenger_ops.aws.errors import AwsError
from scavenger_ops.command import CommandError
from scavenger_ops.status.alarms import list_alarms
from scavenger_ops.status.cloudwatch import Owner, fields_of, read_metrics
from scavenger_ops.status.facts import (
    Bucket,
    Function,
    FunctionSettings,
    RowName,
    Table,
    Trigger,
    Unknown,
    bucket_name_of,
)
from scavenger_ops.status.function import read_concurrency, read_function, read_triggers
from scavenger_ops.status.name import account_of
from scavenger_ops.status.reading import begin, retry_policy_until, seconds_until
from scavenger_ops.status.rows import rows_of_metrics
from scavenger_ops.status.storage import read_bucket, read_table
from scavenger_ops.stream_consumers import table_of_stream

if TYPE_CHECKING:
    from concurrent.futures import Future

    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")
Names = Mapping[Owner, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Clients:
    """The clients that it takes."""

    functions: "LambdaClient"
    dynamodb: "DynamoDBClient"
    s3: "S3Client"
    cloudwatch: "CloudWatchClient"


class UnnamedError(Exception):
    """What names the thing to read is not known; why, is said of that."""


class Reading(NamedTuple):
    """Something that is being read: the rows that need it, what it is, the permission that it takes, the result."""

    about: tuple[RowName, ...]
    what: str
    permission: str
    future: "Future[Any]"


@dataclass(frozen=True, slots=True)
class _Task:
    """Whose deployment is read, up to which moment, and by when, on the monotonic clock, it has to be there."""

    clients: Clients
    name: str
    at: datetime
    ends_at: float

    def named_by(self, future: "Future[T]") -> T:
        """Wait for what names something else. Raises UnnamedError."""
        try:
            return future.result(timeout=seconds_until(self.ends_at))
        except Exception as error:
            raise UnnamedError from error


def begin_all(clients: Clients, name: str, at: datetime, ends_at: float) -> dict[str, Reading]:
    """Begin to read all of it, each by itself; of the time, half is left for what the other half gives the names of."""
    task = _Task(clients, name, at, ends_at)
    first_ends_at = ends_at - seconds_until(ends_at) / 2
    first = retry_policy_until(first_ends_at)
    function = begin(lambda: read_function(clients.functions, name, first))
    triggers = begin(lambda: read_triggers(clients.functions, name, first))
    concurrency = begin(lambda: read_concurrency(clients.functions, name, first))
    alarms = begin(lambda: list_alarms(clients.cloudwatch, name, first))
    return {
        "function": Reading(
            ("function", "inserts", "deletes", "throttling", "faults", "staging"),
            f"function {name}, and what it names",
            "lambda:GetFunctionConfiguration",
            function,
        ),
        "triggers": Reading(
            ("trigger", "inserts", "given up"),
            "event source mapping, and what it names",
            "lambda:ListEventSourceMappings",
            triggers,
        ),
        "concurrency": Reading(("function",), "reserved concurrency", "lambda:GetFunctionConcurrency", concurrency),
        "alarms": Reading(("alarms",), "alarms", "cloudwatch:DescribeAlarms", alarms),
        "metrics of the function": _metrics(
            replace(task, ends_at=first_ends_at), ("function",), lambda: {"function": [name]}
        ),
        **_begin_named(task, function, triggers),
    }


def _begin_named(
    task: _Task, function: "Future[Function]", triggers: "Future[tuple[Trigger, ...]]"
) -> dict[str, Reading]:
    def settings() -> FunctionSettings:
        known = task.named_by(function).settings
        if known is None:
            raise UnnamedError
        return known

    def own_names() -> Names:
        told = settings()
        return {"service": [told.service_name], "staging": [name for name in [told.staging_table_name] if name]}

    def mapping_names() -> Names:
        told = task.named_by(triggers)
        return {
            "messages": sorted({each.messages_table_name for each in told}),
            "mapping": [each.uuid for each in told],
        }

    permission = "dynamodb:DescribeTable"
    return {
        "staging table": Reading(
            ("staging",), "staging table", permission, begin(lambda: _table(task, settings().staging_table_name))
        ),
        "messages tables": Reading(
            ("trigger",),
            "messages table",
            permission,
            begin(lambda: _messages_tables(task, function, task.named_by(triggers))),
        ),
        "bucket": Reading(
            ("failure bucket",), "failure bucket", "s3:ListBucket", begin(lambda: _bucket(task, function, triggers))
        ),
        "metrics of its own": _metrics(task, ("service", "staging"), own_names),
        "metrics of the mapping": _metrics(task, ("messages", "mapping"), mapping_names),
    }


def _metrics(task: _Task, owners: tuple[Owner, ...], names: Callable[[], Names]) -> Reading:
    future = begin(
        lambda: read_metrics(task.clients.cloudwatch, names(), task.at, retry_policy_until(task.ends_at)),
    )
    rows = rows_of_metrics(fields_of(owners))
    return Reading(rows, f"metrics of {' and '.join(owners)}", "cloudwatch:GetMetricData", future)


def _table(task: _Task, name: str | None) -> Table | None:
    return read_table(task.clients.dynamodb, name, retry_policy_until(task.ends_at)) if name else None


def _messages_tables(task: _Task, function: "Future[Function]", triggers: tuple[Trigger, ...]) -> Mapping[str, Table]:
    """Read the tables of the streams, by their names; one of another account is no namesake of the function's."""
    known = _if_known(task, function)
    own = account_of(known.arn) if known and known.arn else None
    tables = {}
    for trigger in triggers:
        name, arn = trigger.messages_table_name, table_of_stream(trigger.stream_arn)
        address = None if own in (None, account_of(arn)) else arn
        tables[name] = read_table(task.clients.dynamodb, name, retry_policy_until(task.ends_at), address)
    return tables


def _bucket(task: _Task, function: "Future[Function]", triggers: "Future[tuple[Trigger, ...]]") -> Bucket | None:
    """Read the bucket that the function names, or else a mapping; none if neither does."""
    settings = _if_known(task, function)
    mappings = _if_known(task, triggers)
    name = bucket_name_of(settings.settings if settings else None, mappings)
    if name is None:
        return None
    return read_bucket(task.clients.s3, name, retry_policy_until(task.ends_at))


def _if_known(task: _Task, future: "Future[T]") -> T | None:
    try:
        return task.named_by(future)
    except UnnamedError:
        return None


def result_of(reading: Reading, unknown: list[Unknown], ends_at: float) -> Any:  # noqa: ANN401 - each has its own
    """Wait for what is read, or note why it is not known, so that the rest can be shown."""
    permission = None
    try:
        return reading.future.result(timeout=seconds_until(ends_at))
    except UnnamedError:
        return None
    except TimeoutError:
        reason = "AWS did not answer in time."
    except CommandError as error:
        permission = reading.permission if isinstance(error, AwsError) and error.is_denial else None
        reason = str(error)
    except Exception as error:  # noqa: BLE001 - of an odd answer, it may be any
        reason = f"The answer cannot be read ({type(error).__name__})."
    unknown.append(Unknown(reading.about, reading.what, permission, reason))
    return None
