"""An AWS with a function and its failure bucket, over HTTP, with faults on request."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal
from urllib.parse import unquote
from xml.sax.saxutils import escape

from support.endpoint import serve
from support.events import event, record

Kind = Literal["configuration", "mappings", "list", "get", "invoke", "delete"]
# Status and body; or no response, half of the right one, its bytes one by one, or a dropped connection.
Answer = tuple[int, bytes] | Literal["silence", "half", "drip", "drop"]

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:scavenger"
OBJECT = json.dumps({"payload": json.dumps(event(record(1)))}).encode()


@dataclass
class RedriveAws:
    """The objects of the bucket, the requests so far, and the fault of each kind of request, if any."""

    objects: dict[str, bytes] = field(default_factory=dict)
    faults: dict[Kind, Answer] = field(default_factory=dict)
    asked: Counter[Kind] = field(default_factory=Counter)
    invoked: list[str] = field(default_factory=list)
    timeout_s: int = 1
    environment: Mapping[str, Any] = field(default_factory=dict)
    # `is_silent` is set when a request gets no or a dripping response, which lasts until `end` is set.
    is_silent: threading.Event = field(default_factory=threading.Event)
    end: threading.Event = field(default_factory=threading.Event)

    def take(self, kind: Kind) -> Answer | None:
        """Count a request, and return its fault, if any."""
        self.asked[kind] += 1
        fault = self.faults.get(kind)
        if fault in ("silence", "drip"):
            self.is_silent.set()
        return fault

    def answer(self, kind: Kind, path: str) -> tuple[int, bytes]:
        """Return the right response."""
        key = unquote(path).split("/", 2)[-1].split("?")[0]
        if kind == "configuration":
            configuration = {"FunctionName": "scavenger", "FunctionArn": FUNCTION, "Timeout": self.timeout_s}
            return 200, json.dumps({**configuration, "Environment": self.environment}).encode()
        if kind == "mappings":
            source = "arn:aws:dynamodb:us-east-1:000000000000:table/messages/stream/1"
            mapping = {"UUID": "uuid", "FunctionArn": f"{FUNCTION}:live", "EventSourceArn": source}
            return 200, json.dumps({"EventSourceMappings": [mapping]}).encode()
        if kind == "list":
            return 200, self._list()
        if kind == "get":
            return (200, self.objects[key]) if key in self.objects else (404, b"<Error><Code>NoSuchKey</Code></Error>")
        if kind == "invoke":
            self.invoked.append(unquote(path))
            return 200, b'{"batchItemFailures": []}'
        self.objects.pop(key, None)
        return 204, b""

    def _list(self) -> bytes:
        listed = "".join(
            f"<Contents><Key>{escape(name)}</Key><Size>{len(body)}</Size>"
            "<LastModified>2026-11-23T10:11:12.000Z</LastModified></Contents>"
            for name, body in self.objects.items()
        )
        content = f"<KeyCount>{len(self.objects)}</KeyCount><IsTruncated>false</IsTruncated>{listed}"
        return f"<ListBucketResult>{content}</ListBucketResult>".encode()


def _kind(method: str, path: str) -> Kind:
    if "/event-source-mappings" in path:
        return "mappings"
    if path.startswith("/2015-03-31/"):
        return "invoke" if method == "POST" else "configuration"
    if method == "DELETE":
        return "delete"
    return "list" if "list-type=2" in path else "get"


@contextmanager
def redrive_aws(aws: RedriveAws) -> Iterator[str]:
    """Serve it, and yield the URL."""

    class RedriveAwsHandler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            kind = _kind(self.command, self.path)
            fault = aws.take(kind)
            if fault in ("silence", "drop"):
                self.close_connection = True
                aws.end.wait(60 if fault == "silence" else 0)
                return
            status, body = fault if isinstance(fault, tuple) else aws.answer(kind, self.path)
            self.send_response(status)
            self.send_header("ETag", '"etag"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):
                self.write(body, fault)

        def write(self, body: bytes, fault: Answer | None) -> None:
            if fault == "half":
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
                return
            for begin in range(0, len(body), 1) if fault == "drip" else ():
                self.wfile.write(body[begin : begin + 1])
                if aws.end.wait(0.2):
                    return
            if fault != "drip":
                self.wfile.write(body)

        do_DELETE = do_GET = do_POST = answer  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    with serve(RedriveAwsHandler) as url:
        try:
            yield url
        finally:
            aws.end.set()


def wait_for(aws: RedriveAws, kind: Kind, count: int = 1) -> None:
    """Wait until so many requests of a kind came."""
    ends_at = time.monotonic() + 60
    while aws.asked[kind] < count:
        assert time.monotonic() < ends_at, aws.asked
        time.sleep(0.02)
