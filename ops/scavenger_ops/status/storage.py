"""Reads what a deployment's tables are like, and what waits in its failure bucket."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from scavenger.redaction import redact

from scavenger_ops.aws.ask import RetryPolicy, ask
from scavenger_ops.aws.errors import AwsError
from scavenger_ops.listing import list_pages
from scavenger_ops.status.facts import MISSING, Bucket, Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

# Lambda and the function keep what failed below it, and the function what it quarantined below a folder of its own.
FAILURES = "aws/lambda/"
QUARANTINE = "/quarantine/"
# Five requests: to count more would take time, and tell no more.
MOST_OBJECTS = 5000


def read_table(dynamodb: "DynamoDBClient", name: str, retry_policy: RetryPolicy, arn: str | None = None) -> Table:
    """Read what a table is like; one that is not there has the status MISSING. One of another account needs its ARN."""
    try:
        table: Any = ask(dynamodb.describe_table, _table_form(name), retry_policy, TableName=arn or name)["Table"]
    except AwsError as error:
        if not error.is_absence:
            raise
        return Table(name, MISSING, item_count=None, write_units=None, stream_arn=None)
    is_on_demand = table.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST"
    # A stream that was switched off keeps its ARN for a day.
    has_stream = table.get("StreamSpecification", {}).get("StreamEnabled", False)
    types = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    return Table(
        name=name,
        status=redact(table["TableStatus"]),
        item_count=table.get("ItemCount"),
        write_units=None if is_on_demand else table.get("ProvisionedThroughput", {}).get("WriteCapacityUnits"),
        stream_arn=table.get("LatestStreamArn") if has_stream else None,
        key={part["AttributeName"]: types.get(part["AttributeName"], "?") for part in table["KeySchema"]},
    )


def _table_form(name: str) -> dict[str, Any]:
    return {
        "Table": {
            "TableName": name,
            "TableStatus": str,
            "ItemCount?": int,
            "KeySchema": [{"AttributeName": str}],
            "AttributeDefinitions": [{"AttributeName": str, "AttributeType": str}],
            "BillingModeSummary?": {"BillingMode?": str},
            "ProvisionedThroughput?": {"WriteCapacityUnits?": int},
            "StreamSpecification?": {"StreamEnabled": bool},
            "LatestStreamArn?": str,
        }
    }


def read_bucket(s3: "S3Client", name: str, retry_policy: RetryPolicy, most_objects: int = MOST_OBJECTS) -> Bucket:
    """Count what waits in the failure bucket, up to so many objects."""
    form = {"Name": name, "Contents?": [{"Key": str, "LastModified": datetime}]}
    waiting: list[Any] = []
    try:
        for page in list_pages(s3, form, retry_policy, name, FAILURES):
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
        quarantined=sum(QUARANTINE in found["Key"] for found in counted),
        has_more=len(waiting) > most_objects,
        oldest_at=min((found["LastModified"] for found in counted), default=None),
    )
