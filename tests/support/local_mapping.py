"""An event source mapping in the stores of MiniStack, in this process, with a function that a test plays."""

from dataclasses import dataclass, field
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudwatch, dynamodb, lambda_svc

# Neither is MiniStack's default, so that a store of another account or Region would be noticed.
ACCOUNT, REGION = "111122223333", "eu-west-1"
UUID, BUCKET = "5f0c1d2e-0000-4000-8000-000000000000", "failures"
STREAM = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/messages/stream/2026-11-30T00:00:00.000"
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:orders"
TO_BUCKET = {"OnFailure": {"Destination": f"arn:aws:s3:::{BUCKET}"}}
# The answer of a function that raised an error.
FAILED = {"error": True, "body": {"errorType": "ValueError"}}


def clear() -> None:
    """Empty the stores."""
    for store in (dynamodb._tables, dynamodb._stream_records, dynamodb._stream_trimmed, cloudwatch._metrics):  # noqa: SLF001 - there is no other
        store.clear()
    for store in (lambda_svc._functions, lambda_svc._esms, lambda_svc._dynamodb_stream_positions):  # noqa: SLF001 - likewise
        store.clear()


@dataclass
class LocalMapping:
    """The mapping, its table and its function. Of the answers, the last one is that of all further invocations."""

    settings: dict[str, Any]
    answers: list[dict[str, Any]] = field(default_factory=lambda: [{"body": None}])
    invocations: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Store all three."""
        self.mapping: dict[str, Any] = {
            "UUID": UUID,
            "EventSourceArn": STREAM,
            "FunctionName": "orders",
            "BatchSize": 100,
            "MetricsConfig": {"Metrics": ["EventCount"]},
            **self.settings,
        }
        with request_scope(ACCOUNT, REGION):
            dynamodb._tables["messages"] = {"TableName": "messages", "LatestStreamArn": STREAM}  # noqa: SLF001 - there is no other
            lambda_svc._functions["orders"] = {"config": {"FunctionName": "orders", "FunctionArn": FUNCTION_ARN}}  # noqa: SLF001 - likewise
            lambda_svc._esms[UUID] = self.mapping  # noqa: SLF001 - likewise
            dynamodb._stream_records["messages"] = []  # noqa: SLF001 - likewise

    def insert(self, *names: str, at: float, event: str = "INSERT") -> None:
        """Add a record for each name to the stream. It is also its sequence number, so it must be a number."""
        with request_scope(ACCOUNT, REGION):
            dynamodb._stream_records["messages"] += [  # noqa: SLF001 - there is no other
                {
                    "eventName": event,
                    "eventSourceARN": STREAM,
                    "dynamodb": {"SequenceNumber": name, "ApproximateCreationDateTime": int(at)},
                }
                for name in names
            ]

    def execute(self, function: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
        """Answer an invocation, in place of MiniStack's workers."""
        assert function["config"]["FunctionName"] == "orders"
        self.invocations.append([record["dynamodb"]["SequenceNumber"] for record in event["Records"]])
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def position(self) -> int | None:
        """The position in the stream after the last batch that is done; None before."""
        found: int | None = lambda_svc._dynamodb_stream_positions.get_scoped(ACCOUNT, REGION, UUID)  # noqa: SLF001 - there is no other
        return found

    def total(self, name: str, dimension: str = f"EventSourceMappingUUID={UUID}") -> float | None:
        """Return the sum of a metric of Lambda; None if it was never written."""
        points = cloudwatch._metrics.get_scoped(ACCOUNT, REGION, ("AWS/Lambda", name, dimension))  # noqa: SLF001 - there is no other
        return None if points is None else sum(point["Value"] for point in points)

    def total_of_function(self, name: str) -> float | None:
        """Return the sum of a metric of the function; None if it was never written."""
        return self.total(name, "FunctionName=orders")


def failing(*numbers: str) -> dict[str, Any]:
    """Return the answer of a function that reports these records as failed."""
    return {"body": {"batchItemFailures": [{"itemIdentifier": number} for number in numbers]}}
