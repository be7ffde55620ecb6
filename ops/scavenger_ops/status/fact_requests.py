"""The requests for the facts of a deployment: first by the function's name, then by the names in the first answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from reconciler.function_name import account_of
from reconciler.stream_consumers import table_of_stream

from scavenger_ops.status.alarms import list_alarms
from scavenger_ops.status.background_read import retry_policy_until, seconds_until, start_read
from scavenger_ops.status.cloudwatch import read_metrics
from scavenger_ops.status.facts import BucketFacts, FunctionFacts, FunctionSettings, MappingFacts, bucket_name_of
from scavenger_ops.status.failure_requests import request_failures
from scavenger_ops.status.function import read_concurrency, read_function, read_mappings
from scavenger_ops.status.metric_queries import Owner, fields_of
from scavenger_ops.status.pending_fact import NameUnknownError, PendingFact
from scavenger_ops.status.request_context import RequestContext, StatusClients
from scavenger_ops.status.rows import rows_of_metrics
from scavenger_ops.status.storage import read_bucket, read_table

if TYPE_CHECKING:
    from concurrent.futures import Future

    from scavenger_ops.status.facts import TableFacts

Names = Mapping[Owner, Sequence[str]]

_OWNERS: dict[Owner, str] = {
    "function": "the function",
    "service": "the function itself",
    "staging": "the staging table",
    "messages": "the messages tables",
    "mapping": "the event source mappings",
}


def start_requests(clients: StatusClients, name: str, at: datetime, ends_at: float) -> dict[str, PendingFact]:
    """Start to read all facts, each in its own thread. Half of the time is left for the resources that others name."""
    context = RequestContext(clients, name, at, ends_at)
    first_ends_at = ends_at - seconds_until(ends_at) / 2
    retry_policy = retry_policy_until(first_ends_at)
    function = start_read(lambda: read_function(clients.functions, name, retry_policy))
    mappings = start_read(lambda: read_mappings(clients.functions, name, retry_policy))
    concurrency = start_read(lambda: read_concurrency(clients.functions, name, retry_policy))
    alarms = start_read(lambda: list_alarms(clients.cloudwatch, name, retry_policy))
    return {
        "function": PendingFact(
            ("function", "inserts", "deletes", "throttling", "errors", "staging table"),
            f"function {name} and what it names",
            "lambda:GetFunctionConfiguration",
            function,
        ),
        "mappings": PendingFact(
            ("event source mapping", "inserts", "retries exhausted"),
            "event source mappings and what they name",
            "lambda:ListEventSourceMappings",
            mappings,
        ),
        "concurrency": PendingFact(("function",), "reserved concurrency", "lambda:GetFunctionConcurrency", concurrency),
        "alarms": PendingFact(("alarms",), "alarms", "cloudwatch:DescribeAlarms", alarms),
        "metrics of the function": _request_metrics(
            replace(context, ends_at=first_ends_at), ("function",), lambda: {"function": [name]}
        ),
        **_request_tables_and_bucket(context, function, mappings),
        **_request_other_metrics(context, function, mappings),
    }


def _request_tables_and_bucket(
    context: RequestContext, function: "Future[FunctionFacts]", mappings: "Future[tuple[MappingFacts, ...]]"
) -> dict[str, PendingFact]:
    permission = "dynamodb:DescribeTable"
    staging = start_read(lambda: _read_staging_table(context, function))
    messages = start_read(lambda: _read_messages_tables(context, function, context.wait_for(mappings)))
    bucket = start_read(lambda: _read_failure_bucket(context, function, mappings))
    return {
        "staging table": PendingFact(("staging table",), "staging table", permission, staging),
        "messages tables": PendingFact(("event source mapping",), "messages table", permission, messages),
        "bucket": PendingFact(("failure bucket",), "failure bucket", "s3:ListBucket", bucket),
        **request_failures(context, function, bucket),
    }


def _request_other_metrics(
    context: RequestContext, function: "Future[FunctionFacts]", mappings: "Future[tuple[MappingFacts, ...]]"
) -> dict[str, PendingFact]:
    def own_names() -> Names:
        settings = _settings(context, function)
        return {
            "service": [settings.service_name],
            "staging": [name for name in [settings.staging_table_name] if name],
        }

    def mapping_names() -> Names:
        known = context.wait_for(mappings)
        return {
            "messages": sorted({each.messages_table_name for each in known}),
            "mapping": [each.uuid for each in known],
        }

    return {
        "metrics of its own": _request_metrics(context, ("service", "staging"), own_names),
        "metrics of the mapping": _request_metrics(context, ("messages", "mapping"), mapping_names),
    }


def _request_metrics(context: RequestContext, owners: tuple[Owner, ...], names: Callable[[], Names]) -> PendingFact:
    future = start_read(
        lambda: read_metrics(context.clients.cloudwatch, names(), context.at, retry_policy_until(context.ends_at)),
    )
    rows = rows_of_metrics(fields_of(owners))
    what = f"metrics of {' and '.join(_OWNERS[owner] for owner in owners)}"
    return PendingFact(rows, what, "cloudwatch:GetMetricData", future)


def _settings(context: RequestContext, function: "Future[FunctionFacts]") -> FunctionSettings:
    """Return the function's settings. Raises NameUnknownError."""
    settings = context.wait_for(function).settings
    if settings is None:
        raise NameUnknownError
    return settings


def _read_staging_table(context: RequestContext, function: "Future[FunctionFacts]") -> "TableFacts | None":
    name = _settings(context, function).staging_table_name
    return read_table(context.clients.dynamodb, name, retry_policy_until(context.ends_at)) if name else None


def _read_messages_tables(
    context: RequestContext, function: "Future[FunctionFacts]", mappings: tuple[MappingFacts, ...]
) -> "Mapping[str, TableFacts]":
    """Return the tables of the streams, by name. A table of another account is read by its ARN."""
    known = context.wait_for_optional(function)
    own_account = account_of(known.arn) if known and known.arn else None
    tables = {}
    for mapping in mappings:
        name, arn = mapping.messages_table_name, table_of_stream(mapping.stream_arn)
        # By its name, DynamoDB would return a table of the same name in this account.
        foreign_arn = None if own_account in (None, account_of(arn)) else arn
        tables[name] = read_table(context.clients.dynamodb, name, retry_policy_until(context.ends_at), foreign_arn)
    return tables


def _read_failure_bucket(
    context: RequestContext, function: "Future[FunctionFacts]", mappings: "Future[tuple[MappingFacts, ...]]"
) -> BucketFacts | None:
    """Return the bucket that the function names, or else a mapping. None if neither names one."""
    known = context.wait_for_optional(function)
    name = bucket_name_of(known.settings if known else None, context.wait_for_optional(mappings))
    if name is None:
        return None
    return read_bucket(context.clients.s3, name, retry_policy_until(context.ends_at))
