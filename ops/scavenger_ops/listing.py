"""Lists the objects of a bucket of S3's."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scavenger_ops.aws.ask import RetryPolicy, ask_pages, other_form
from scavenger_ops.aws.form import Form

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PAGE_TOKENS = ("ContinuationToken", "NextContinuationToken")


def list_pages(s3: "S3Client", form: Form, retry_policy: RetryPolicy, bucket: str, prefix: str) -> Iterator[Any]:
    """Return the pages of a bucket's objects whose names begin so, as they come; each has the form, too.

    Raises AwsError, also of a list that breaks off, and Stopped.
    """
    form = {**form, "IsTruncated": bool}
    for page in ask_pages(s3.list_objects_v2, form, retry_policy, PAGE_TOKENS, Bucket=bucket, Prefix=prefix):
        yield page
        if page["IsTruncated"] and not page.get("NextContinuationToken"):
            raise other_form(
                s3.list_objects_v2, {"Bucket": bucket}, "the list goes on: it has more pages, but does not say which"
            )
