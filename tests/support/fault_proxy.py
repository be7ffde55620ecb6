"""A proxy in front of an AWS. It injects faults into the requests that its rules choose, and counts both."""

import http.client
import random
import re
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

# Longer than any response of the local AWS takes.
UPSTREAM_TIMEOUT_S = 120
# Headers of the connection, not of the response.
OF_THE_CONNECTION = ("connection", "content-length", "keep-alive", "transfer-encoding")

_SERVICE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([a-z0-9-]+)/aws4_request")
# Lambda's requests are identified by method and path. Source: botocore's model of Lambda.
_LAMBDA = (
    ("POST", r"/functions/[^/]+/invocations", "Invoke"),
    ("GET", r"/functions/[^/]+/configuration", "GetFunctionConfiguration"),
    ("GET", r"/functions/[^/]+/concurrency", "GetFunctionConcurrency"),
    ("GET", r"/functions/?", "ListFunctions"),
    ("GET", r"/event-source-mappings/?", "ListEventSourceMappings"),
    ("GET", r"/event-source-mappings/[^/]+", "GetEventSourceMapping"),
)


class ProxiedRequest(NamedTuple):
    """A request as it came. Its kind is service and operation, such as `dynamodb:Scan`."""

    kind: str
    method: str
    path: str
    headers: Sequence[tuple[str, str]]
    body: bytes


class ProxiedAnswer(NamedTuple):
    """A response. Its Content-Length is the body's, unless a header is given."""

    status: int
    body: bytes = b""
    headers: Sequence[tuple[str, str]] = ()

    def to_bytes(self) -> bytes:
        """Return the response as it goes over the network."""
        headers = list(self.headers)
        if not any(name.lower() == "content-length" for name, _ in headers):
            headers.append(("Content-Length", str(len(self.body))))
        head = [f"HTTP/1.1 {self.status} {http.client.responses.get(self.status, '-')}"]
        return "\r\n".join([*head, *(f"{name}: {value}" for name, value in headers), "", ""]).encode() + self.body


class Exchange(NamedTuple):
    """A request, and what a fault can do with it. `is_over` is set when the proxy ends."""

    request: ProxiedRequest
    forward: Callable[[], ProxiedAnswer]
    send: Callable[[bytes], None]
    # Reset the connection, as a middlebox does that has forgotten it.
    reset: Callable[[], None]
    # Close the connection after what was sent.
    close: Callable[[], None]
    is_over: threading.Event


Fault = Callable[[Exchange], None]


class FaultRule(NamedTuple):
    """Which requests have which fault: requests of a kind (`*`: any), by their number among these, from 1."""

    kind: str
    name: str
    fault: Fault
    when: Callable[[int], bool]


def only(number: int) -> Callable[[int], bool]:
    """Choose the request with this number."""
    return lambda each: each == number


def from_on(number: int) -> Callable[[int], bool]:
    """Choose this request and all later ones."""
    return lambda each: each >= number


def at_random(seed: int, share: float) -> Callable[[int], bool]:
    """Choose about this share of the requests, the same ones each time."""
    return lambda each: random.Random(f"{seed} {each}").random() < share  # noqa: S311 - no secret


class FaultProxy:
    """The counts of requests, by kind, and of injected faults, by kind and fault. Threads share it."""

    def __init__(self, upstream: str, rules: Sequence[FaultRule], ca_bundle: str | None) -> None:
        self.url = ""
        self.seen: Counter[str] = Counter()
        self.injected: Counter[tuple[str, str]] = Counter()
        self.is_over = threading.Event()
        self._upstream = urlsplit(upstream)
        self._trust = ssl.create_default_context(cafile=ca_bundle)
        self._rules = rules
        self._matched = [0] * len(rules)
        self._lock = threading.Lock()

    def handle(self, exchange: Exchange) -> None:
        """Pass the request to the first rule that chooses it, or to the upstream."""
        rule = self._choose(exchange.request.kind)
        if rule is None:
            exchange.send(exchange.forward().to_bytes())
        else:
            rule.fault(exchange)

    def _choose(self, kind: str) -> FaultRule | None:
        chosen = None
        with self._lock:
            self.seen[kind] += 1
            for place, rule in enumerate(self._rules):
                if rule.kind in ("*", kind):
                    self._matched[place] += 1
                    chosen = chosen or (rule if rule.when(self._matched[place]) else None)
            if chosen:
                self.injected[kind, chosen.name] += 1
        return chosen

    def forward(self, request: ProxiedRequest) -> ProxiedAnswer:
        """Send a request to the upstream, with the host name for which it is signed."""
        upstream = self._connect()
        try:
            upstream.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers:
                if name.lower() != "connection":
                    upstream.putheader(name, value)
            upstream.endheaders(request.body)
            answer = upstream.getresponse()
            headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in OF_THE_CONNECTION]
            return ProxiedAnswer(answer.status, answer.read(), headers)
        finally:
            upstream.close()

    def _connect(self) -> http.client.HTTPConnection:
        host = self._upstream.netloc
        if self._upstream.scheme == "https":
            return http.client.HTTPSConnection(host, timeout=UPSTREAM_TIMEOUT_S, context=self._trust)
        return http.client.HTTPConnection(host, timeout=UPSTREAM_TIMEOUT_S)


def kind_of(method: str, path: str, headers: Any, body: bytes) -> str:
    """Return the service, as the signature names it, and the operation of a request."""
    found = _SERVICE.search(headers.get("Authorization", ""))
    service = found[1] if found else "unsigned"
    return f"{service}:{_operation(service, method, path, headers, body)}"


def _operation(service: str, method: str, path: str, headers: Any, body: bytes) -> str:
    if target := headers.get("X-Amz-Target"):
        return str(target).rpartition(".")[2]
    parts = urlsplit(path)
    if service == "lambda":
        below = re.sub(r"^/\d{4}-\d{2}-\d{2}", "", parts.path)
        return next((name for verb, form, name in _LAMBDA if verb == method and re.fullmatch(form, below)), "other")
    if service == "s3":
        what = "Object" if parts.path.strip("/").count("/") else "Bucket"
        return "ListObjectsV2" if "list-type=2" in parts.query else f"{method.capitalize()}{what}"
    return parse_qs(body.decode(errors="replace")).get("Action", ["other"])[0]


@contextmanager
def fault_proxy(upstream: str, *rules: FaultRule, ca_bundle: str | None = None) -> Iterator[FaultProxy]:
    """Run a proxy for the time of the block. Afterwards no thread and no connection is left.

    The proxy itself has no TLS. It trusts the upstream's certificate if it is in the CA bundle.
    """
    proxy = FaultProxy(upstream, rules, ca_bundle)
    server = _Server(proxy)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield proxy
    finally:
        proxy.is_over.set()
        server.shutdown()
        thread.join()
        server.end()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, proxy: FaultProxy) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy = proxy
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self._open.discard(request)

    def end(self) -> None:
        """Close all connections, so that their threads end, and wait for the threads."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that went away, as a command that is killed."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            # The client was killed. The upstream would wait for the rest of the request.
            self.close_connection = True
            return
        kind = kind_of(self.command, self.path, self.headers, body)
        request = ProxiedRequest(kind, self.command, self.path, self.headers.items(), body)
        proxy = self.server.proxy
        proxy.handle(
            Exchange(request, lambda: proxy.forward(request), self._send, self._reset, self._close, proxy.is_over)
        )

    do_DELETE = do_GET = do_HEAD = do_POST = do_PUT = answer  # noqa: N815 - http.server's names

    def _send(self, part: bytes) -> None:
        self.wfile.write(part)

    def _close(self) -> None:
        self.close_connection = True

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Close now: http.server would close the connection properly.
        socket.close(self.connection.detach())

    def log_message(self, *_: object) -> None:
        pass
