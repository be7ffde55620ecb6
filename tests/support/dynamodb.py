"""Stand-ins for DynamoDB that behave as a test needs, and record the requests."""

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
# What to do with a request for these keys: return the unprocessed ones, or raise.
Behaviour = Callable[[Keys], Keys]


def delete_all(_: Keys) -> Keys:
    """Delete all rows of a request."""
    return []


def leave_unprocessed(count: int) -> Behaviour:
    """Return a behaviour that leaves the last `count` keys of a request unprocessed."""
    return lambda keys: keys[len(keys) - count :]


def client_error(code: str, status: int = 400, words: str | None = None) -> ClientError:
    """Return an error as boto3 raises it. The message is `words`, by default the code."""
    response: Any = {"Error": {"Code": code, "Message": words or code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "BatchWriteItem")


def fail_with(code: str, status: int = 400, words: str | None = None) -> Behaviour:
    """Return a behaviour that answers with an error of DynamoDB."""

    def behave(_: Keys) -> Keys:
        raise client_error(code, status, words)

    return behave


def reject_any_of(*poison: dict[str, Any], words: str | None = None) -> Behaviour:
    """Return a behaviour that rejects a request with any of these keys, and deletes all rows of other requests."""
    reject = fail_with("ValidationException", words=words)
    return lambda keys: reject(keys) if any(key in poison for key in keys) else []


class FakeDynamoDB:
    """A table with one behaviour for each of the first requests, and `always` for all later ones."""

    def __init__(self, *behaviours: Behaviour, always: Behaviour = delete_all) -> None:
        self._behaviours = list(behaviours)
        self._always = always
        self._lock = threading.Lock()
        self.requests: list[Keys] = []
        self.deleted: Keys = []
        self.in_flight = 0
        self.most_in_flight = 0

    @property
    def client(self) -> "DynamoDBClient":
        """The fake, with the type of the client."""
        return cast("DynamoDBClient", self)

    def batch_write_item(self, *, RequestItems: Any, ReturnConsumedCapacity: str) -> dict[str, Any]:  # noqa: N803
        """Check that a request is valid, and answer it with the next behaviour."""
        ((table_name, requests),) = RequestItems.items()
        keys: Keys = [request["DeleteRequest"]["Key"] for request in requests]
        assert ReturnConsumedCapacity == "TOTAL"
        assert 1 <= len(keys) <= 25, "the request is not of 1 to 25 deletes"
        assert len({key_identity(key) for key in keys}) == len(keys), "a key is in the request twice"
        unprocessed, done = self._behave(keys)
        return {
            "UnprocessedItems": {table_name: [{"DeleteRequest": {"Key": key}} for key in unprocessed]}
            if unprocessed
            else {},
            "ConsumedCapacity": [{"TableName": table_name, "CapacityUnits": float(len(done))}],
        }

    def delete_item(self, *, Key: Any, ReturnConsumedCapacity: str, **condition: Any) -> dict[str, Any]:  # noqa: N803
        """Answer a conditional delete with the next behaviour. A row that it leaves unprocessed is throttled."""
        assert ReturnConsumedCapacity == "TOTAL"
        assert condition["ConditionExpression"].startswith("attribute_not_exists(#key)")
        unprocessed, _ = self._behave([Key])
        if unprocessed:
            raise client_error("ProvisionedThroughputExceededException")
        return {"ConsumedCapacity": {"TableName": condition["TableName"], "CapacityUnits": 1.0}}

    def _behave(self, keys: Keys) -> tuple[Keys, Keys]:
        """Return the unprocessed keys of a request, and the others."""
        with self._lock:
            self.requests.append(keys)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            behave = self._behaviours.pop(0) if self._behaviours else self._always
        try:
            unprocessed = behave(keys)
        finally:
            with self._lock:
                self.in_flight -= 1
        done = [key for key in keys if key not in unprocessed]
        with self._lock:
            self.deleted += done
        return unprocessed, done


# An answer over HTTP: status, body and optional headers. None: the connection is dropped.
Answer = tuple[int, bytes] | tuple[int, bytes, dict[str, str]] | None
SUCCESS: Answer = (200, b'{"UnprocessedItems": {}, "ConsumedCapacity": []}')


def error_answer(code: str, status: int = 400) -> Answer:
    """Return the answer with which DynamoDB reports an error."""
    return status, json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code}).encode()


@contextmanager
def http_dynamodb(answers: list[Callable[[], Answer]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Serve a DynamoDB endpoint with these answers in turn, then success. Yield its URL and the requests so far."""
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
