"""Requests go over connections that stay open, and their errors are those that botocore raises."""

import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from scavenger import clients
from scavenger.clients import make_dynamodb_client
from scavenger.connections import Connections, head_of
from scavenger.delete_request import Reply, send_batch, send_conditional_delete
from scavenger.row import Row
from scavenger.settings import KeyedTable
from scavenger_ops.local.certificate import make_certificate
from support.dynamodb import SUCCESS, Answer, http_dynamodb
from support.endpoint import endpoint

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CUT_SHORT = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"
ODD = b"This is not HTTP.\r\n\r\n"
CONSUMED: Answer = (200, b'{"ConsumedCapacity": {"CapacityUnits": 1.0}}')
TABLE = KeyedTable("staging", {"messageId": "S"})
ROW = Row({"messageId": {"S": "m-1"}}, {"receivedAt": {"N": "1"}})


class RawServer:
    """Sends one answer after the other on each connection, then closes it. It counts the connections."""

    def __init__(self, *answers: bytes) -> None:
        self.connections = 0
        self.has_closed = threading.Event()
        self._answers = answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"

    def serve(self) -> None:
        """Serve until the listener is closed."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                requests = connection.makefile("rb")
                for answer in self._answers:
                    # The head ends with an empty line, and the body is {}.
                    while requests.readline() not in (b"\r\n", b""):
                        pass
                    requests.read(2)
                    connection.sendall(answer)
                requests.close()
            self.has_closed.set()

    def close(self) -> None:
        """Stop, also where `accept` waits."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextmanager
def serve(*answers: bytes) -> Iterator[RawServer]:
    """Run a server for the time of the block."""
    with closing(RawServer(*answers)) as server:
        threading.Thread(target=server.serve, daemon=True).start()
        yield server


def connections(*, ca_bundle: Path | None = None, read_timeout_s: float = 5.0) -> Connections:
    """Return connections that wait long enough for a slow machine."""
    return Connections(5.0, read_timeout_s, str(ca_bundle) if ca_bundle else None)


def request(url: str) -> Any:
    """Return a request as botocore prepares it."""
    return AWSRequest("POST", url, {"X-Amz-Target": b"DynamoDB_20120810.DeleteItem"}, b"{}").prepare()


def test_a_connection_stays_open_for_the_next_request() -> None:
    """To open one takes more time than a request."""
    own = connections()
    with serve(ANSWER, ANSWER) as server:
        answers = [own.send(request(server.url)) for _ in range(2)]
        assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"{}")] * 2
        assert server.connections == 1


def test_a_connection_that_aws_has_closed_is_not_used() -> None:
    """Lambda stops the process between invocations, and AWS closes connections that nobody uses."""
    own = connections()
    with serve(ANSWER) as server:
        own.send(request(server.url))
        assert server.has_closed.wait(60)
        assert own.send(request(server.url)).status_code == 200
        assert server.connections == 2


def test_a_failed_connection_is_not_used_again() -> None:
    """The rest of an answer would be taken for the answer to the next request."""
    own = connections()
    with serve(CUT_SHORT) as server:
        for _ in range(2):
            with pytest.raises(ConnectionClosedError):
                own.send(request(server.url))
        assert server.connections == 2


@pytest.mark.parametrize("answers", [(), (CUT_SHORT,), (ODD,)], ids=["none", "cut short", "odd"])
def test_an_answer_that_is_not_complete_is_an_error(answers: tuple[bytes, ...]) -> None:
    """A part of an answer must not count as a success."""
    with serve(*answers) as server, pytest.raises(ConnectionClosedError):
        connections().send(request(server.url))


def test_no_answer_in_time_is_an_error() -> None:
    """A lost answer must not take a whole invocation."""
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(ReadTimeoutError):
        connections(read_timeout_s=0.05).send(request(f"http://127.0.0.1:{listener.getsockname()[1]}/"))


def test_an_endpoint_that_refuses_connections_is_an_error() -> None:
    """The request was not sent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(EndpointConnectionError):
        connections().send(request(f"http://127.0.0.1:{port}/"))


def test_an_endpoint_that_accepts_no_connection_in_time_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The request was not sent."""

    def wait(_: HTTPConnection) -> None:
        raise TimeoutError

    monkeypatch.setattr(HTTPConnection, "connect", wait)
    with pytest.raises(ConnectTimeoutError):
        connections().send(request("http://127.0.0.1/"))


def server_tls(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate for 127.0.0.1, and return its file and the settings of a server that has it."""
    certificate, key = make_certificate(folder)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    return certificate, tls


@pytest.mark.parametrize(("host", "is_trusted"), [("127.0.0.1", True), ("127.0.0.1", False), ("127.1", True)])
def test_only_a_trusted_certificate_for_the_host_is_accepted(tmp_path: Path, host: str, *, is_trusted: bool) -> None:
    """By default, botocore's authorities are trusted. Nobody else must read the requests."""
    # 127.1 is the same address under a name that the certificate does not have.
    certificate, tls = server_tls(tmp_path)
    own = connections(ca_bundle=certificate if is_trusted else None)
    expectation = nullcontext() if (host, is_trusted) == ("127.0.0.1", True) else pytest.raises(SSLError)
    with endpoint(200, b"{}", tls=tls) as url, expectation:
        assert own.send(request(f"{url.replace('127.0.0.1', host)}/")).content == b"{}"


def test_the_first_connections_read_the_authorities_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are opened at the same time. Each reading would take CPU of the cold start."""
    certificate, tls = server_tls(tmp_path)
    read: list[str] = []
    make_context = ssl.create_default_context

    def note(**options: Any) -> ssl.SSLContext:
        read.append(options["cafile"])
        return make_context(**options)

    monkeypatch.setattr(ssl, "create_default_context", note)
    own, start = connections(ca_bundle=certificate), threading.Barrier(8)

    def send(url: str) -> bytes:
        start.wait()
        return own.send(request(url)).content

    with endpoint(200, b"{}", tls=tls) as url, ThreadPoolExecutor(8) as pool:
        assert [*pool.map(send, [f"{url}/"] * 8)] == [b"{}"] * 8
    assert read == [str(certificate)]


@pytest.mark.parametrize(("send", "answer"), [(send_batch, SUCCESS), (send_conditional_delete, CONSUMED)])
def test_deletes_use_them(send: Any, answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a version of botocore has no place for them, the bench shows it, and so does this test."""
    sent: list[str] = []
    send_request = Connections.send

    def note(self: Connections, request: Any) -> Any:
        sent.append(request.url)
        return send_request(self, request)

    monkeypatch.setattr(Connections, "send", note)
    with http_dynamodb([lambda: answer]) as (url, requests):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        client = make_dynamodb_client(1)
        reply: Reply = send(client, TABLE, [ROW])
        client.close()
    assert (sent, len(requests), reply.not_deleted, reply.fault) == ([f"{url}/"], 1, (), None)


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY"])
def test_with_a_proxy_botocore_sends_the_requests(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It knows how to use one."""
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    made: list[object] = []
    monkeypatch.setattr(clients, "Connections", lambda *options: made.append(options))
    make_dynamodb_client(1)
    assert made == []
    monkeypatch.delenv(variable)
    make_dynamodb_client(1)
    assert len(made) == 1


def test_a_connection_that_aws_will_close_is_not_kept() -> None:
    """It says so in its answer."""
    own = connections()
    with serve(ANSWER.replace(b"200 OK\r\n", b"200 OK\r\nConnection: close\r\n"), ANSWER) as server:
        for _ in range(2):
            own.send(request(server.url))
        assert server.connections == 2


def test_closed_connections_are_opened_again() -> None:
    """The client may be closed, and used again."""
    own = connections()
    with serve(ANSWER, ANSWER) as server:
        own.send(request(server.url))
        own.close()
        own.send(request(server.url))
        assert server.connections == 2


def test_after_a_failure_no_other_connection_is_used_either() -> None:
    """They are as old, and each would cost the time of a time-out."""
    own = connections()
    with serve(ANSWER, ANSWER) as server, serve(ANSWER, ODD) as failing:
        own.send(request(server.url))
        own.send(request(failing.url))
        with pytest.raises(ConnectionClosedError):
            own.send(request(failing.url))
        own.send(request(server.url))
        assert server.connections == 2


def test_an_answer_before_the_answer_ends_the_connection() -> None:
    """Otherwise the next request would get the answer to this one."""
    own = connections()
    with serve(b"HTTP/1.1 103 Early Hints\r\n\r\n", ANSWER) as server:
        assert own.send(request(server.url)).status_code == 103
        assert own.send(request(server.url)).status_code == 103
        assert server.connections == 2


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://dynamodb.eu-central-1.amazonaws.com/", "dynamodb.eu-central-1.amazonaws.com"),
        ("https://dynamodb.eu-central-1.amazonaws.com:443/", "dynamodb.eu-central-1.amazonaws.com"),
        ("http://127.0.0.1:8000/", "127.0.0.1:8000"),
        ("http://[::1]:80", "[::1]"),
        ("http://user@LocalHost:4566/", "localhost:4566"),
    ],
)
def test_the_head_has_the_host_that_botocore_signs(url: str, host: str) -> None:
    """Another one would make the signature invalid. Header values may be bytes."""
    assert head_of(request(url)).split(b"\r\n")[:4] == [
        b"POST / HTTP/1.1",
        f"Host: {host}".encode(),
        b"Accept-Encoding: identity",
        b"X-Amz-Target: DynamoDB_20120810.DeleteItem",
    ]
