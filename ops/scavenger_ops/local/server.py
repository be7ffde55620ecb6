"""Runs MiniStack, the local AWS, with some fixes: `python -m scavenger_ops.local.server` (`local_aws` starts it).

MiniStack sends the head and the body of a response separately. On a busy machine, the SDK in Terraform's provider then
closes some connections between the two and sends the request again. That fails: the resource already exists.
Source: issue 2737 and pull request 2949 of github.com/aws/aws-sdk-go-v2.

With TLS, MiniStack also takes port 443 if it can. It serves HTTP/2, whose responses UnsplitResponses does not know.

The other modules here complete what it knows of a request to evaluate policies, its alarms, mappings, metrics and logs,
and its state machines and schedules.
"""

from hypercorn.asyncio import run
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.config import Config
from hypercorn.events import Event, RawData
from ministack import app

from scavenger_ops.local import (
    alarm_evaluation,
    alarm_settings,
    distributed_map,
    execution_redrive,
    execution_run,
    execution_stop,
    handler_error,
    iam,
    lambda_task,
    log_events,
    map_run,
    mapping,
    mapping_settings,
    memory,
    metrics,
    schedule_target,
    state_machine_settings,
    task_retry,
)

FIXES = (
    iam,
    alarm_evaluation,
    alarm_settings,
    log_events,
    mapping,
    mapping_settings,
    memory,
    metrics,
    handler_error,
    execution_run,
    execution_stop,
    execution_redrive,
    distributed_map,
    map_run,
    lambda_task,
    task_retry,
    state_machine_settings,
    schedule_target,
)


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


if __name__ == "__main__":
    for fixes in FIXES:
        fixes.install()
    run.TCPServer = UnsplitResponses  # type: ignore[attr-defined]
    Config.alpn_protocols = ["http/1.1"]
    app._port_is_bindable = lambda *_: False  # noqa: SLF001 - there is no setting
    app.main()
