"""Reads the lines of the function's log that status needs."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.aws.ask import RetryPolicy, ask_pages
from reconciler.aws.errors import AwsError

from scavenger_ops.logs.line import LogLine, read_line
from scavenger_ops.logs.reading import PROBLEMS_PATTERN, TOKENS

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

# As far back as the metrics of errors go. To search a day of a busy function's log could take longer than status has.
# What is lost after the retries stays visible for a day by the metric DroppedEventCount.
WINDOW = timedelta(hours=1)
_FORM = {"events": [{"timestamp?": int, "message?": str}]}


class ReadLog(NamedTuple):
    """The lines that were read, and whether the log group exists."""

    lines: tuple[LogLine, ...] = ()
    exists: bool = True


def read_log(logs: "CloudWatchLogsClient", group: str, at: datetime, retry_policy: RetryPolicy) -> ReadLog:
    """Read the lines of the last hour about failures. Raises AwsError and Stopped."""
    wanted: dict[str, Any] = {
        "logGroupName": group,
        "filterPattern": PROBLEMS_PATTERN,
        "startTime": _milliseconds(at - WINDOW),
        "endTime": _milliseconds(at),
    }
    try:
        pages = list(ask_pages(logs.filter_log_events, _FORM, retry_policy, TOKENS, **wanted))
    except AwsError as error:
        if error.is_absence:
            return ReadLog(exists=False)
        raise
    events = [event for page in pages for event in page["events"]]
    told = [event for event in events if "timestamp" in event and "message" in event]
    lines = (read_line(event["timestamp"], event["message"]) for event in told)
    return ReadLog(tuple(line for line in lines if line))


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1000)
