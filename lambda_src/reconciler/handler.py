"""One task of the state machine in modules/reconciler: prepare, compare a segment, or summarise."""

import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconciler.explained_error import ExplainedError, RefusedError
from reconciler.pipeline import Pipeline, find_pipeline
from reconciler.preparation import prepare
from reconciler.summary import summarise
from reconciler.telemetry import logger
from reconciler.worker import CONNECTIONS, compare
from reconciler.worker_settings import WorkerSettings

Handler = Callable[[Mapping[str, Any], LambdaContext], dict[str, Any]]
# Settings that change during a run are noticed after so long. To read them takes five requests to Lambda, of which an
# account and Region has 15 a second. Source: gettingstarted-limits.html.
SETTINGS_AGE_S = 300
# The part of its timeout that an invocation works. The rest is for a page that takes longer: a throttled table.
WORKING_SHARE = 1 / 3
# Deletes that are in flight are retried for a minute. The rest is for the result.
MARGIN_S = 75


def make_handler(settings: WorkerSettings) -> Handler:
    """Make the function that the state machine calls with a task, and that returns the task's result.

    Raises RefusedError if the task cannot be done, however often it is tried, and other errors if it may be later.
    """
    current_pipeline = _cached_pipeline(settings.function_name)

    def do(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        task = event.get("task")
        if task == "prepare":
            return prepare(event, settings, find_pipeline(settings.function_name, CONNECTIONS))
        if task == "compare":
            most_s = context.get_remaining_time_in_millis() / 1000 - MARGIN_S
            return compare(event, current_pipeline(event["run"]["fingerprint"]), _has_time(context), most_s)
        if task == "summarise":
            return summarise(event)
        raise RefusedError(f"The task {str(task)[:100]!r} is not known. Only the state machine calls this function.")

    # Explicit, so that no environment variable can make Powertools log the event, which has keys of rows.
    @logger.inject_lambda_context(log_event=False)
    def handle(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        try:
            return do(event, context)
        except ExplainedError as error:
            # The state machine knows a refusal by the name of this class, and not by those of its subclasses.
            kind = RefusedError if isinstance(error, RefusedError) else ExplainedError
            # The texts of requests are for the user of a command.
            raise kind(str(error).replace("your role or user", "the role of this function")) from error

    return handle


def _cached_pipeline(function_name: str) -> Callable[[str], Pipeline]:
    """Return a function that returns the pipeline as it was at most SETTINGS_AGE_S ago.

    If a run knows another one, by its fingerprint, it may have begun after the settings changed: then they are read.
    """

    @lru_cache(maxsize=1)
    def read(_period: float) -> Pipeline:
        return find_pipeline(function_name, CONNECTIONS)

    def current(fingerprint: str) -> Pipeline:
        period = _period()
        if read(period).fingerprint() != fingerprint:
            read.cache_clear()
        return read(period)

    return current


def _period() -> float:
    """Return the number of the present period of SETTINGS_AGE_S, by a clock that goes on while Lambda pauses this."""
    return time.time() // SETTINGS_AGE_S


def _has_time(context: LambdaContext) -> Callable[[], bool]:
    """Return a function that says whether there is time for another page, and the settings are not too old for it."""
    least_ms, period = context.get_remaining_time_in_millis() * (1 - WORKING_SHARE), _period()
    return lambda: context.get_remaining_time_in_millis() > least_ms and _period() == period
