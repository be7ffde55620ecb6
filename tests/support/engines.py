"""Other emulators of DynamoDB, dynalite and moto's server, and how they differ from DynamoDB."""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer
from scavenger_ops.toolchain import BIN

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

# `make engines` installs it here.
DYNALITE = BIN.parent / "dynalite"
# On a free port, which its own command cannot choose. Tables are created at once.
_SERVE_DYNALITE = """
const server = require("dynalite")({ createTableMs: 0, deleteTableMs: 0 })
server.listen(0, "127.0.0.1", () => console.log(server.address().port))
"""

# How an engine differs from DynamoDB. A test that depends on it proves nothing there, and is skipped.
# tests/engines/test_differences.py checks each of these, and fails as soon as an engine does as DynamoDB does.
DIFFERENCES: Mapping[str, Mapping[str, str]] = {
    "dynalite": {
        "bytes of letters": "it counts each letter of a key as one byte",
        "equal documents": "a list or map is never equal to itself in a condition",
        "items of failed conditions": "it does not know ReturnValuesOnConditionCheckFailure",
    },
    "moto": {
        "key types": "it deletes by a key of another type than the table's",
        "key lengths": "it deletes by a key that is too long",
        "bytes of letters": "it counts each letter of a key as one byte",
        "empty keys": "it deletes by an empty key",
        "number limits": "it deletes by a number of more than 38 digits, or too large, or too small",
        "duplicates by spelling": "it accepts two spellings of one number in a request as two keys",
        "25 keys a request": "it accepts more keys",
        "types in conditions": "it compares values without their types: true is 1, and NULL is a missing attribute",
        "segments of binary keys": "its segmented scan of them ends with an AttributeError",
    },
}


# Creates a table with these key types and rows, if any, and returns its name.
MakeTable = Callable[..., str]


class Engine(NamedTuple):
    """A DynamoDB engine, and moto's server for S3 and Lambda."""

    name: str
    url: str
    other_services_url: str

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings that lead boto3 to it."""
        return {"AWS_ENDPOINT_URL": self.other_services_url, "AWS_ENDPOINT_URL_DYNAMODB": self.url}

    def client(self) -> "DynamoDBClient":
        """Return a client that sends each request once, without checking it."""
        config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
        return boto3.client("dynamodb", endpoint_url=self.url, config=config)

    def s3(self) -> "S3Client":
        """Return a client for S3 beside it."""
        return boto3.client("s3", endpoint_url=self.other_services_url)


@contextmanager
def engines() -> Iterator[Mapping[str, Engine]]:
    """Run all engines, and yield them by name."""
    with _moto() as moto_url, _dynalite() as dynalite_url:
        urls = {"dynalite": dynalite_url, "moto": moto_url}
        yield {name: Engine(name, url, moto_url) for name, url in urls.items()}


@contextmanager
def _moto() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


@contextmanager
def _dynalite() -> Iterator[str]:
    with subprocess.Popen(
        ["node", "--eval", _SERVE_DYNALITE],  # noqa: S607 - the user's Node.js
        cwd=DYNALITE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            # If it did not start, there is no port, and standard error says why.
            port = process.stdout.readline().strip() if process.stdout else ""
            assert port, "dynalite does not run: `make engines` installs it, and needs Node.js 20 or newer"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
