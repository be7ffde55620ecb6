"""Reads the facts of a deployment's tables and of its failure bucket."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reconciler.aws.ask import RetryPolicy
from reconciler.aws.errors import AwsError
from reconciler.described_table import read_described_table
from scavenger.failure_bucket import FAILURE_OBJECT_PREFIX, quarantine_prefix

from scavenger_ops.listing import list_pages
from scavenger_ops.status.facts import MISSING, BucketFacts, TableFacts

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

# A part of the keys of what any function quarantined: <prefix of all failure objects><function's name>/quarantine/...
_QUARANTINED = quarantine_prefix("").removeprefix(FAILURE_OBJECT_PREFIX)
# Five requests. A higher count takes time and does not change what to do.
MAX_OBJECTS = 5000
# As many objects are read for the reasons of their records, and none that takes long.
MOST_READ, MOST_READ_BYTES = 5, 1_000_000


def read_table(dynamodb: "DynamoDBClient", name: str, retry_policy: RetryPolicy, arn: str | None = None) -> TableFacts:
    """Return the facts of a table, with status MISSING if it does not exist. A table of another account needs its ARN.

    Raises AwsError and Stopped.
    """
    table = read_described_table(dynamodb, arn or name, retry_policy)
    if table is None:
        return TableFacts(name, MISSING, item_count=None, write_units=None, stream_arn=None)
    return TableFacts(
        name=name,
        status=table.status,
        item_count=table.item_count,
        write_units=table.write_units,
        stream_arn=table.latest_stream_arn if table.is_stream_enabled else None,
        key=table.key_types,
    )


def read_bucket(s3: "S3Client", name: str, retry_policy: RetryPolicy, max_objects: int = MAX_OBJECTS) -> BucketFacts:
    """Return how many objects wait in the failure bucket, counted up to `max_objects`. Raises AwsError and Stopped."""
    form = {"Name": name, "Contents?": [{"Key": str, "LastModified": datetime, "Size?": int}]}
    waiting: list[Any] = []
    try:
        for page in list_pages(s3, form, retry_policy, name, FAILURE_OBJECT_PREFIX):
            waiting += page.get("Contents", [])
            if len(waiting) > max_objects:
                break
    except AwsError as error:
        if error.fault.name != "NoSuchBucket":
            raise
        return BucketFacts(name, exists=False)
    counted = waiting[:max_objects]
    return BucketFacts(
        name,
        waiting=len(counted),
        quarantined=sum(_QUARANTINED in found["Key"] for found in counted),
        has_more=len(waiting) > max_objects,
        oldest_at=min((found["LastModified"] for found in counted), default=None),
        newest_quarantined=_newest_quarantined(counted),
    )


def _newest_quarantined(objects: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the names of the newest quarantined objects, newest first, without very large ones."""
    quarantined = [each for each in objects if _QUARANTINED in each["Key"] and each.get("Size", 0) <= MOST_READ_BYTES]
    newest = sorted(quarantined, key=lambda each: each["LastModified"], reverse=True)
    return tuple(each["Key"] for each in newest[:MOST_READ])
