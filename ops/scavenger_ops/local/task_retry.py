"""Retries a state as Step Functions does: with MaxDelaySeconds and JitterStrategy, and never after a terminal error.

Source: concepts-error-handling.html, Retrying after an error, States.ALL.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from ministack.services import stepfunctions

FIND_RETRIER = stepfunctions._find_matching_retrier  # noqa: SLF001 - there is no public function
MATCHES = stepfunctions._error_matches  # noqa: SLF001 - likewise
# Neither States.ALL nor States.TaskFailed stands for them.
TERMINAL = {"States.DataLimitExceeded", "States.Runtime"}


def install() -> None:
    """Let MiniStack use the functions of this module."""
    stepfunctions._find_matching_retrier = find_retrier  # noqa: SLF001 - there is no other
    stepfunctions._error_matches = matches  # noqa: SLF001 - likewise


def find_retrier(
    retriers: Sequence[dict[str, Any]], error: str, counts: Mapping[int, int]
) -> tuple[dict[str, Any] | None, int]:
    """Return the retrier of an error, with the delay of its next attempt as its interval, and its index."""
    retrier, index = FIND_RETRIER(retriers, error, counts)
    if retrier is None:
        return None, index
    delay_s = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** counts.get(index, 0)
    delay_s = min(delay_s, retrier.get("MaxDelaySeconds", delay_s))
    if retrier.get("JitterStrategy") == "FULL":
        delay_s *= random.random()  # noqa: S311 - nothing is secret
    return {**retrier, "IntervalSeconds": delay_s, "BackoffRate": 1}, index


def matches(named: Sequence[str], error: str) -> bool:
    """Return whether the names of a retrier or catcher stand for an error."""
    return error in named if error in TERMINAL else bool(MATCHES(named, error))
