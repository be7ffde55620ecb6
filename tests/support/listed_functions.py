"""A Lambda API with functions and their event source mappings, over HTTP."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote

from support.endpoint import serve

ACCOUNT = "000000000000"


def function(name: str, handler: str = "scavenger.lambda_function.lambda_handler", **variables: str) -> dict[str, Any]:
    """Return the configuration of a function with these environment variables."""
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
    return {"FunctionName": name, "FunctionArn": arn, "Handler": handler, "Environment": {"Variables": variables}}


def mapping(function_name: str, table: str, account: str = ACCOUNT) -> dict[str, Any]:
    """Return an event source mapping that reads the stream of a table."""
    source = f"arn:aws:dynamodb:us-east-1:{account}:table/{table}/stream/2026-11-30T00:00:00.000"
    return {
        "UUID": f"{function_name}-{table}",
        "FunctionArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function_name}",
        "EventSourceArn": source,
    }


@contextmanager
def lambda_api(functions: Sequence[Mapping[str, Any]], mappings: Sequence[Mapping[str, Any]] = ()) -> Iterator[str]:
    """Serve these functions and mappings for the time of the block, one function a page. Yield the URL."""

    class LambdaHandler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            status, answer = self._answer(path, query)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _answer(self, path: str, query: str) -> tuple[int, Any]:
            if path.endswith("/event-source-mappings"):
                return 200, {"EventSourceMappings": list(mappings)}
            if "/event-source-mappings/" in path:
                return 200, next(each for each in mappings if each["UUID"] == path.rpartition("/")[2])
            if path.endswith("/configuration"):
                # A name, or an ARN.
                name = unquote(path.split("/")[-2]).rpartition(":")[2]
                found = [each for each in functions if each["FunctionName"] == name]
                return (200, found[0]) if found else (404, {"Code": "ResourceNotFoundException", "Message": "none"})
            number = int(query.removeprefix("Marker=") or 0)
            more = {"NextMarker": str(number + 1)} if number + 1 < len(functions) else {}
            return 200, {"Functions": list(functions[number : number + 1]), **more}

        def log_message(self, *_: object) -> None:
            pass

    with serve(LambdaHandler) as url:
        yield url
