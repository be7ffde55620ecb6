"""The built function on a staging table of another engine, with its failure bucket in moto."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from support.built_function import invoke
from support.engines import Engine
from support.events import event, record
from support.key_cases import Key, stored

DONE: dict[str, Any] = {"batchItemFailures": []}

Answer = Mapping[str, Any]


class Staging:
    """A staging table with rows, and the built function that deletes from it. Its failure bucket is in moto."""

    def __init__(self, engine: Engine, table: str, key_types: Mapping[str, str], task: Path) -> None:
        self._dynamodb, self._s3, self._task = engine.client(), engine.s3(), task
        self._table, self._bucket = table, f"failures-{uuid4()}"
        self._s3.create_bucket(Bucket=self._bucket)
        # Of the last report.
        self.summaries: Sequence[Mapping[str, Any]] = ()
        self.environment = {
            **engine.environment,
            "STAGING_MESSAGES_TABLE_NAME": table,
            "STAGING_MESSAGES_TABLE_KEY": json.dumps(key_types),
            "MAX_REQUESTS_IN_FLIGHT": "4",
            "POWERTOOLS_SERVICE_NAME": "scavenger",
            "FAILURE_BUCKET_NAME": self._bucket,
        }

    def report(self, *batches: Sequence[Any], **changes: str) -> Sequence[Answer]:
        """Invoke the function with an event for each batch. A batch has records, or keys of inserts."""
        events = [event(*(_to_record(place, each) for place, each in enumerate(batch))) for batch in batches]
        invocations = invoke(self._task, {**self.environment, **changes}, *events)
        self.summaries = invocations.summaries
        return invocations.answers

    def keys(self) -> set[object]:
        """Return the identities of the keys of all rows."""
        return stored(self._dynamodb, self._table)

    def quarantined(self) -> list[str]:
        """Return the sequence numbers of the records in the failure bucket."""
        objects = self._s3.list_objects_v2(Bucket=self._bucket).get("Contents", [])
        bodies = [json.load(self._s3.get_object(Bucket=self._bucket, Key=each["Key"])["Body"]) for each in objects]
        records = [each for body in bodies for each in json.loads(body["payload"])["Records"]]
        return sorted(each["dynamodb"]["SequenceNumber"] for each in records)


def _to_record(place: int, candidate: dict[str, Any]) -> dict[str, Any]:
    """Return a record as it is, or the record of an insert for a key. Binary content is in Base64, as in Lambda."""
    return candidate if "eventName" in candidate else record(place, Keys=encode(candidate))


def encode(attributes: Key) -> Key:
    """Return a key, or other attributes, as they are in Lambda's event: binary content is in Base64."""
    return json.loads(json.dumps(attributes, default=lambda content: base64.b64encode(content).decode()))  # type: ignore[no-any-return] # a key again


# Creates a staging table with these key types, and rows with these keys.
MakeStaging = Callable[..., Staging]
