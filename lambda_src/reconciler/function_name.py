"""The name of a function, in all the forms that Lambda accepts, and the configuration of the function that has it."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.aws.ask import FIRST_REQUESTS, ask
from reconciler.aws.errors import AwsError
from reconciler.aws.form import Form
from reconciler.explained_error import ExplainedError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

# A name, a partial ARN or an ARN, each with or without a version or alias. Source: API_GetFunctionConfiguration.html.
_NAME = re.compile(
    r"(arn:[a-z-]+:lambda:)?((?P<region>[a-z]{2,}(-[a-z]+)+-\d):)?((?P<account>\d{12}):)?(function:)?"
    r"(?P<name>[a-zA-Z0-9_-]{1,140})(:(\$LATEST|[a-zA-Z0-9_-]+))?"
)


class FunctionName(NamedTuple):
    """The plain name, which CloudWatch uses for all versions and aliases, and the account if the caller named one."""

    plain: str
    account: str | None


def parse_function_name(text: str, region: str) -> FunctionName:
    """Return the plain name and the account.

    Raises ExplainedError if the text is not a name, or names a function in another Region than the AWS settings.
    """
    match = _NAME.fullmatch(text)
    if not match:
        raise ExplainedError(
            f"{text[:200]!r} is not the name or ARN of a function. Use the name of the deployment's function."
        )
    if match["region"] and match["region"] != region:
        raise ExplainedError(
            f"Function {match['name']} is in {match['region']}, but the AWS settings have {region}. "
            f"Add --region {match['region']}."
        )
    return FunctionName(match["name"], match["account"])


def account_of(arn: str) -> str | None:
    """Return the account in arn:<partition>:<service>:<region>:<account>:..., if it has one."""
    return next(iter(arn.split(":")[4:5]), None)


def check_account(arn: str | None, name: FunctionName) -> None:
    """Raise ExplainedError if the function that was found is in another account than the name: it is another one."""
    account = account_of(arn) if arn else None
    if name.account and account and account != name.account:
        raise ExplainedError(
            f"Function {name.plain} is in account {name.account}, but the credentials are for account {account}. "
            f"Use credentials for account {name.account} (AWS_PROFILE)."
        )


def no_function(name: FunctionName, region: str) -> ExplainedError:
    """Return the error for a function that does not exist."""
    return ExplainedError(
        f"There is no function {name.plain} in {region}. Use the name of the deployment's function (output "
        "function_name of its configuration), and name its Region and the profile of its account (--region, --profile)."
    )


def read_configuration(functions: "LambdaClient", called: str, form: Form) -> Mapping[str, Any]:
    """Return the configuration of the function with this name or ARN, in this form.

    Raises ExplainedError if there is none, and AwsError if AWS does not return it.
    """
    region = functions.meta.region_name
    name = parse_function_name(called, region)
    form = {"FunctionArn?": str, **form}
    try:
        configuration = ask(functions.get_function_configuration, form, FIRST_REQUESTS, FunctionName=called)
    except AwsError as error:
        if error.is_absence:
            raise no_function(name, region) from error
        raise
    check_account(configuration.get("FunctionArn"), name)
    return configuration
