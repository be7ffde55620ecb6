"""Lists the objects of an S3 bucket."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from reconciler.aws.ask import RetryPolicy, ask_pages, other_form
from reconciler.aws.form import Form

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PAGE_TOKENS = ("ContinuationToken", "NextContinuationToken")


def list_pages(s3: "S3Client", form: Form, retry_policy: RetryPolicy, bucket: str, prefix: str) -> Iterator[Any]:
    """Yield the pages of a bucket's objects with this prefix, as they come. Each page has the form.

    Raises AwsError, also if the listing breaks off, and Stopped.
    """
    form = {**form, "IsTruncated": bool}
    for page in ask_pages(s3.list_objects_v2, form, retry_policy, PAGE_TOKENS, Bucket=bucket, Prefix=prefix):
        yield page
        if page["IsTruncated"] and not page.get("NextContinuationToken"):
            raise other_form(
                s3.list_objects_v2,
                {"Bucket": bucket},
                "it is incomplete: it has more pages, but no token for them",
            )
