"""The function of the probes. It logs what it gets, and fails as the name of the table says."""

import json
import time
from typing import Any

# The record that is always reported as failed.
BAD = "bad"
LOGGED = "delivered"


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """Log the records, and fail."""
    records = event["Records"]
    table = records[0]["eventSourceARN"].split("/")[1].rpartition("-")[2]
    ids = [record["dynamodb"]["Keys"]["id"]["S"] for record in records]
    images = {
        each["dynamodb"]["Keys"]["id"]["S"]: [each["eventName"], "OldImage" in each["dynamodb"]] for each in records
    }
    # One line, also in a log of JSON.
    print(json.dumps({LOGGED: table, "at": time.time(), "ids": ids, "images": images}))  # noqa: T201 - the log
    if table == "failing":
        raise RuntimeError("It always fails.")
    bad = [each["dynamodb"]["SequenceNumber"] for each in records if each["dynamodb"]["Keys"]["id"]["S"] == BAD]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in bad]}
