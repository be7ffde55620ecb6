"""A stub of DynamoDB in a process of its own. It answers each request after the same time: everything is deleted."""

import asyncio
import http.client
import json
import multiprocessing
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, cast

from scavenger.delete_request import BATCH

TABLE_NAME = "staging"
# Not an operation of DynamoDB: it returns the counts, and resets them.
TAKE_COUNTS = "TakeCounts"

_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_OPERATION = re.compile(rb"x-amz-target: *\w+\.(\w+)", re.IGNORECASE)
_KEY_SCHEMA = [{"AttributeName": "messageId", "KeyType": "HASH"}, {"AttributeName": "createdAt", "KeyType": "RANGE"}]


@dataclass
class Counts:
    """The requests and deletes that the stub has received."""

    requests: int = 0
    deletes: int = 0


def deletes_in(operation: str, body: bytes) -> int:
    """Return the number of deletes in a request."""
    match operation:
        case "DeleteItem":
            return 1
        case "BatchWriteItem":
            return body.count(b'"DeleteRequest"')
        case "BatchExecuteStatement":
            return body.count(b'"Statement":')
        case _:
            return 0


def answer_to(operation: str, deletes: int) -> dict[str, Any]:
    """Return the answer that everything is deleted, at one write capacity unit for each delete."""
    consumed = {"TableName": TABLE_NAME, "CapacityUnits": float(deletes)}
    match operation:
        case "DeleteItem":
            return {"ConsumedCapacity": consumed}
        case "BatchWriteItem":
            return {"UnprocessedItems": {}, "ConsumedCapacity": [consumed]}
        case "BatchExecuteStatement":
            return {"Responses": [{"TableName": TABLE_NAME}] * deletes, "ConsumedCapacity": [consumed]}
        case "DescribeTable":
            return {"Table": {"TableName": TABLE_NAME, "TableStatus": "ACTIVE", "KeySchema": _KEY_SCHEMA}}
        case _:
            return {"__type": "UnknownOperationException"}


def encode(answer: dict[str, Any]) -> bytes:
    """Return an answer's body, encoded as DynamoDB does."""
    return json.dumps(answer, separators=(",", ":")).encode()


class _Connection(asyncio.Protocol):
    """One connection. Its requests come one after the other."""

    def __init__(self, latency_s: float, counts: Counts) -> None:
        self._latency_s = latency_s
        self._counts = counts
        self._received = b""
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to write answers to."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Collect the bytes of a request, and handle it when it is complete."""
        self._received += data
        head, end, rest = self._received.partition(_HEAD_END)
        length, operation = _LENGTH.search(head), _OPERATION.search(head)
        if not end or length is None or operation is None or len(rest) < int(length[1]):
            return
        self._received = b""
        self._take(operation[1].decode(), rest)

    def _take(self, operation: str, body: bytes) -> None:
        if operation == TAKE_COUNTS:
            self._write(200, {"requests": self._counts.requests, "deletes": self._counts.deletes})
            self._counts.requests = self._counts.deletes = 0
            return
        deletes = deletes_in(operation, body)
        self._counts.requests += 1
        self._counts.deletes += deletes
        answer = answer_to(operation, deletes)
        status = 200 if deletes <= BATCH.most_rows and "__type" not in answer else 400
        if self._latency_s:
            asyncio.get_running_loop().call_later(self._latency_s, self._write, status, answer)
        else:
            self._write(status, answer)

    def _write(self, status: int, answer: dict[str, Any]) -> None:
        body = encode(answer)
        self._transport.write(
            b"HTTP/1.1 %d -\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n%b"
            % (status, len(body), body)
        )


def _serve(listener: socket.socket, latency_s: float) -> None:
    async def serve() -> None:
        counts, loop, parent = Counts(), asyncio.get_running_loop(), multiprocessing.parent_process()
        if parent:
            # The stub ends with its parent process, even if that is killed.
            loop.add_reader(parent.sentinel, sys.exit)
        server = await loop.create_server(lambda: _Connection(latency_s, counts), sock=listener)
        await server.serve_forever()

    asyncio.run(serve())


@contextmanager
def stub(latency_s: float = 0.0) -> Iterator[str]:
    """Run the stub for as long as the block, and yield its URL."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        process = multiprocessing.get_context("spawn").Process(target=_serve, args=(listener, latency_s))
        process.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    # Now only the stub listens. If it ends, its clients are refused, and do not wait forever.
    try:
        yield url
    finally:
        process.terminate()
        process.join()


def take_counts(url: str) -> Counts:
    """Return what the stub has received since the last call."""
    with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)) as connection:
        connection.request("POST", "/", b"", {"X-Amz-Target": f"Stub.{TAKE_COUNTS}", "Content-Length": "0"})
        return Counts(**json.loads(connection.getresponse().read()))
