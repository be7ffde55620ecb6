"""HTTP endpoints on this machine."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def serve(handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve a handler for the time of the block, with TLS if there are settings for it, and yield the URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def endpoint(status: int, body: bytes, *, tls: ssl.SSLContext | None = None, **headers: str) -> Iterator[str]:
    """Send one response to every request, as a proxy in front of AWS does. Yield the URL."""

    class FixedAnswerHandler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_DELETE = do_GET = do_HEAD = do_POST = do_PUT = answer  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    with serve(FixedAnswerHandler, tls) as url:
        yield url


@contextmanager
def drip(interval_s: float = 0.1) -> Iterator[str]:
    """Send a response byte by byte that does not end before the block does. Yield the URL."""
    end = threading.Event()

    class DripHandler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            with suppress(OSError):
                while not end.wait(interval_s):
                    self.wfile.write(b" ")
            self.close_connection = True

        do_DELETE = do_GET = do_HEAD = do_POST = do_PUT = answer  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    with serve(DripHandler) as url:
        try:
            yield url
        finally:
            end.set()


@contextmanager
def silence() -> Iterator[tuple[str, socket.socket]]:
    """Listen, but never respond. Yield the URL, and the socket that accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        yield f"http://127.0.0.1:{server.getsockname()[1]}", server


@contextmanager
def no_route() -> Iterator[str]:
    """Drop all packets of new connections, as a subnet does without a route or an endpoint. Yield the URL."""
    with socket.socket() as server, ExitStack() as pending:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        # Once its queue is full, Linux drops the packets that would open a connection.
        for _ in range(8):
            waiting = pending.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
