"""An S3 on this machine that keeps the objects that are put, over TLS, as the local AWS does."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from scavenger_ops.local.certificate import make_certificate

from support.endpoint import serve

REFUSAL = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"


@dataclass
class S3Store:
    """The objects by bucket and key, and the credentials of all requests. One that refuses keeps nothing."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    signed_by: list[str] = field(default_factory=list)
    refuses: bool = False
    port: int = 0
    certificate: Path = Path()

    def put(self, path: str, signed_by: str, body: bytes) -> bool:
        """Keep an object. Return whether it is kept."""
        self.signed_by.append(signed_by)
        if not self.refuses:
            self.objects[unquote(path).removeprefix("/")] = json.loads(body)
        return not self.refuses


@contextmanager
def s3_store(folder: Path) -> Iterator[S3Store]:
    """Serve it for the time of the block. Its certificate is in the folder."""
    store = S3Store()
    store.certificate, key = make_certificate(folder)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(store.certificate, key)

    class S3Handler(BaseHTTPRequestHandler):
        # Else the SDK waits a second for leave to send the body.
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_kept = store.put(self.path, self.headers["Authorization"], body)
            answer = b"" if is_kept else REFUSAL
            self.send_response(200 if is_kept else 403)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with serve(S3Handler, tls) as url:
        store.port = int(url.rpartition(":")[2])
        yield store
