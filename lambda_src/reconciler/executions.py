"""Lists the executions of a state machine that are running."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from reconciler.aws.ask import FIRST_REQUESTS, ask_pages

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_TOKENS = ("nextToken", "nextToken")


def running_executions(client: "SFNClient", state_machine_arn: str) -> Iterator[tuple[str, datetime]]:
    """Yield the ARN of each execution that is running, and when it began. Raises AwsError.

    The list is eventually consistent. Source: API_ListExecutions.html.
    """
    form = {"executions": [{"executionArn": str, "startDate": datetime}]}
    wanted = {"stateMachineArn": state_machine_arn, "statusFilter": "RUNNING"}
    for page in ask_pages(client.list_executions, form, FIRST_REQUESTS, _TOKENS, **wanted):
        yield from ((each["executionArn"], each["startDate"]) for each in page["executions"])
