"""The text of the error for each failed request to AWS: what failed, why, and what to do (AccessDenied: `_remedy`)."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ParamValidationError
from scavenger.faults import ABSENCES, DENIALS, Fault, fault_of
from scavenger.redaction import redact

from reconciler.explained_error import ExplainedError, NoAwsError

# The name, beside AWS's error codes, of a response that does not have the expected form.
OTHER_FORM = "OtherForm"
# Services that nobody knows by the name in botocore.
_SERVICES = {"SFN": "Step Functions"}
# Permissions whose name differs from the operation's. Source: the Service Authorization Reference.
_PERMISSIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:ListObjectsV2": "s3:ListBucket",
}
# Services whose name in permissions is not boto3's.
_SERVICES = {"stepfunctions": "states"}
# What a request is for, by the parameter that names it.
_TARGETS = {
    "FunctionName": "function",
    "TableName": "table",
    "UUID": "event source mapping",
    "Bucket": "bucket",
    "Key": "object",
    "logGroupName": "log group",
    "stateMachineArn": "state machine",
    "executionArn": "execution",
    "mapRunArn": "Map Run",
}

_REMEDIES = {
    "EndpointConnectionError": "Check that this machine can reach AWS, and check the Region (AWS_REGION), "
    "endpoint (AWS_ENDPOINT_URL) and proxy (HTTPS_PROXY).",
    OTHER_FORM: "Something other than AWS may have answered: check the proxy (HTTPS_PROXY) and the endpoint "
    "(AWS_ENDPOINT_URL).",
    "NoCredentialsError": "Sign in, or set a profile that has credentials (AWS_PROFILE).",
    "NoRegionError": "Set the Region (AWS_REGION).",
    "ProfileNotFound": "Set AWS_PROFILE to a profile that exists.",
    "RequestTimeTooSkewed": "Correct this machine's clock, then run this again.",
    "ParamValidationError": "Correct the value, then run this again.",
}
# The faults of this machine's settings: AWS was not asked, or refused to listen.
_SETTINGS_FAULTS = ("NoCredentialsError", "NoRegionError", "ProfileNotFound", "RequestTimeTooSkewed")
# Codes of throttling. Source: Programming.Errors.html, API_Invoke.html, S3's ErrorResponses.html.
_OF_THROTTLING = re.compile(r"Throttl|ThroughputExceeded|RequestLimitExceeded|TooManyRequests|SlowDown")
# botocore's errors of a connection, and the error of a request whose time is up.
_OF_CONNECTIONS = re.compile(r"(Connection|Timeout|SSL|HTTPClient|IncompleteRead|Streaming|NoAnswer)\w*Error$")
_ABSENT = "It does not exist there: check its name, the Region and the account (AWS_REGION, AWS_PROFILE)."
_LATER = (
    "AWS throttles the request: run this again later. If it is for a table, raise its capacity or use less of it "
    "(--max-read-units, --max-write-units)."
)
# The message for a wrong clock names the time of the signature and AWS's time.
# Source: reference_sigv-troubleshooting.html.
_SKEWED = re.compile(r"signature (expired|not yet current).*\d{8}T\d{6}Z", re.IGNORECASE)
_OF_SIGNING_IN = re.compile(r"Credential|Login|SSO|Token")
_SIGN_IN = "The credentials have expired or are wrong: sign in again, then run this again."


class AwsError(ExplainedError):
    """A request to AWS failed. The text says which, why, and what to do."""

    def __init__(self, text: str, fault: Fault, answer: Mapping[str, Any] | None = None) -> None:
        super().__init__(text)
        self.fault = fault
        # Whether AWS may have carried out one of the attempts.
        self.is_in_doubt = not fault.is_rejected
        # The members of the error response besides code and message.
        self.answer = answer or {}

    @property
    def is_unasked(self) -> bool:  # type: ignore[override]  # it depends on the fault
        """Whether AWS could not be asked, or something other than AWS answered."""
        name = self.fault.name
        is_setting = self.fault.cause == "credentials" or name in _SETTINGS_FAULTS or name == OTHER_FORM
        return bool(is_setting or _OF_SIGNING_IN.search(name) or _OF_CONNECTIONS.search(name))

    @property
    def is_denial(self) -> bool:
        """Whether AWS denies the request because a permission is missing."""
        return self.fault.name in DENIALS

    @property
    def is_absence(self) -> bool:
        """Whether AWS says that the resource does not exist."""
        return self.fault.name in ABSENCES


class RequestDescription(NamedTuple):
    """A request in the words of an error: the service, the operation, its permission, and what it is for."""

    service: str
    operation: str
    permission: str
    target: str

    def __str__(self) -> str:
        """Return the operation and its target."""
        return f"{self.operation} for {self.target}" if self.target else self.operation


def describe_request(send: Any, params: Mapping[str, Any]) -> RequestDescription:  # noqa: ANN401 - a client's method
    """Describe a call of a client's method for an error."""
    operation = "".join(word.capitalize() for word in getattr(send, "__name__", "request").split("_"))
    # A client of boto3 knows AWS's spelling.
    meta = getattr(getattr(send, "__self__", None), "meta", None)
    names = getattr(meta, "method_to_api_mapping", {})
    operation = names.get(send.__name__, operation) if names else operation
    model = getattr(meta, "service_model", None)
    service = getattr(model, "service_name", "aws")
    permission = f"{_SERVICES.get(service, service)}:{operation}"
    targets = [f"{what} {params[name]}" for name, what in _TARGETS.items() if isinstance(params.get(name), str)]
    targets += [f"table {name}" for name in params.get("RequestItems", ())]
    return RequestDescription(
        service=_SERVICES.get(service := str(getattr(model, "service_id", "AWS")), service),
        operation=operation,
        permission=_PERMISSIONS.get(permission, permission),
        target=", ".join(targets),
    )


def fault_of_form(flaw: str, came: str) -> Fault:
    """Return the fault of a response without the expected form. `flaw` says what is wrong, `came` what came."""
    return Fault(OTHER_FORM, f"{flaw}; it was {came}" if came else flaw, "unknown")


def fault_in(error: Exception) -> Fault:
    """Classify an exception of a client. The message may say more than the function logs."""
    if isinstance(error, ParamValidationError):
        return Fault(type(error).__name__, redact(str(error.kwargs.get("report"))), "permanent")
    fault = fault_of(error)
    return fault if fault.message else fault._replace(message=redact(error) if isinstance(error, BotoCoreError) else "")


def aws_error(
    request: RequestDescription, fault: Fault, attempts: str = "", answer: Mapping[str, Any] | None = None
) -> AwsError:
    """Return the error for a failed request. `attempts` is empty, or says how often it was tried."""
    if fault.name == OTHER_FORM:
        told = f"{request.service} request {request} got an unexpected response{attempts}: {fault.message}."
    else:
        told = f"{request.service} request {request} failed{attempts} ({fault})."
    return AwsError(f"{told} {_remedy(request, fault)}", fault, answer)


def settings_error(error: Exception) -> ExplainedError:
    """Return the error for AWS settings from which no client can be created."""
    fault = fault_in(error)
    remedy = _REMEDIES.get(
        fault.name, "Correct the setting: an AWS_... variable, or an entry of your AWS configuration file."
    )
    return NoAwsError(f"The AWS settings are not valid: {fault.message.rstrip('.')}. {remedy}")


def _remedy(request: RequestDescription, fault: Fault) -> str:
    name, is_credentials = fault.name, fault.cause == "credentials"
    remedies = (
        (name in DENIALS, f"Allow your role or user {request.permission}."),
        (name in ABSENCES, _ABSENT),
        (_SKEWED.search(fault.message), _REMEDIES["RequestTimeTooSkewed"]),
        (name in _REMEDIES, _REMEDIES.get(name)),
        (is_credentials or _OF_SIGNING_IN.search(name), _SIGN_IN),
        (_OF_THROTTLING.search(name), _LATER),
        (_OF_CONNECTIONS.search(name), _REMEDIES["EndpointConnectionError"]),
        (fault.cause == "passing", "Run this again later."),
    )
    return next(
        (text for applies, text in remedies if applies and text), "Fix what the error names, then run this again."
    )
