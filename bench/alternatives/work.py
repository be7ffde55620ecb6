"""The work: a number of stream records, in batches of one size, with keys only or with images."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4


class Work(NamedTuple):
    """The number of records, the records in each event, and whether they have a new image."""

    records: int
    batch_size: int
    has_images: bool = False


def make_record(number: int) -> dict[str, Any]:
    """Return a record of the same length as AWS's."""
    return {
        "eventID": uuid4().hex,
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1652355068.0,
            "Keys": make_key(number),
            "SequenceNumber": str(10**24 + number),
            "SizeBytes": 80,
            "StreamViewType": "KEYS_ONLY",
        },
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/messages/stream/2026-01-01T00:00:00.000",
    }


def make_image(number: int) -> dict[str, Any]:
    """Return the new image of a message, of about 1 KB."""
    headers = {f"header-{each}": {"S": "a value of it"} for each in range(10)}
    event = {"body": {"S": "x" * 500}, "headers": {"M": headers}, "tags": {"L": [{"S": "tag"}] * 5}}
    return {**make_key(number), "receivedAt": make_version(number), "event": {"M": event}, "status": {"S": "PROCESSED"}}


def make_version(number: int) -> dict[str, str]:
    """Return the attribute that tells whether a row was staged anew."""
    return {"S": f"2026-01-01T00:00:00.{number:09}Z"}


def make_key(number: int) -> dict[str, dict[str, str]]:
    """Return the key of a message."""
    return {"messageId": {"S": f"00000000-0000-0000-0000-{number:012}"}, "createdAt": {"N": "1652355068123"}}


def write_events(work: Work, path: Path) -> None:
    """Write one event in each line. The first is a warm-up: a single record, for a row that no other event has."""
    with path.open("w") as file:
        for records in _batches(work):
            event = {"Records": [make_record(number) for number in records]}
            if work.has_images:
                for number, record in zip(records, event["Records"], strict=True):
                    record["dynamodb"] |= {"NewImage": make_image(number), "StreamViewType": "NEW_IMAGE"}
            file.write(json.dumps(event) + "\n")


def _batches(work: Work) -> Iterator[range]:
    yield range(work.records, work.records + 1)
    for start in range(0, work.records, work.batch_size):
        yield range(start, min(start + work.batch_size, work.records))
