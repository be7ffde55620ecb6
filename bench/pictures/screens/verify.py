"""The screens of `scavenger verify`, drawn from reports that never change."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from reconciler.explained_error import ExplainedError
from rich.console import Console
from scavenger_ops.status.report import make_report
from scavenger_ops.verify.clean_up import LeftItem
from scavenger_ops.verify.report import VerifyReport
from scavenger_ops.verify.screen import show_screen
from support.status_facts import HEALTHY

BEGUN = VerifyReport(
    function="orders",
    region="us-east-1",
    staging="orders-staging",
    messages="orders-messages",
    again="scavenger verify orders",
    timeout_s=300,
    batching_window_s=60,
    written_to=["orders-staging", "orders-messages"],
)
VERIFIED = replace(BEGUN, deleted_after_s=61.3)
KEY = '{"messageId": {"S": "scavenger-verify-0f8d6a1c"}, "createdAt": {"N": "1795000000000"}}'
CONDITION = "--condition-expression 'attribute_exists(scavengerVerify)'"
LEFT = LeftItem(
    "orders-messages",
    KEY,
    "It may be left: DynamoDB request DeleteItem for table orders-messages failed after 14 attempts in 58 s "
    "(ProvisionedThroughputExceededException: The level of configured provisioned throughput for the table was "
    "exceeded). Run this again later.",
    f"aws dynamodb delete-item --table-name orders-messages --key '{KEY}' {CONDITION}",
)
STOPPED = make_report(replace(HEALTHY, concurrency=0))
NOT_ALLOWED = ExplainedError(
    "DynamoDB request DeleteItem for table orders-messages failed (AccessDeniedException: not authorized). Allow your "
    "role or user dynamodb:DeleteItem."
)

SCREENS: dict[str, Callable[[Console], None]] = {
    "works": partial(show_screen, VERIFIED),
    "not deleted": partial(show_screen, replace(BEGUN, is_timed_out=True, status=STOPPED)),
    "cause unknown": partial(show_screen, replace(BEGUN, is_timed_out=True, status=make_report(HEALTHY))),
    "item left": partial(show_screen, replace(VERIFIED, left=[LEFT])),
    "not begun": partial(show_screen, replace(BEGUN, written_to=[], error=NOT_ALLOWED)),
}
