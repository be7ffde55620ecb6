"""Reads the function's log from CloudWatch Logs, once or again and again."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.aws.ask import FIRST_REQUESTS, ask_pages
from reconciler.aws.clients import connect
from reconciler.aws.errors import AwsError
from reconciler.explained_error import ExplainedError
from reconciler.function_name import read_configuration

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

# Of the lines that `LogLine.is_problem` is true for. Text beside JSON is not found: if a function is killed or its time
# is over, the report says so as well.
PROBLEMS_PATTERN = (
    '{ ($.level = "WARNING") || ($.level = "ERROR") || ($.level = "CRITICAL") || ($.errorMessage = "*") '
    '|| ($.message = "Batch done" && $.failed > 0) '
    '|| ($.type = "platform.report" && $.record.status != "success") '
    '|| ($.type = "platform.initReport" && $.record.status != "success") '
    '|| ($.type = "platform.logsDropped") }'
)
JSON_FORMAT = "JSON"

CONFIGURATION = {"FunctionName": str, "LoggingConfig?": {"LogGroup?": str, "LogFormat?": str}}
EVENTS = {"events": [{"eventId": str, "timestamp": int, "message": str}]}
TOKENS = ("nextToken", "nextToken")

# A line may come after newer ones, from another execution environment. Each poll reads this time again.
OVERLAP_MS = 60_000
# However old the newest line is, a poll does not read more than this time again.
MOST_READ_AGAIN_MS = 10 * 60_000

Event = dict[str, Any]


class FunctionLog(NamedTuple):
    """The log of a function: its name, Region and log group. `pattern` finds the lines; empty for all."""

    client: "CloudWatchLogsClient"
    name: str
    group: str
    pattern: str

    @property
    def region(self) -> str:
        """The Region."""
        return self.client.meta.region_name

    def read(self, since_ms: int) -> Iterator[Event]:
        """Yield the events since a time, the oldest first. Raises ExplainedError."""
        params: dict[str, Any] = {"logGroupName": self.group, "startTime": max(0, since_ms)}
        params |= {"filterPattern": self.pattern} if self.pattern else {}
        try:
            for page in ask_pages(self.client.filter_log_events, EVENTS, FIRST_REQUESTS, TOKENS, **params):
                yield from page["events"]  # type: ignore[misc]  # its form is checked
        except AwsError as error:
            if error.is_absence:
                raise _no_log(self) from error
            raise


def find_log(called: str, *, only_problems: bool) -> FunctionLog:
    """Find the log of the function with this name or ARN. Raises ExplainedError."""
    configuration = read_configuration(connect("lambda"), called, CONFIGURATION)
    name, logging = configuration["FunctionName"], configuration.get("LoggingConfig", {})
    # A pattern of JSON finds nothing in text.
    is_json = logging.get("LogFormat") == JSON_FORMAT
    pattern = PROBLEMS_PATTERN if only_problems and is_json else ""
    return FunctionLog(connect("logs"), name, logging.get("LogGroup", f"/aws/lambda/{name}"), pattern)


def follow(
    read: Callable[[int], Iterator[Event]], since_ms: int, now_ms: Callable[[], int], wait: Callable[[], bool]
) -> Iterator[Event]:
    """Yield each event since a time once, as it comes, until `wait` returns False after a poll."""
    seen: dict[str, int] = {}
    start_ms = since_ms
    while True:
        for event in read(start_ms):
            if event["eventId"] not in seen:
                seen[event["eventId"]] = event["timestamp"]
                yield event
        # An event may have a time in the future: anybody can put one there.
        newest_ms = min(max(seen.values(), default=since_ms), now_ms())
        start_ms = max(start_ms, newest_ms - OVERLAP_MS, now_ms() - MOST_READ_AGAIN_MS)
        seen = {event_id: at_ms for event_id, at_ms in seen.items() if at_ms >= start_ms}
        if not wait():
            return


def _no_log(log: FunctionLog) -> ExplainedError:
    return ExplainedError(
        f"Function {log.name} has no log in {log.region}: log group {log.group} does not exist. Either nothing has "
        "invoked the function yet, or somebody deleted the group. If it should be there, apply the function's "
        "configuration (terraform apply)."
    )
