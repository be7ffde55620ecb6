"""A stand-in for the context that Lambda passes to the function."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def make_context(remaining_s: float = 60.0, monotonic: Callable[[], float] = time.monotonic) -> "LambdaContext":
    """Return the context of an invocation that Lambda stops after `remaining_s` seconds."""
    ends_at = monotonic() + remaining_s
    context = SimpleNamespace(
        function_name="scavenger",
        function_version="$LATEST",
        memory_limit_in_mb=256,
        invoked_function_arn="arn:aws:lambda:us-east-1:000000000000:function:scavenger",
        aws_request_id="00000000-0000-0000-0000-000000000000",
        get_remaining_time_in_millis=lambda: int(1000 * (ends_at - monotonic())),
    )
    return cast("LambdaContext", context)
