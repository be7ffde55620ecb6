"""What each request for a fact needs: the clients, the deployment, and the time that is left."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from scavenger_ops.status.background_read import seconds_until
from scavenger_ops.status.pending_fact import NameUnknownError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StatusClients:
    """The clients for the requests."""

    functions: "LambdaClient"
    dynamodb: "DynamoDBClient"
    s3: "S3Client"
    cloudwatch: "CloudWatchClient"
    logs: "CloudWatchLogsClient"


@dataclass(frozen=True, slots=True)
class RequestContext:
    """The deployment to read, up to which moment, and the deadline on the monotonic clock."""

    clients: StatusClients
    name: str
    at: datetime
    ends_at: float

    def wait_for(self, future: "Future[T]") -> T:
        """Return a result that names another resource. Raises NameUnknownError."""
        try:
            return future.result(timeout=seconds_until(self.ends_at))
        except Exception as error:
            raise NameUnknownError from error

    def wait_for_optional(self, future: "Future[T]") -> T | None:
        """Return such a result, or None if it is not known."""
        try:
            return self.wait_for(future)
        except NameUnknownError:
            return None
