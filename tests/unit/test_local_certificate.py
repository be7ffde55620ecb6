"""The certificate of the local AWS is for this computer, and clients can trust it."""

import socket
import ssl
import threading
from pathlib import Path

import pytest
from scavenger_ops.local.certificate import make_certificate


def test_only_the_user_reads_the_key(tmp_path: Path) -> None:
    """Others could pretend to be the local AWS."""
    _, key = make_certificate(tmp_path)
    assert key.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_client_that_has_it_as_its_ca_bundle_connects(tmp_path: Path, host: str) -> None:
    """All others refuse."""
    certificate, key = make_certificate(tmp_path)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate, key)

    def connect(trust: ssl.SSLContext) -> str | None:
        one, other = socket.socketpair()
        server = threading.Thread(target=_serve, args=(served, one))
        server.start()
        try:
            with trust.wrap_socket(other, server_hostname=host) as connection:
                return connection.version()
        finally:
            other.close()
            server.join()

    assert connect(ssl.create_default_context(cafile=certificate)) == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(ssl.create_default_context())


def _serve(context: ssl.SSLContext, connection: socket.socket) -> None:
    try:
        context.wrap_socket(connection, server_side=True).close()
    except OSError:
        connection.close()
