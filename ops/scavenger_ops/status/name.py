"""The name of a function, in all the ways in which Lambda takes one."""

import re
from typing import NamedTuple

from scavenger_ops.command import CommandError

# A name, a partial ARN or an ARN, each with or without a version or alias. Source: API_GetFunctionConfiguration.html.
_NAME = re.compile(
    r"(arn:[a-z-]+:lambda:)?((?P<region>[a-z]{2,}(-[a-z]+)+-\d):)?((?P<account>\d{12}):)?(function:)?"
    r"(?P<name>[a-zA-Z0-9_-]{1,140})(:(\$LATEST|[a-zA-Z0-9_-]+))?"
)


class Name(NamedTuple):
    """The plain name, by which CloudWatch knows a function; versions and aliases share it. And the account, if told."""

    plain: str
    account: str | None


def parse_name(told: str, region: str) -> Name:
    """Return the parts of a name that matter here.

    Raises CommandError if it is no name, or that of a function in another Region than the settings name.
    """
    match = _NAME.fullmatch(told)
    if not match:
        raise CommandError(f"{told[:200]!r} is no name or ARN of a function. Give the name that the deployment has.")
    if match["region"] and match["region"] != region:
        raise CommandError(
            f"Function {match['name']} is in {match['region']}, and the AWS settings name {region}. "
            f"Set AWS_REGION={match['region']}."
        )
    return Name(match["name"], match["account"])


def account_of(arn: str) -> str | None:
    """Return the account in arn:<partition>:<service>:<region>:<account>:..., if it has one."""
    return next(iter(arn.split(":")[4:5]), None)


def check_account(arn: str | None, name: Name) -> None:
    """Raise CommandError if a function has been found in another account than was told: it is a namesake."""
    account = account_of(arn) if arn else None
    if name.account and account and account != name.account:
        raise CommandError(
            f"Function {name.plain} is to be in account {name.account}, and the credentials are of {account}: "
            "use those of its account (AWS_PROFILE)."
        )
