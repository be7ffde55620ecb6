"""What was deployed to the local AWS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient


@dataclass(frozen=True)
class Deployment:
    """What was applied: its outputs, python-terraform's commands on it, and clients of its AWS."""

    outputs: dict[str, Any]
    terraform: Callable[..., Any]
    dynamodb: "DynamoDBClient"
    functions: "LambdaClient"
    logs: "CloudWatchLogsClient"
