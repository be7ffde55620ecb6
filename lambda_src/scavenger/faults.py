"""Errors of requests to AWS: the cause of each, which decides whether the request is sent again."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Literal, NamedTuple

from botocore.exceptions import (
    ChecksumError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.exceptions import ConnectionError as BotoConnectionError

from scavenger.redaction import redact, redact_answer

# The cause of an error, and what batch_delete does about it:
# - request: the request itself, as a rule one of its keys. It is halved until the rejected key is known.
# - permanent: a missing resource or permission. No retry changes it, so deletes stop: table_error.TableError says when,
#   and what happens then. Or a condition that is not met: that is an answer (delete_request.py).
# - credentials: AWS rejects them now and then although they are valid. Deletes stop only if none was accepted before.
# - passing: load, a server or the network. The deletes are sent again with backoff.
# - unknown: as passing, but if nothing was accepted in all the time, it is raised as a TableError.
Cause = Literal["request", "permanent", "credentials", "passing", "unknown"]

# AccessDenied and NoSuch... are the codes of S3 and CloudWatch, the others those of the other services.
DENIALS = ("AccessDenied", "AccessDeniedException")
ABSENCES = ("NoSuchBucket", "NoSuchKey", "ResourceNotFoundException")

CONDITION_NOT_MET = "ConditionalCheckFailedException"

# AWS documents "OK to retry" for throttling, for a write to the same row in another Region and for 5xx. botocore
# retries some more codes. Sources: Programming.Errors.html, API_BatchWriteItem.html; botocore's retries/standard.py.
_CAUSES: Mapping[str, Cause] = {
    **dict.fromkeys(("SerializationException", "ValidationException"), "request"),
    **dict.fromkeys((*DENIALS, *ABSENCES, CONDITION_NOT_MET), "permanent"),
    **dict.fromkeys(
        (
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ),
        "credentials",
    ),
    **dict.fromkeys(
        (
            "BandwidthLimitExceeded",
            "ItemCollectionSizeLimitExceededException",
            "LimitExceededException",
            "PriorRequestNotComplete",
            "ProvisionedThroughputExceededException",
            "ReplicatedWriteConflictException",
            "RequestAbortedException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "RequestTimeout",
            "RequestTimeoutException",
            "SlowDown",
            "ThrottledException",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
            "TransactionInProgressException",
        ),
        "passing",
    ),
}
_PASSING_STATUSES = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
_IN_TRANSIT = (BotoConnectionError, ChecksumError, HTTPClientError, IncompleteReadError)
_WITHOUT_CREDENTIALS = (NoCredentialsError, PartialCredentialsError)


class Fault(NamedTuple):
    """An error of a request: AWS's code or the exception's name, AWS's message, and the cause.

    `is_rejected`: AWS answered with 4xx, so it did not process the request. Otherwise that is not known.
    """

    name: str
    message: str
    cause: Cause
    is_rejected: bool = False

    def __str__(self) -> str:
        """Return name and message."""
        return f"{self.name}: {self.message}" if self.message else self.name


def fault_of(error: Exception) -> Fault:
    """Return the error that botocore raised for a request as a Fault. Its message is redacted (redaction.py)."""
    if isinstance(error, ClientError):
        code, message = redact_answer(error)
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        is_rejected = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        passes = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING_STATUSES
        return Fault(code, message, "passing" if passes else _CAUSES.get(code, "unknown"), is_rejected)
    name = type(error).__name__
    if isinstance(error, _IN_TRANSIT):
        # AWS may have processed the request or not.
        return Fault(name, "", "passing")
    if isinstance(error, _WITHOUT_CREDENTIALS):
        return Fault(name, redact(error), "credentials")
    # For a body that does not come from AWS, such as a proxy's page, botocore raises many types of exceptions.
    return Fault(name, redact(error), "unknown")
