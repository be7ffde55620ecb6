"""What to say of a request to AWS that came to nothing: one sentence, and what to do."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ParamValidationError
from scavenger.faults import ABSENCES, DENIALS, Fault, fault_of
from scavenger.redaction import redact

from scavenger_ops.command import CommandError

# What an answer that has not its form is called, beside AWS's codes.
OTHER_FORM = "OtherForm"
# Where the permission has another name than the operation. Source: the Service Authorization Reference.
_PERMISSIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:ListObjectsV2": "s3:ListBucket",
}
# What a request is about, by the parameter that names it.
_TARGETS = {
    "FunctionName": "function",
    "TableName": "table",
    "UUID": "event source mapping",
    "Bucket": "bucket",
    "Key": "object",
}

_REMEDIES = {
    "EndpointConnectionError": "See that this machine reaches AWS, and that Region (AWS_REGION), endpoint "
    "(AWS_ENDPOINT_URL) and proxy (HTTPS_PROXY) are right.",
    OTHER_FORM: "Something that is not AWS may have answered: a proxy (HTTPS_PROXY), or another endpoint "
    "(AWS_ENDPOINT_URL).",
    "NoCredentialsError": "Sign in, or name a profile that has credentials (AWS_PROFILE).",
    "NoRegionError": "Name the Region (AWS_REGION).",
    "ProfileNotFound": "Name a profile that there is (AWS_PROFILE).",
    "RequestTimeTooSkewed": "Set this machine's clock, and run this again.",
    "ParamValidationError": "Correct that, and run this again.",
}
# Codes of throttling. Source: Programming.Errors.html, API_Invoke.html, S3's ErrorResponses.html.
_OF_THROTTLING = re.compile(r"Throttl|ThroughputExceeded|RequestLimitExceeded|TooManyRequests|SlowDown")
# The names of botocore's errors, and of a request that was given up.
_OF_CONNECTIONS = re.compile(r"(Connection|Timeout|SSL|HTTPClient|IncompleteRead|Streaming|NoAnswer)\w*Error$")
_ABSENT = "See that its name is right, and the Region and account (AWS_REGION, AWS_PROFILE) where it is."
_LATER = (
    "It is throttled: run this again later. If it is a table, give it more capacity, or take less of it "
    "(--max-read-units, --max-write-units)."
)
# Whose clock differs is told by the time of the signature and AWS's own. Source: reference_sigv-troubleshooting.html.
_SKEWED = re.compile(r"signature (expired|not yet current).*\d{8}T\d{6}Z", re.IGNORECASE)
_OF_SIGNING_IN = re.compile(r"Credential|Login|SSO|Token")
_SIGN_IN = "The credentials have expired or are wrong: sign in again, and run this again."


class AwsError(CommandError):
    """AWS did not give what was asked for; the text is one sentence and what to do."""

    def __init__(self, text: str, fault: Fault, answer: Mapping[str, Any] | None = None) -> None:
        super().__init__(text)
        self.fault = fault
        # Whether one of the tries may have been carried out.
        self.is_in_doubt = not fault.is_refusal
        # What was answered beside code and message.
        self.answer = answer or {}

    @property
    def is_denial(self) -> bool:
        """Whether AWS refuses it for want of a permission."""
        return self.fault.name in DENIALS

    @property
    def is_absence(self) -> bool:
        """Whether AWS says that there is no such thing."""
        return self.fault.name in ABSENCES


class RequestDescription(NamedTuple):
    """A request, as an error names it: the service, its operation, the permission, and what it is about."""

    service: str
    operation: str
    permission: str
    target: str

    def __str__(self) -> str:
        """Return operation and target."""
        return f"{self.operation} for {self.target}" if self.target else self.operation


def describe_request(send: Any, params: Mapping[str, Any]) -> RequestDescription:  # noqa: ANN401 - a client's method
    """Return what an error says of a call of a client's method."""
    operation = "".join(word.capitalize() for word in getattr(send, "__name__", "request").split("_"))
    # As AWS writes it, if it is a client of boto3's.
    meta = getattr(getattr(send, "__self__", None), "meta", None)
    names = getattr(meta, "method_to_api_mapping", {})
    operation = names.get(send.__name__, operation) if names else operation
    model = getattr(meta, "service_model", None)
    permission = f"{getattr(model, 'service_name', 'aws')}:{operation}"
    targets = [f"{what} {params[name]}" for name, what in _TARGETS.items() if isinstance(params.get(name), str)]
    targets += [f"table {name}" for name in params.get("RequestItems", ())]
    return RequestDescription(
        service=str(getattr(model, "service_id", "AWS")),
        operation=operation,
        permission=_PERMISSIONS.get(permission, permission),
        target=", ".join(targets),
    )


def fault_of_form(flaw: str, came: str) -> Fault:
    """Return the fault of an answer that has not its form: what is wrong with it, and what came."""
    return Fault(OTHER_FORM, f"{flaw}; it was {came}" if came else flaw, "unknown")


def fault_in(error: Exception) -> Fault:
    """Sort what a client raises, and say more of it than the function has a use for."""
    if isinstance(error, ParamValidationError):
        return Fault(type(error).__name__, redact(str(error.kwargs.get("report"))), "permanent")
    fault = fault_of(error)
    return fault if fault.message else fault._replace(message=redact(error) if isinstance(error, BotoCoreError) else "")


def aws_error(
    request: RequestDescription, fault: Fault, often: str = "", answer: Mapping[str, Any] | None = None
) -> AwsError:
    """Return the error that says what was asked, what came of it, and what to do; and how often it was tried."""
    if fault.name == OTHER_FORM:
        told = f"{request.service} answered {request}{often} with what is not its answer: {fault.message}."
    else:
        told = f"{request.service} did not answer {request}{often} ({fault})."
    return AwsError(f"{told} {_remedy(request, fault)}", fault, answer)


def settings_error(error: Exception) -> CommandError:
    """Return the error of settings that no client can be made with."""
    fault = fault_in(error)
    remedy = _REMEDIES.get(fault.name, "Correct that setting: a variable AWS_..., or in the file of profiles.")
    return CommandError(f"The AWS settings cannot be used: {fault.message.rstrip('.')}. {remedy}")


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
    return next((text for applies, text in remedies if applies and text), "Fix what it names, and run this again.")
