"""Reads the facts of a deployment from AWS, as many of them as the caller may."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from scavenger.redaction import redact

from scavenger_ops.command import CommandError, is_denial
from scavenger_ops.status.cloudwatch import Dimensions, read_alarms, read_metrics
from scavenger_ops.status.facts import Facts, Function, Metrics, Table, Unknown
from scavenger_ops.status.function import read_concurrency, read_function, read_triggers
from scavenger_ops.status.storage import read_bucket, read_table

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client

Fact = TypeVar("Fact")


@dataclass(frozen=True, slots=True)
class Clients:
    """The clients that it takes, with boto3's usual settings."""

    functions: "LambdaClient"
    dynamodb: "DynamoDBClient"
    s3: "S3Client"
    cloudwatch: "CloudWatchClient"


def read_facts(name: str) -> Facts:
    """Read all that can be known of the deployment whose function has that name.

    What AWS does not tell is noted in the facts. Raises CommandError if there is no such function, and AWS's own error
    if the first request shows that nothing at all can be read: without credentials, for one.
    """
    clients = Clients(boto3.client("lambda"), boto3.client("dynamodb"), boto3.client("s3"), boto3.client("cloudwatch"))
    unknown: list[Unknown] = []
    at = datetime.now(UTC)
    name, function = _read_function(clients.functions, name, unknown)
    facts = Facts(name, clients.functions.meta.region_name, at, function)
    facts = _with_resources(facts, clients, unknown)
    facts = _with_measurements(facts, clients, unknown)
    return replace(facts, unknown=tuple(unknown))


def _read_function(functions: "LambdaClient", name: str, unknown: list[Unknown]) -> tuple[str, Function | None]:
    """Read the function, and its plain name: the one given may be its ARN."""
    try:
        configuration = functions.get_function_configuration(FunctionName=name)
    except functions.exceptions.ResourceNotFoundException as error:
        raise CommandError(
            f"There is no function {name} in {functions.meta.region_name}. Give the name that the deployment has "
            "(.venv/bin/terraform output function_name), and its Region and account by the AWS settings."
        ) from error
    except ClientError as error:
        if not is_denial(error):
            raise
        unknown.append(Unknown(f"function {name}", "lambda:GetFunctionConfiguration", redact(error)))
        return name, None
    if fault := configuration.get("Environment", {}).get("Error"):
        unknown.append(Unknown("the function's settings", "kms:Decrypt", redact(fault.get("Message", ""))))
    return configuration["FunctionName"], read_function(configuration)


def _with_resources(facts: Facts, clients: Clients, unknown: list[Unknown]) -> Facts:
    """Add what the deployment is made of."""

    def table(role: str, name: str) -> Table | None:
        read = partial(read_table, clients.dynamodb, name)
        return _try(unknown, f"{role} table {name}", "dynamodb:DescribeTable", read)

    concurrency = partial(read_concurrency, clients.functions, facts.name)
    triggers = partial(read_triggers, clients.functions, facts.name, partial(table, "messages"))
    facts = replace(
        facts,
        concurrency=_try(unknown, "reserved concurrency", "lambda:GetFunctionConcurrency", concurrency),
        triggers=_try(unknown, "event source mapping", "lambda:ListEventSourceMappings", triggers),
    )
    if facts.staging_table_name:
        facts = replace(facts, staging_table=table("staging", facts.staging_table_name))
    if facts.bucket_name:
        bucket = partial(read_bucket, clients.s3, facts.bucket_name)
        facts = replace(facts, bucket=_try(unknown, f"failure bucket {facts.bucket_name}", "s3:ListBucket", bucket))
    return facts


def _with_measurements(facts: Facts, clients: Clients, unknown: list[Unknown]) -> Facts:
    """Add what CloudWatch has seen of it."""
    dimensions = _dimensions(facts)
    metrics = partial(read_metrics, clients.cloudwatch, dimensions, facts.at, unknown)
    alarms = partial(read_alarms, clients.cloudwatch, facts.name, dimensions)
    return replace(
        facts,
        metrics=_try(unknown, "metrics", "cloudwatch:GetMetricData", metrics) or Metrics(),
        alarms=_try(unknown, "alarms", "cloudwatch:DescribeAlarms", alarms),
    )


def _dimensions(facts: Facts) -> Dimensions:
    """Give the names by which CloudWatch knows the parts of it; None for those that are not known."""
    settings, triggers = facts.settings, facts.triggers
    return {
        "function": [facts.name],
        "service": None if settings is None else [settings.service_name],
        "staging": None if settings is None else [name for name in [settings.staging_table_name] if name],
        "messages": None if triggers is None else sorted({trigger.messages_table_name for trigger in triggers}),
        "mapping": None if triggers is None else [trigger.uuid for trigger in triggers],
    }


def _try(unknown: list[Unknown], what: str, permission: str, read: Callable[[], Fact]) -> Fact | None:
    """Read something, or note why it is not known, so that the rest can be shown."""
    try:
        return read()
    except (BotoCoreError, ClientError) as error:
        unknown.append(Unknown(what, permission if is_denial(error) else None, redact(error)))
        return None
