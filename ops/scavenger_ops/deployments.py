"""Finds deployments by their functions, so that a name, or none at all, is enough to operate one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reconciler.aws.ask import FIRST_REQUESTS, RetryPolicy, ask_pages
from reconciler.aws.clients import connect
from reconciler.deployed_function import HANDLER_PREFIX
from reconciler.explained_error import ExplainedError
from reconciler.stream_consumers import PAGE_TOKENS

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

# For the shell's completion, during which somebody waits for the prompt.
_COMPLETION = RetryPolicy(attempt_timeout_s=2.0, total_timeout_s=2.0, max_attempts=1)
# The longest list of names in an error.
_MOST_NAMES = 10


def find_only_name() -> str:
    """Return the name of the only deployment in the account and Region. Raises ExplainedError if it is not one."""
    functions: LambdaClient = connect("lambda")
    names = list(_names(functions, FIRST_REQUESTS))
    if len(names) == 1:
        return names[0]
    region = functions.meta.region_name
    if not names:
        raise ExplainedError(
            f"There is no deployment in {region}: no function there has a handler that begins with {HANDLER_PREFIX} "
            "Name its function, or the Region and profile where it is (--region, --profile)."
        )
    listed = ", ".join(sorted(names)[:_MOST_NAMES]) + (", ..." if len(names) > _MOST_NAMES else "")
    raise ExplainedError(f"There are {len(names)} deployments in {region}: {listed}. Name one of them.")


def list_names_quickly() -> list[str]:
    """Return the names of the deployments in the account and Region; none if AWS does not answer at once."""
    try:
        return sorted(_names(connect("lambda"), _COMPLETION))
    except ExplainedError:
        return []


def _names(functions: "LambdaClient", retry_policy: RetryPolicy) -> Iterator[str]:
    """Yield the names of the functions that are deployments of this project."""
    form = {"Functions": [{"FunctionName": str, "Handler?": str}]}
    for page in ask_pages(functions.list_functions, form, retry_policy, PAGE_TOKENS):
        for function in page["Functions"]:
            if function.get("Handler", "").startswith(HANDLER_PREFIX):
                yield function["FunctionName"]
