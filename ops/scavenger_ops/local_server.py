"""Runs MiniStack with two repairs: `python -m scavenger_ops.local_server`.

It writes head and body of an answer apart. On a busy machine, the SDK in Terraform's provider then closes some
connections between the two and sends the request again, which finds that there already is what it was to create.
Source: issue 2737 and pull request 2949 of github.com/aws/aws-sdk-go-v2.

It evaluates an alarm by all metrics of the name, so that an error of one function is every function's alarm. CloudWatch
takes the metric with just the alarm's dimensions.
Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html, Dimensions.
"""

from types import FunctionType
from typing import Any

from hypercorn.asyncio import run
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.events import Event, RawData
from ministack.app import main
from ministack.services import cloudwatch

EVALUATE = cloudwatch._evaluate_alarm  # noqa: SLF001 - there is no public one


class UnsplitResponses(TCPServer):
    """A connection that keeps the head of an answer until more of it follows, at the latest its end."""

    _head = b""

    async def protocol_send(self, event: Event) -> None:
        """Send what there is, or keep it if it is a head; `100 Continue` is an answer of its own."""
        if isinstance(event, RawData):
            if event.data.startswith(b"HTTP/1.1 ") and not event.data.startswith(b"HTTP/1.1 1"):
                self._head = event.data
                return
            event, self._head = RawData(self._head + event.data), b""
        await super().protocol_send(event)


def evaluate_by_dimensions(alarm: dict[str, Any]) -> None:
    """Evaluate an alarm by the metric that has just its dimensions."""
    dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(alarm.get("Dimensions", [])))  # noqa: SLF001
    metrics = {key: points for key, points in cloudwatch._metrics.items() if key[2] == dimensions}  # noqa: SLF001
    # Its globals are copied, not changed: other threads add to the metrics meanwhile.
    FunctionType(EVALUATE.__code__, {**vars(cloudwatch), "_metrics": metrics})(alarm)


if __name__ == "__main__":
    cloudwatch._evaluate_alarm = evaluate_by_dimensions  # noqa: SLF001
    run.TCPServer = UnsplitResponses  # type: ignore[attr-defined]
    main()
