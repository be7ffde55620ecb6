"""Reads what a deployment's tables are like, and what waits in its failure bucket."""

from itertools import islice
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from scavenger_ops.status.facts import MISSING, Bucket, Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

# Lambda and the function keep what failed below it, and the function what it quarantined below a folder of its own.
FAILURES = "aws/lambda/"
QUARANTINE = "/quarantine/"
# Five requests: to count more would take time, and tell no more.
MOST_OBJECTS = 5000


def read_table(dynamodb: "DynamoDBClient", name: str) -> Table:
    """Read what a table is like; one that is not there has the status MISSING."""
    try:
        table = dynamodb.describe_table(TableName=name)["Table"]
    except dynamodb.exceptions.ResourceNotFoundException:
        return Table(name, MISSING, item_count=None, write_units=None, stream_arn=None)
    is_on_demand = table.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST"
    # A stream that was switched off keeps its ARN for a day.
    has_stream = table.get("StreamSpecification", {}).get("StreamEnabled", False)
    return Table(
        name=name,
        status=table["TableStatus"],
        item_count=table.get("ItemCount"),
        write_units=None if is_on_demand else table["ProvisionedThroughput"]["WriteCapacityUnits"],
        stream_arn=table.get("LatestStreamArn") if has_stream else None,
    )


def read_bucket(s3: "S3Client", name: str, most_objects: int = MOST_OBJECTS) -> Bucket:
    """Count what waits in the failure bucket, up to so many objects."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=name, Prefix=FAILURES)
    objects = (found for page in pages for found in page.get("Contents", []))
    try:
        counted = list(islice(objects, most_objects))
        has_more = next(objects, None) is not None
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise
        return Bucket(name, exists=False)
    return Bucket(
        name,
        waiting=len(counted),
        quarantined=sum(QUARANTINE in found["Key"] for found in counted),
        has_more=has_more,
        oldest_at=min((found["LastModified"] for found in counted), default=None),
    )
