"""The APIs of Lambda and of CloudWatch Logs, over HTTP, with one function and its log."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from support.endpoint import serve

GROUP = "/aws/lambda/orders"


@dataclass
class LogApi:
    """The pages of events of the log, and the requests for them. `fault` is an error's code for all of these."""

    pages: Sequence[Sequence[dict[str, Any]]] = ((),)
    fault: str = ""
    log_format: str = "JSON"
    group: str | None = GROUP
    requests: list[dict[str, Any]] = field(default_factory=list)

    def configuration(self) -> dict[str, Any]:
        """Return the configuration of the function."""
        logging = {"LogGroup": self.group, "LogFormat": self.log_format} if self.group else {}
        return {"FunctionName": "orders"} | ({"LoggingConfig": logging} if logging else {})

    def filter_log_events(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return the page that the request asks for."""
        self.requests.append(request)
        if self.fault:
            return 400, {"__type": self.fault, "message": "no"}
        number = int(request.get("nextToken", 0))
        more = {"nextToken": str(number + 1)} if number + 1 < len(self.pages) else {}
        return 200, {"events": list(self.pages[number]), **more}


@contextmanager
def log_api(api: LogApi) -> Iterator[str]:
    """Serve it for the time of the block, and yield the URL."""

    class LogHandler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.split("/")[-2]
            absent = {"Code": "ResourceNotFoundException", "Message": "none"}
            self._answer(*((200, api.configuration()) if name == "orders" else (404, absent)))

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(*api.filter_log_events(request))

        def _answer(self, status: int, answer: dict[str, Any]) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with serve(LogHandler) as url:
        yield url
