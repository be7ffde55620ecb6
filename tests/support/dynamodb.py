"""Stand-ins for DynamoDB that misbehave as they are told, and note what they are asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError
from scavenger.keys import key_identity

from support.endpoint import serve

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Keys = list[dict[str, Any]]
# What to do with a request for these keys: give those that are sent back, or raise.
Behaviour = Callable[[Keys], Keys]


def carry_out(_: Keys) -> Keys:
    """Delete all."""
    return []


def send_back(count: int) -> Behaviour:
    """Make a behaviour that leaves the last so many keys of a request undone."""
    return lambda keys: keys[len(keys) - count :]


def refusal(code: str, status: int = 400, words: str | None = None) -> ClientError:
    """Make an error as DynamoDB reports it."""
    response: Any = {"Error": {"Code": code, "Message": words or code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "BatchWriteItem")


def refuse(code: str, status: int = 400, words: str | None = None) -> Behaviour:
    """Make a behaviour that answers with an error of DynamoDB."""

    def behave(_: Keys) -> Keys:
        raise refusal(code, status, words)

    return behave


def refuse_any_of(*poison: dict[str, Any], words: str | None = None) -> Behaviour:
    """Make a behaviour that refuses a request as soon as one of these keys is in it, and carries out any other."""
    refuse_all = refuse("ValidationException", words=words)
    return lambda keys: refuse_all(keys) if any(key in poison for key in keys) else []


class FakeDynamoDB:
    """A table that goes through the behaviours given, one a request, and then always does the same."""

    def __init__(self, *behaviours: Behaviour, always: Behaviour = carry_out) -> None:
        self._behaviours = list(behaviours)
        self._always = always
        self._lock = threading.Lock()
        self.requests: list[Keys] = []
        self.deleted: Keys = []
        self.in_flight = 0
        self.most_in_flight = 0

    @property
    def client(self) -> "DynamoDBClient":
        """The fake, as what it stands in for."""
        return cast("DynamoDBClient", self)

    def batch_write_item(self, *, RequestItems: Any, ReturnConsumedCapacity: str) -> dict[str, Any]:  # noqa: N803
        """Take a request as DynamoDB does: refuse an illegal one, and answer by the next behaviour."""
        ((table_name, requests),) = RequestItems.items()
        keys: Keys = [request["DeleteRequest"]["Key"] for request in requests]
        assert ReturnConsumedCapacity == "TOTAL"
        assert 1 <= len(keys) <= 25, "too many"
        assert len({key_identity(key) for key in keys}) == len(keys), "duplicates"
        with self._lock:
            self.requests.append(keys)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            behave = self._behaviours.pop(0) if self._behaviours else self._always
        try:
            sent_back = behave(keys)
        finally:
            with self._lock:
                self.in_flight -= 1
        done = [key for key in keys if key not in sent_back]
        with self._lock:
            self.deleted += done
        return {
            "UnprocessedItems": {table_name: [{"DeleteRequest": {"Key": key}} for key in sent_back]}
            if sent_back
            else {},
            "ConsumedCapacity": [{"TableName": table_name, "CapacityUnits": float(len(done))}],
        }


# An answer as it goes over the wire: status, body and more headers, if any; none for a connection that is dropped.
Answer = tuple[int, bytes] | tuple[int, bytes, dict[str, str]] | None
SUCCESS: Answer = (200, b'{"UnprocessedItems": {}, "ConsumedCapacity": []}')


def error_answer(code: str, status: int = 400) -> Answer:
    """Make the answer with which DynamoDB reports an error."""
    return status, json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code}).encode()


@contextmanager
def http_dynamodb(answers: list[Callable[[], Answer]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Serve a DynamoDB endpoint that gives the answers in turn, then success; give its URL and the requests it got."""
    requests: list[dict[str, Any]] = []

    class DynamoDBHandler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            answer = answers.pop(0)() if answers else SUCCESS
            if answer is None:
                self.close_connection = True
                return
            status, body, *headers = answer
            self.send_response(status)
            for name, value in headers[0].items() if headers else ():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with serve(DynamoDBHandler) as url:
        yield url, requests
