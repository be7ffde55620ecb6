"""Sends botocore's signed requests over connections of the standard library, and keeps these open.

botocore itself uses urllib3, which takes more than half of a request's CPU: docs/decisions/0079-*.md.
"""

import os
import select
import socket
import ssl
import threading
import weakref
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies

from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import get_cert_path

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
# The first requests start at once. If each read the authorities, which takes time, the cold start would be longer.
_reading_authorities = threading.Lock()


class _Body(NamedTuple):
    """The body of an answer, in the form in which botocore reads one."""

    content: bytes

    def stream(self) -> Iterator[bytes]:
        yield self.content


def has_proxy() -> bool:
    """Return whether the environment names a proxy, which botocore would use and a Connections would not."""
    return bool(getproxies().keys() & {"http", "https"})


class Connections:
    """Connections to AWS, which threads may share, in place of botocore's HTTP session. Each has one request at a time.

    `ca_bundle` is the file with the certificate authorities to trust instead of botocore's.
    """

    def __init__(self, connect_timeout_s: float, read_timeout_s: float, ca_bundle: str | None) -> None:
        self._connect_timeout_s = connect_timeout_s
        self._read_timeout_s = read_timeout_s
        self._ca_bundle = ca_bundle
        # By URL. A list's methods are atomic, so threads need no lock.
        self._idle: defaultdict[str, list[HTTPConnection]] = defaultdict(list)
        weakref.finalize(self, _close, self._idle)

    def close(self) -> None:
        """Close all connections that no request uses."""
        _close(self._idle)

    def send(self, request: Any) -> AWSResponse:  # noqa: ANN401 - AWSPreparedRequest, badly typed
        """Send a request that botocore has signed, and return the answer. Raises the exceptions that botocore would."""
        message = head_of(request) + request.body
        connection = self._take_open(request.url) or self._open(request.url)
        try:
            # In one piece: HTTPConnection.request would send head and body one after the other.
            connection.sock.sendall(message)
            with HTTPResponse(connection.sock, method=request.method) as answer:
                answer.begin()
                body = answer.read()
        except (OSError, HTTPException) as error:
            connection.close()
            # The others are as old. After a pause of the execution environment, AWS may have closed all of them without
            # this process being told.
            self.close()
            kind = ReadTimeoutError if isinstance(error, TimeoutError) else ConnectionClosedError
            raise kind(endpoint_url=request.url, error=error) from error
        # http.client reads a status like 103 as the whole answer. The real one follows it.
        if answer.will_close or answer.status < HTTPStatus.OK:
            connection.close()
        else:
            self._idle[request.url].append(connection)
        headers: Any = answer.headers
        return AWSResponse(request.url, answer.status, headers, _Body(body))

    def _take_open(self, url: str) -> HTTPConnection | None:
        """Return a connection that AWS has not closed, if there is one."""
        while True:
            try:
                connection = self._idle[url].pop()
            except IndexError:
                return None
            if not _is_readable(connection.sock):
                return connection
            connection.close()

    def _open(self, url: str) -> HTTPConnection:
        host = _address(url)
        connection = (
            HTTPSConnection(host, timeout=self._connect_timeout_s, context=_tls(self._ca_bundle))
            if url.startswith("https:")
            else HTTPConnection(host, timeout=self._connect_timeout_s)
        )
        try:
            connection.connect()
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=url, error=error) from error
        except ssl.SSLError as error:
            raise SSLError(endpoint_url=url, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=url, error=error) from error
        connection.sock.settimeout(self._read_timeout_s)
        return connection


def _tls(ca_bundle: str | None) -> ssl.SSLContext:
    """Return the settings of TLS, which are made with the first connection."""
    with _reading_authorities:
        return _make_tls(ca_bundle)


@cache
def _make_tls(ca_bundle: str | None) -> ssl.SSLContext:
    """Make the settings of TLS: the certificate authorities that botocore would trust, and a check of host names."""
    authorities = ca_bundle or os.environ.get("REQUESTS_CA_BUNDLE") or get_cert_path(verify=True)
    context = ssl.create_default_context(cafile=authorities)
    # Since Python 3.13, the default is stricter than botocore, and refuses authorities of firewalls that were accepted.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def head_of(request: Any) -> bytes:  # noqa: ANN401 - AWSPreparedRequest, badly typed
    """Return the request line and the headers, which botocore has signed. It leaves Host to the connection."""
    url = urlsplit(request.url)
    # As botocore has signed it: without the port that the scheme has anyway.
    host = _address(request.url).removesuffix(_DEFAULT_PORTS.get(url.scheme, ""))
    lines = [f"{request.method} {url.path or '/'} HTTP/1.1", f"Host: {host}", "Accept-Encoding: identity"]
    for name, value in request.headers.items():
        lines.append(f"{name}: {value.decode() if isinstance(value, bytes) else value}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _address(url: str) -> str:
    """Return host and port, without a user, and in small letters."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def _close(idle: Mapping[str, list[HTTPConnection]]) -> None:
    for connections in idle.values():
        while connections:
            connections.pop().close()


def _is_readable(connection: socket.socket) -> bool:
    """Return whether there is something to read. Without a request, that can only be the end of the connection."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))
