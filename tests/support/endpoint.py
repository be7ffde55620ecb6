"""Endpoints of HTTP on this machine."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def serve(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Let a handler serve as long as the block lasts; give the URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def endpoint(status: int, body: bytes, **headers: str) -> Iterator[str]:
    """Serve one answer, whatever is asked, as a proxy does that stands before all of AWS; give the URL."""

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

    with serve(FixedAnswerHandler) as url:
        yield url


@contextmanager
def drip(interval_s: float = 0.1) -> Iterator[str]:
    """Serve an answer that comes a byte at a time and is not done before the block ends; give the URL."""
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
    """Listen, and answer nothing; give the URL, and the socket to accept at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        yield f"http://127.0.0.1:{server.getsockname()[1]}", server
