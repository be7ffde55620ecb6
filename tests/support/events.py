"""Stream events and records for tests."""

import json
from pathlib import Path
from typing import Any

# The event that the article shows.
ARTICLE_EVENT = json.loads((Path(__file__).parents[1] / "data" / "stream-event.json").read_text())


def key(number: int) -> dict[str, dict[str, str]]:
    """Return the key of a message."""
    return {"messageId": {"S": f"message-{number}"}, "createdAt": {"N": str(number)}}


# The types of a message's key, which the staging table has, too.
KEY_TYPES = {"messageId": "S", "createdAt": "N"}


def record(number: int, *, event_name: str = "INSERT", **changes: object) -> dict[str, Any]:
    """Return a stream record of a message. Its sequence number is 1000 + number; `changes` replace parts of it."""
    return {
        "eventID": f"event-{number}",
        "eventName": event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1652355068.0,
            "Keys": key(number),
            "SequenceNumber": str(1000 + number),
            "SizeBytes": 173,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **changes,
        },
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/messages/stream/2026-01-01T00:00:00.000",
    }


def quarantined(candidate: dict[str, Any], *attributes: str) -> dict[str, Any]:
    """Return what quarantine keeps of a record: only what a redrive needs, and these attributes of its new image."""
    change = candidate["dynamodb"]
    image = change["NewImage"] if isinstance(change.get("NewImage"), dict) else {}
    kept_image = {name: image[name] for name in attributes if name in image}
    return {
        **{name: candidate[name] for name in ("eventName", "eventSource", "eventSourceARN") if name in candidate},
        "dynamodb": {
            **{
                name: change[name]
                for name in ("ApproximateCreationDateTime", "Keys", "SequenceNumber")
                if name in change
            },
            **({"NewImage": kept_image} if kept_image else {}),
        },
    }


def event(*records: object) -> dict[str, Any]:
    """Return the event of these records."""
    return {"Records": list(records)}
