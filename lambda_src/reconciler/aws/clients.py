"""The clients of all requests to AWS. They go through `ask`, which retries them and limits their time."""

import threading
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from scavenger.clients import USER_AGENT, verify_checksum

from reconciler.aws.errors import settings_error

CONNECT_TIMEOUT_S = 3
READ_TIMEOUT_S = 10

_of_thread = threading.local()


def connect(service: str, *, connections: int = 10, read_timeout_s: float = READ_TIMEOUT_S) -> Any:  # noqa: ANN401
    """Return a client that sends each request once. Raises ExplainedError if the AWS settings are not valid."""
    config = Config(
        user_agent=USER_AGENT,
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=read_timeout_s,
        max_pool_connections=connections,
        # A function may work for minutes, and a NAT gateway or firewall drops a connection that is silent that long.
        tcp_keepalive=True,
        retries={"mode": "standard", "total_max_attempts": 1},
    )
    try:
        client = boto3.client(service, config=config)  # type: ignore[call-overload]  # the caller names the service
    except (BotoCoreError, ValueError) as error:
        raise settings_error(error) from error
    client.meta.events.register("response-received.dynamodb", verify_checksum)
    client.meta.events.register("before-parse", _note)
    return client


def answer_of_thread() -> Mapping[str, Any] | None:
    """Return the last response in this thread, with its headers, body and status_code; None if there is none."""
    return getattr(_of_thread, "answer", None)


def forget_answer() -> None:
    """Forget the last response in this thread. Call it before the next request."""
    _of_thread.answer = None


def _note(response_dict: dict[str, Any], **_: object) -> None:
    _of_thread.answer = response_dict
