"""The failure bucket: lists, reads and removes its objects."""

import threading
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from reconciler.aws.ask import FIRST_REQUESTS, RetryPolicy, ask
from reconciler.aws.clients import connect
from reconciler.aws.errors import AwsError
from reconciler.explained_error import ExplainedError

from scavenger_ops.listing import list_pages
from scavenger_ops.redrive.failure_object import MOST_BYTES, FailureObject, UnreadableObjectError, read_failure_object
from scavenger_ops.redrive.result import ListedObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PAGE = {"KeyCount": int, "Contents?": [{"Key": str, "Size": int, "LastModified": datetime}]}
DELETED = {"ResponseMetadata": {"HTTPStatusCode": HTTPStatus.NO_CONTENT}}


# The bucket denies reading and deleting objects, whatever IAM allows.
BECOME_OPERATOR = (
    "Add your role or user to failure_bucket_operator_arns and apply the configuration. By IAM, allow it s3:GetObject "
    "and s3:DeleteObject there, and kms:Decrypt if the bucket has a KMS key of its own."
)


class FailureBucket(NamedTuple):
    """The failure bucket, and the prefix of the objects to redrive."""

    s3: "S3Client"
    name: str
    prefix: str

    def list_objects(self, stop: threading.Event) -> list[ListedObject]:
        """List the objects, without the empty ones that the console creates as folders. Raises AwsError and Stopped."""
        retry_policy = FIRST_REQUESTS._replace(stop=stop)
        pages = list_pages(self.s3, PAGE, retry_policy, self.name, self.prefix)
        found = [
            ListedObject(each["Key"], each["Size"], each["LastModified"].timestamp())
            for page in pages
            for each in page.get("Contents", ())
        ]
        return [each for each in found if each.size or not each.name.endswith("/")]

    def read(self, listed: ListedObject, stop: threading.Event) -> FailureObject | None:
        """Read an object; return None if it no longer exists.

        Raises UnreadableObjectError, AwsError if S3 does not return it, ExplainedError for denied access, and Stopped.
        """
        if listed.size > MOST_BYTES:
            raise UnreadableObjectError(f"it has {listed.size:,} bytes, more than an event of Lambda can have")
        # An HTML page in its place has another length, and no ETag.
        form = {"ETag": str, "ContentLength": listed.size, "Body": bytes}
        try:
            answer = ask(self.s3.get_object, form, RetryPolicy(stop=stop), Bucket=self.name, Key=listed.name)
        except AwsError as error:
            if error.fault.name == "NoSuchKey":
                return None
            if error.is_denial:
                raise ExplainedError(
                    f"You may not read {listed.name} in bucket {self.name} ({error.fault}). {BECOME_OPERATOR}"
                ) from error
            raise
        body: bytes = answer["Body"]  # type: ignore[assignment]  # `ask` has read the stream
        return read_failure_object(body)

    def remove(self, name: str) -> None:
        """Delete an object, if it still exists. Raises AwsError unless S3 confirms it."""
        ask(self.s3.delete_object, DELETED, RetryPolicy(), Bucket=self.name, Key=name)


def open_bucket(name: str, prefix: str) -> FailureBucket:
    """Return the bucket with a client for it."""
    return FailureBucket(connect("s3"), name, prefix)
