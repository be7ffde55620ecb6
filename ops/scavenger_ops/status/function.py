"""Reads from Lambda what a deployment's function and its event source mappings are like."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scavenger.redaction import redact
from scavenger.settings import SettingsError, read_settings

from scavenger_ops.aws.ask import Patience, ask
from scavenger_ops.status.facts import Function, FunctionSettings, Trigger
from scavenger_ops.stream_consumers import list_stream_mappings

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

NOT_RESERVED = -1

_CONFIGURATION = {
    "FunctionName": str,
    "FunctionArn?": str,
    "State?": str,
    "StateReason?": str,
    "LastUpdateStatus?": str,
    "LastUpdateStatusReason?": str,
    "Timeout?": int,
    "LoggingConfig?": {"LogGroup?": str},
    "Environment?": {"Variables?": dict, "Error?": {"Message?": str}},
}
# Without a reservation it is empty, as the answer of something else may be; but AWS's has an ID.
_CONCURRENCY = {"ReservedConcurrentExecutions?": int, "ResponseMetadata": {"RequestId": str}}
_MAPPING_MEMBERS = {
    "State": str,
    "StateTransitionReason?": str,
    "LastModified": datetime,
    "LastProcessingResult?": str,
    "BatchSize?": int,
    "MaximumBatchingWindowInSeconds?": int,
    "FunctionResponseTypes?": [str],
    "MetricsConfig?": {"Metrics?": [str]},
    "DestinationConfig?": {"OnFailure?": {"Destination?": str}},
}


def read_function(functions: "LambdaClient", name: str, patience: Patience) -> Function:
    """Read what the function is like, and what it is told."""
    return to_function(ask(functions.get_function_configuration, _CONFIGURATION, patience, FunctionName=name))


def to_function(configuration: Mapping[str, Any]) -> Function:
    """Take from the configuration of the function what matters here."""
    environment = configuration.get("Environment", {})
    name = configuration["FunctionName"]
    return Function(
        state=configuration.get("State"),
        state_reason=configuration.get("StateReason"),
        last_update_status=configuration.get("LastUpdateStatus"),
        last_update_reason=configuration.get("LastUpdateStatusReason"),
        log_group_name=configuration.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{name}"),
        settings=None if "Error" in environment else _settings(environment.get("Variables", {})),
        timeout_s=configuration.get("Timeout"),
        arn=configuration.get("FunctionArn"),
        settings_fault=redact(environment.get("Error", {}).get("Message", "")),
    )


def _settings(environment: Mapping[str, str]) -> FunctionSettings:
    """Read the settings, and have the function's own code say what is wrong with them."""
    try:
        settings, error = read_settings(environment), None
    except SettingsError as wrong:
        settings, error = None, redact(wrong)
    return FunctionSettings(
        staging_table_name=environment.get("STAGING_MESSAGES_TABLE_NAME"),
        failure_bucket_name=environment.get("FAILURE_BUCKET_NAME"),
        # Powertools' own default.
        service_name=environment.get("POWERTOOLS_SERVICE_NAME", "service_undefined"),
        error=error,
        is_dry_run=environment.get("DRY_RUN") == "true",
        staging_key=settings.staging_table.key_types if settings else None,
        has_key_mapping="KEY_MAPPING" in environment,
    )


def read_concurrency(functions: "LambdaClient", name: str, patience: Patience) -> int:
    """Read how many invocations at the same time are reserved for the function; -1 for no reservation."""
    answer = ask(functions.get_function_concurrency, _CONCURRENCY, patience, FunctionName=name)
    return answer.get("ReservedConcurrentExecutions", NOT_RESERVED)


def read_triggers(functions: "LambdaClient", name: str, patience: Patience) -> tuple[Trigger, ...]:
    """Read the function's mappings of DynamoDB streams, without their tables."""
    return tuple(_trigger(mapping) for mapping in list_stream_mappings(functions, patience, _MAPPING_MEMBERS, name))


def _trigger(mapping: Mapping[str, Any]) -> Trigger:
    stream_arn = mapping["EventSourceArn"]
    destination = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
    counted = mapping.get("MetricsConfig", {}).get("Metrics")
    return Trigger(
        uuid=mapping["UUID"],
        state=redact(mapping["State"]),
        state_reason=mapping.get("StateTransitionReason", ""),
        changed_at=mapping["LastModified"],
        last_result=redact(mapping.get("LastProcessingResult", "")),
        batch_size=mapping.get("BatchSize", 0),
        window_s=mapping.get("MaximumBatchingWindowInSeconds", 0),
        failure_bucket_name=_bucket_of(destination),
        stream_arn=stream_arn,
        messages_table_name=stream_arn.split("/")[1],
        messages_table=None,
        reports_failures="ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", []),
        counts_events=None if counted is None else "EventCount" in counted,
    )


def _bucket_of(destination_arn: str) -> str | None:
    """Give the bucket's name, arn:<partition>:s3:::<name>, if the destination is one."""
    parts = destination_arn.split(":")
    return parts[5] if parts[2:3] == ["s3"] else None
