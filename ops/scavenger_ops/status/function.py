"""Reads the facts of a deployment's function and of its event source mappings from Lambda."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reconciler.aws.ask import RetryPolicy, ask
from reconciler.stream_consumers import list_stream_mappings
from scavenger.redaction import redact
from scavenger.settings import SettingsError, read_settings

from scavenger_ops.status.facts import FunctionFacts, FunctionSettings, MappingFacts

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
# Without a reservation, the answer is empty. The answer of something that is not AWS may be empty too, but has no
# request ID.
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


def read_function(functions: "LambdaClient", name: str, retry_policy: RetryPolicy) -> FunctionFacts:
    """Return the facts of the function, with its settings. Raises AwsError and Stopped."""
    return function_facts(ask(functions.get_function_configuration, _CONFIGURATION, retry_policy, FunctionName=name))


def function_facts(configuration: Mapping[str, Any]) -> FunctionFacts:
    """Return the facts in the configuration of a function."""
    environment = configuration.get("Environment", {})
    name = configuration["FunctionName"]
    return FunctionFacts(
        state=configuration.get("State"),
        state_reason=configuration.get("StateReason"),
        last_update_status=configuration.get("LastUpdateStatus"),
        last_update_reason=configuration.get("LastUpdateStatusReason"),
        log_group_name=configuration.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{name}"),
        settings=None if "Error" in environment else _settings(environment.get("Variables", {})),
        timeout_s=configuration.get("Timeout"),
        arn=configuration.get("FunctionArn"),
        settings_fault=redact(environment["Error"].get("Message", "")) if "Error" in environment else None,
    )


def _settings(environment: Mapping[str, str]) -> FunctionSettings:
    """Return the settings. The function's own code checks them."""
    try:
        settings, error = read_settings(environment), None
    except SettingsError as wrong:
        settings, error = None, redact(wrong)
    return FunctionSettings(
        staging_table_name=environment.get("STAGING_MESSAGES_TABLE_NAME"),
        failure_bucket_name=environment.get("FAILURE_BUCKET_NAME"),
        # The default of Powertools.
        service_name=environment.get("POWERTOOLS_SERVICE_NAME", "service_undefined"),
        error=error,
        is_dry_run=environment.get("DRY_RUN") == "true",
        staging_key=settings.staging_table.key_types if settings else None,
        has_key_mapping="KEY_MAPPING" in environment,
        match_attributes=settings.match_attributes if settings else {},
    )


def read_concurrency(functions: "LambdaClient", name: str, retry_policy: RetryPolicy) -> int:
    """Return the function's reserved concurrency, -1 if none is reserved. Raises AwsError and Stopped."""
    answer = ask(functions.get_function_concurrency, _CONCURRENCY, retry_policy, FunctionName=name)
    return answer.get("ReservedConcurrentExecutions", NOT_RESERVED)


def read_mappings(functions: "LambdaClient", name: str, retry_policy: RetryPolicy) -> tuple[MappingFacts, ...]:
    """Return the function's mappings of DynamoDB streams, without their tables. Raises AwsError and Stopped."""
    return tuple(_mapping(mapping) for mapping in list_stream_mappings(functions, retry_policy, _MAPPING_MEMBERS, name))


def _mapping(mapping: Mapping[str, Any]) -> MappingFacts:
    stream_arn = mapping["EventSourceArn"]
    destination = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
    counted = mapping.get("MetricsConfig", {}).get("Metrics")
    return MappingFacts(
        uuid=mapping["UUID"],
        state=redact(mapping["State"]),
        state_reason=mapping.get("StateTransitionReason", ""),
        changed_at=mapping["LastModified"],
        last_result=redact(mapping.get("LastProcessingResult", "")),
        batch_size=mapping.get("BatchSize", 0),
        window_s=mapping.get("MaximumBatchingWindowInSeconds", 0),
        failure_bucket_name=_bucket_name(destination),
        stream_arn=stream_arn,
        messages_table_name=stream_arn.split("/")[1],
        messages_table=None,
        reports_failures="ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", []),
        counts_events=None if counted is None else "EventCount" in counted,
    )


def _bucket_name(destination_arn: str) -> str | None:
    """Return the name of the bucket (arn:<partition>:s3:::<name>), or None if the destination is not a bucket."""
    parts = destination_arn.split(":")
    return parts[5] if parts[2:3] == ["s3"] else None
