"""Reads what a deployment's tables are like, and what waits in its failure bucket."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from scavenger.failure_bucket import FAILURE_OBJECT_PREFIX, quarantine_prefix

from scavenger_ops.aws.ask import Patience
from scavenger_ops.aws.errors import AwsError
from scavenger_ops.described_table import read_described_table
from scavenger_ops.listing import list_pages
from scavenger_ops.status.facts import MISSING, Bucket, Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

# In the keys of what any function quarantined: <prefix of all failure objects><function's name>/quarantine/...
_QUARANTINED = quarantine_prefix("").removeprefix(FAILURE_OBJECT_PREFIX)
# Five requests: to count more would take time, and tell no more.
MOST_OBJECTS = 5000


def read_table(dynamodb: "DynamoDBClient", name: str, patience: Patience, arn: str | None = None) -> Table:
    """Return the facts of a table, with status MISSING if it does not exist. One of another account needs its ARN."""
    table = read_described_table(dynamodb, arn or name, patience)
    if table is None:
        return Table(name, MISSING, item_count=None, write_units=None, stream_arn=None)
    return Table(
        name=name,
        status=table.status,
        item_count=table.item_count,
        write_units=table.write_units,
        stream_arn=table.latest_stream_arn if table.is_stream_enabled else None,
        key=table.key_types,
    )


def read_bucket(s3: "S3Client", name: str, patience: Patience, most_objects: int = MOST_OBJECTS) -> Bucket:
    """Count what waits in the failure bucket, up to so many objects."""
    form = {"Name": name, "Contents?": [{"Key": str, "LastModified": datetime}]}
    waiting: list[Any] = []
    try:
        for page in list_pages(s3, form, patience, name, FAILURE_OBJECT_PREFIX):
            waiting += page.get("Contents", [])
            if len(waiting) > most_objects:
                break
    except AwsError as error:
        if error.fault.name != "NoSuchBucket":
            raise
        return Bucket(name, exists=False)
    counted = waiting[:most_objects]
    return Bucket(
        name,
        waiting=len(counted),
        quarantined=sum(_QUARANTINED in found["Key"] for found in counted),
        has_more=len(waiting) > most_objects,
        oldest_at=min((found["LastModified"] for found in counted), default=None),
    )
