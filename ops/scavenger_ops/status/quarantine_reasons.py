"""Reads from the failure bucket why the function quarantined records."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from reconciler.aws.ask import RetryPolicy, ask
from reconciler.aws.errors import AwsError
from scavenger.redaction import redact

from scavenger_ops.status.background_read import start_read
from scavenger_ops.status.failure_facts import QuarantineReasons

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_FORM = {"Body": bytes}
_DENIED = (
    "s3:GetObject is missing, or the policy of the bucket does not allow your role or user "
    "(failure_bucket_operator_arns of the module)."
)


def read_reasons(s3: "S3Client", bucket: str, keys: Sequence[str], retry_policy: RetryPolicy) -> QuarantineReasons:
    """Return the reasons in these objects, which are read at the same time. Nothing else of them is kept."""
    reads = [start_read(lambda key=key: _read(s3, bucket, key, retry_policy)) for key in keys]  # type: ignore[misc]
    records: Counter[str] = Counter()
    fault = None
    for read in reads:
        try:
            records.update(read.result())
        except AwsError as error:
            fault = _DENIED if error.is_denial else str(error)
    return QuarantineReasons(dict(records.most_common()), fault)


def _read(s3: "S3Client", bucket: str, key: str, retry_policy: RetryPolicy) -> list[str]:
    answer: Any = ask(s3.get_object, _FORM, retry_policy, Bucket=bucket, Key=key)
    return list(_reasons(answer["Body"]))


def _reasons(content: bytes) -> Iterator[str]:
    """Yield the reasons in an object. Something else that lies in the bucket has none."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return
    reasons = found.get("reasons") if isinstance(found, dict) else None
    yield from (redact(reason) for reason in (reasons if isinstance(reasons, list) else ()))
