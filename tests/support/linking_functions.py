"""Functions that link the two tables of a reconcile, with any settings and event filters, without deploying them."""

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from support.dynamodb import client_error

SAME_KEY = {"messageId": "S", "createdAt": "N"}


class FakeMappings:
    """A Lambda with a few functions that read the stream, with their settings and event source mappings."""

    meta = SimpleNamespace(region_name="us-east-1")

    def __init__(self, stream_arn: str, **functions: dict[str, Any]) -> None:
        self._stream_arn = stream_arn
        self._functions = functions

    def list_event_source_mappings(self, *, Marker: str | None = None, FunctionName: str | None = None) -> Any:  # noqa: N803 - boto3's names
        """List the mappings, of all functions or of one, on two pages."""
        listed = [
            {
                "UUID": name,
                "FunctionArn": self._arn(name),
                "EventSourceArn": each.get("stream_arn", self._stream_arn),
                "State": each.get("state", "Enabled"),
            }
            for name, each in self._functions.items()
            if FunctionName in (None, name)
        ]
        queue = {"UUID": "x", "FunctionArn": "x", "EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:queue"}
        return {"EventSourceMappings": listed} if Marker else {"EventSourceMappings": [queue], "NextMarker": "more"}

    def get_function_configuration(self, *, FunctionName: str) -> Any:  # noqa: N803 - boto3's names
        """Describe the function of a name or an ARN."""
        name = FunctionName.rpartition(":")[2]
        environment = self._functions.get(name, {}).get("environment")
        if environment is None:
            raise client_error("ResourceNotFoundException", 404)
        if isinstance(environment, Exception):
            raise environment
        return {"FunctionName": name, "FunctionArn": self._arn(name), "Environment": environment}

    def list_functions(self, *, Marker: str | None = None) -> Any:  # noqa: N803 - boto3's names
        """List the existing functions, on two pages."""
        listed = [
            {"FunctionName": name, "Environment": each["environment"]}
            for name, each in self._functions.items()
            if each["environment"]
        ]
        plain = {"FunctionName": "plain"}
        return {"Functions": listed} if Marker else {"Functions": [plain], "NextMarker": "more"}

    def get_event_source_mapping(self, *, UUID: str) -> Any:  # noqa: N803 - boto3's names
        """Describe a mapping."""
        return {"UUID": UUID, **self._functions[UUID]["mapping"]}

    def _arn(self, name: str) -> str:
        account = self._stream_arn.split(":")[4]
        return f"arn:aws:lambda:us-east-1:{account}:function:{name}"


def function(
    *patterns: Any,
    table: str = "staging",
    mapping: Any = None,
    key: Any = SAME_KEY,
    match: Any = None,
    events: Sequence[str] = ("INSERT",),
    **settings: str,
) -> dict[str, Any]:
    """Return a function with these patterns in the filter of its event source mapping."""
    variables = {
        "STAGING_MESSAGES_TABLE_NAME": table,
        "STAGING_MESSAGES_TABLE_KEY": json.dumps(key),
        "MAX_REQUESTS_IN_FLIGHT": "8",
        **settings,
    }
    if mapping:
        variables["KEY_MAPPING"] = json.dumps(mapping)
    if match:
        variables["MATCH_ATTRIBUTES"] = json.dumps(match)
    if list(events) != ["INSERT"]:
        variables["EVENT_NAMES"] = json.dumps(events)
    filters = [{"Pattern": json.dumps({"eventName": events} | pattern)} for pattern in patterns or ({},)]
    return {"environment": {"Variables": variables}, "mapping": {"FilterCriteria": {"Filters": filters}}}


def with_image(**attributes: Any) -> dict[str, Any]:
    """Return a pattern of the new image."""
    return {"dynamodb": {"NewImage": attributes}}


PROCESSED = with_image(status={"S": ["PROCESSED"]})


def deploy(monkeypatch: pytest.MonkeyPatch, *modules: str, **functions: dict[str, Any]) -> None:
    """Let Lambda have these functions, for the modules that connect to it: those of the command by default."""
    stream_arn = boto3.client("dynamodb").describe_table(TableName="messages")["Table"]["LatestStreamArn"]
    for module in modules or ("scavenger_ops.reconcile.run",):
        monkeypatch.setattr(f"{module}.connect", lambda _: FakeMappings(stream_arn, **functions))
