"""Runs MiniStack, the local AWS, with some fixes: `python -m scavenger_ops.local_server` (`local_aws` starts it).

MiniStack sends the head and the body of a response separately. On a busy machine, the SDK in Terraform's provider then
closes some connections between the two and sends the request again. That fails: the resource already exists.
Source: issue 2737 and pull request 2949 of github.com/aws/aws-sdk-go-v2.

MiniStack evaluates an alarm with all metrics of a name, so that an error of one function starts every function's alarm.
CloudWatch uses the metric that has exactly the alarm's dimensions.
Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html, Dimensions.

MiniStack returns no failure destination of a mapping that has none. Lambda returns an empty one for a stream.
Source: the recordings of AWS in LocalStack's test_lambda_integration_dynamodbstreams.snapshot.json.

With TLS, MiniStack also takes port 443 if it can. It serves HTTP/2, whose responses UnsplitResponses does not know.

MiniStack evaluates policies without some parts of the request. local_iam.py adds them.
"""

from types import FunctionType
from typing import Any

from hypercorn.asyncio import run
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.config import Config
from hypercorn.events import Event, RawData
from ministack import app
from ministack.services import cloudwatch, lambda_svc

from scavenger_ops import local_iam

EVALUATE = cloudwatch._evaluate_alarm  # noqa: SLF001 - there is no public function
ANSWER = lambda_svc._esm_response  # noqa: SLF001 - likewise


class UnsplitResponses(TCPServer):
    """A connection that holds the head of a response back until its body, or its end, follows."""

    _head = b""

    async def protocol_send(self, event: Event) -> None:
        """Send the data, or hold it back if it is a head. `100 Continue` is a whole response."""
        if isinstance(event, RawData):
            if event.data.startswith(b"HTTP/1.1 ") and not event.data.startswith(b"HTTP/1.1 1"):
                self._head = event.data
                return
            event, self._head = RawData(self._head + event.data), b""
        await super().protocol_send(event)


def evaluate_by_dimensions(alarm: dict[str, Any]) -> None:
    """Evaluate an alarm with the metric that has exactly its dimensions."""
    dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(alarm.get("Dimensions", [])))  # noqa: SLF001
    metrics = {key: points for key, points in cloudwatch._metrics.items() if key[2] == dimensions}  # noqa: SLF001
    # The globals are copied, not changed: other threads add to the metrics at the same time.
    FunctionType(EVALUATE.__code__, {**vars(cloudwatch), "_metrics": metrics})(alarm)


def answer_with_destination(mapping: dict[str, Any]) -> dict[str, Any]:
    """Return the answer about a mapping. That of a stream without a failure destination has an empty one."""
    default: dict[str, Any] = (
        {"DestinationConfig": {"OnFailure": {}}} if ":dynamodb:" in mapping.get("EventSourceArn", "") else {}
    )
    return {**default, **ANSWER(mapping)}


if __name__ == "__main__":
    lambda_svc._esm_response = answer_with_destination  # noqa: SLF001
    local_iam.install()
    cloudwatch._evaluate_alarm = evaluate_by_dimensions  # noqa: SLF001
    run.TCPServer = UnsplitResponses  # type: ignore[attr-defined]
    Config.alpn_protocols = ["http/1.1"]
    app._port_is_bindable = lambda *_: False  # noqa: SLF001 - there is no setting
    app.main()
