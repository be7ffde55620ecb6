"""The AWS account that the environment names, for the time of a run."""

import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from scavenger_ops.local.limits import VARIABLE

from aws.run_names import NO_RUN_ID, is_run_id

# The permissions boundary of the roles that a run makes, if it may make none without.
BOUNDARY_VARIABLE = "SCAVENGER_TEST_BOUNDARY_ARN"
# The tests write to tables of five units.
_CLIENT = Config(retries={"mode": "standard", "total_max_attempts": 10})


class AccountError(Exception):
    """The environment names no account that a run can use. The text says what to set."""


class Aws(NamedTuple):
    """The account of a run: what its commands need, and a function that makes its clients.

    `principal_arn` is the IAM role or user that the run is. It is empty for the owner of the local AWS, whom no policy
    restricts. `boundary_arn` is the permissions boundary of the roles that the run makes, if they need one.
    """

    environment: dict[str, str]
    region: str
    account: str
    principal_arn: str
    is_local: bool
    run_id: str
    client: Callable[[str], Any]
    boundary_arn: str | None = None


def environment_clients() -> tuple[Callable[[str], Any], str]:
    """Return a function that makes clients of the account that the environment names, and their Region.

    Raises AccountError if the environment names no Region, or a profile that does not exist.
    """
    try:
        session = boto3.Session()
    except BotoCoreError as error:
        raise AccountError(str(error)) from error
    # boto3 knows only AWS_DEFAULT_REGION, Terraform and the AWS CLI also AWS_REGION, which they prefer.
    region = os.environ.get("AWS_REGION") or session.region_name
    if region is None:
        raise AccountError("No Region is set. Set AWS_REGION, or AWS_PROFILE to a profile with a Region.")

    def client(service: str) -> Any:
        return session.client(service, region_name=region, config=_CLIENT)  # type: ignore[call-overload]

    return client, region


def connect(run_id: str) -> Aws:
    """Return the account that the environment names. Raises AccountError if there is none, or it does not answer."""
    if not is_run_id(run_id):
        raise AccountError(NO_RUN_ID % run_id)
    is_local = VARIABLE in os.environ
    client, region = environment_clients()
    try:
        identity = client("sts").get_caller_identity()
        principal_arn = _principal(identity, client("iam"), is_local=is_local)
    except (BotoCoreError, ClientError) as error:
        raise AccountError(
            f"AWS does not say who you are: {error} Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        ) from error
    environment = {**os.environ, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    boundary_arn = os.environ.get(BOUNDARY_VARIABLE) or None
    return Aws(environment, region, identity["Account"], principal_arn, is_local, run_id, client, boundary_arn)


def _principal(identity: Mapping[str, str], iam: Any, *, is_local: bool) -> str:
    """Return the ARN of the role or user that has these credentials, as `failure_bucket_operator_arns` takes it."""
    arn = identity["Arn"]
    kind, _, name = arn.split(":", 5)[5].partition("/")
    if kind == "user":
        return arn
    if kind == "assumed-role":
        # The ARN of a session does not have the role's path.
        return str(iam.get_role(RoleName=name.split("/")[0])["Role"]["Arn"])
    if kind == "root" and is_local:
        return ""
    raise AccountError(f"{arn} is neither a role nor a user, and the failure bucket lets only those in. Use a role.")
