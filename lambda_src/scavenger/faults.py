"""Why a request to AWS came to nothing, and whether to send it again."""

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

# What a fault may come of: the request itself (one of its keys, as a rule); a missing resource or permission, or a
# condition that is not met, which no retry changes; credentials, which AWS refuses now and then though they are right;
# load, a server or the network, which pass; or what nobody knows.
Cause = Literal["request", "permanent", "credentials", "passing", "unknown"]

# The codes of S3 and CloudWatch, and those of the other services.
DENIALS = ("AccessDenied", "AccessDeniedException")
ABSENCES = ("NoSuchBucket", "NoSuchKey", "ResourceNotFoundException")

CONDITION_NOT_MET = "ConditionalCheckFailedException"

# Of all codes, AWS says "OK to retry" of throttling, of a write to the same row in another Region and of 5xx. botocore
# retries some more. Sources: Programming.Errors.html, API_BatchWriteItem.html; botocore's retries/standard.py.
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
    """Why a request came to nothing: AWS's code or the exception's name, AWS's words, and what it may come of.

    A request that AWS refused was not carried out; of any other, that is not known.
    """

    name: str
    message: str
    cause: Cause
    is_refusal: bool = False

    def __str__(self) -> str:
        """Return name and message."""
        return f"{self.name}: {self.message}" if self.message else self.name


def fault_of(error: Exception) -> Fault:
    """Sort what botocore raises of a request. The text is cut to what an error or a log line may say."""
    if isinstance(error, ClientError):
        code, message = redact_answer(error)
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        is_refusal = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        passes = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING_STATUSES
        return Fault(code, message, "passing" if passes else _CAUSES.get(code, "unknown"), is_refusal)
    name = type(error).__name__
    if isinstance(error, _IN_TRANSIT):
        # Whether it was carried out is unknown.
        return Fault(name, "", "passing")
    if isinstance(error, _WITHOUT_CREDENTIALS):
        return Fault(name, redact(error), "credentials")
    # What botocore raises over a body that is none of AWS's, such as a proxy's page, is of many types.
    return Fault(name, redact(error), "unknown")
