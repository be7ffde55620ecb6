"""Reads from Lambda what a deployment's function and its event source mappings are like."""

from typing import TYPE_CHECKING

from scavenger.redaction import redact
from scavenger.settings import SettingsError, read_settings

from scavenger_ops.status.facts import Function, FunctionSettings, Table, Trigger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import EventSourceMappingConfigurationTypeDef, FunctionConfigurationResponseTypeDef

NOT_RESERVED = -1


def read_function(configuration: "FunctionConfigurationResponseTypeDef") -> Function:
    """Take from the configuration of the function what matters here."""
    environment = configuration.get("Environment", {})
    name = configuration["FunctionName"]
    return Function(
        state=configuration.get("State", "Active"),
        state_reason=configuration.get("StateReason"),
        last_update_status=configuration.get("LastUpdateStatus", "Successful"),
        last_update_reason=configuration.get("LastUpdateStatusReason"),
        log_group_name=configuration.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{name}"),
        settings=None if "Error" in environment else _settings(environment.get("Variables", {})),
    )


def _settings(environment: "Mapping[str, str]") -> FunctionSettings:
    """Read the settings, and have the function's own code say what is wrong with them."""
    try:
        read_settings(environment)
        error = None
    except SettingsError as wrong:
        error = str(wrong)
    return FunctionSettings(
        staging_table_name=environment.get("STAGING_MESSAGES_TABLE_NAME"),
        failure_bucket_name=environment.get("FAILURE_BUCKET_NAME"),
        # Powertools' own default.
        service_name=environment.get("POWERTOOLS_SERVICE_NAME", "service_undefined"),
        error=error,
        is_dry_run=environment.get("DRY_RUN") == "true",
    )


def read_concurrency(functions: "LambdaClient", name: str) -> int:
    """Read how many invocations at the same time are reserved for the function; -1 for no reservation."""
    return functions.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions", NOT_RESERVED)


def read_triggers(
    functions: "LambdaClient", name: str, read_messages_table: "Callable[[str], Table | None]"
) -> tuple[Trigger, ...]:
    """Read the function's mappings of DynamoDB streams."""
    pages = functions.get_paginator("list_event_source_mappings").paginate(FunctionName=name)
    mappings = [mapping for page in pages for mapping in page["EventSourceMappings"]]
    return tuple(
        _trigger(mapping, read_messages_table)
        for mapping in mappings
        # arn:<partition>:dynamodb:<region>:<account>:table/<name>/stream/<label>
        if mapping.get("EventSourceArn", "").split(":")[2:3] == ["dynamodb"]
    )


def _trigger(
    mapping: "EventSourceMappingConfigurationTypeDef", read_messages_table: "Callable[[str], Table | None]"
) -> Trigger:
    stream_arn = mapping["EventSourceArn"]
    table_name = stream_arn.split("/")[1]
    destination = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
    return Trigger(
        uuid=mapping["UUID"],
        state=mapping["State"],
        state_reason=mapping.get("StateTransitionReason", ""),
        changed_at=mapping["LastModified"],
        last_result=redact(mapping.get("LastProcessingResult", "")),
        batch_size=mapping["BatchSize"],
        window_s=mapping.get("MaximumBatchingWindowInSeconds", 0),
        failure_bucket_name=_bucket_of(destination),
        stream_arn=stream_arn,
        messages_table_name=table_name,
        messages_table=read_messages_table(table_name),
    )


def _bucket_of(destination_arn: str) -> str | None:
    """Give the bucket's name, arn:<partition>:s3:::<name>, if the destination is one."""
    parts = destination_arn.split(":")
    return parts[5] if parts[2:3] == ["s3"] else None
