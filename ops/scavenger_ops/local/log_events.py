"""Gives each line that MiniStack writes to a function's log an ID, as CloudWatch Logs gives to every event.

Source: API_FilteredLogEvent.html, eventId.
"""

from itertools import count
from typing import Any

from ministack.services import cloudwatch_logs

APPEND = cloudwatch_logs._append_log_events  # noqa: SLF001 - there is no public function
NUMBERS = count(1)
# The IDs of CloudWatch Logs are numbers of 56 digits.
DIGITS = 56


def install() -> None:
    """Let MiniStack use the function of this module."""
    cloudwatch_logs._append_log_events = append  # noqa: SLF001 - there is no other


def append(stream: dict[str, Any], events: list[dict[str, Any]]) -> None:
    """Append events to a log stream, each with an ID."""
    APPEND(stream, [{"eventId": f"{next(NUMBERS):0{DIGITS}}", **event} for event in events])
