"""What is known of an execution of the state machine, and of the child workflows that compare its segments."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reconciler.aws.ask import RetryPolicy, ask, ask_pages, other_form
from reconciler.aws.form import find_flaw
from reconciler.progress import ComparisonProgress
from reconciler.segment_counts import add_up, is_result

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

TOKENS = ("nextToken", "nextToken")
# Accounts have 10 to 15 DescribeExecution requests a second, for all who ask. Source: service-quotas.html of Step
# Functions. The others wait for the next look.
MOST_DESCRIBED = 20
# How many executions ListExecutions returns at most. Source: API_ListExecutions.html.
PAGE_SIZE = 1000

_EXECUTION_FORM = {"status": str, "startDate": datetime, "error?": str, "cause?": str}
_CHILD_FORM = {"status": str, "input": str, "output?": str, "error?": str}
_INPUT_FORM = {"segment": int, "run": {"older_than_s": int, "age_attribute": str}}
# The states of an item of a Map Run. Source: API_MapRunItemCounts.html.
_DONE_ITEMS = ("succeeded", "failed", "timedOut", "aborted")
_UNFINISHED = ("RUNNING", "PENDING_REDRIVE")


@dataclass(slots=True)
class Execution:
    """An execution: its status, in Step Functions' words, and the results of the segments that are done.

    `run` is what the first state chose for all segments. `results` are those of child workflows, by their ARN, as
    `segment_counts.add_up` takes them. `uncounted` is the number of child workflows that ended without their counts.
    `begun_at` is in epoch seconds.
    """

    arn: str
    status: str = "RUNNING"
    begun_at: float = 0.0
    error: str = ""
    cause: str = ""
    map_run_arn: str = ""
    segments: int = 0
    segments_done: int = 0
    run: Mapping[str, Any] = field(default_factory=dict)
    results: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    uncounted: int = 0

    @property
    def is_over(self) -> bool:
        """Whether it has ended, well or not."""
        return self.status not in _UNFINISHED

    @property
    def is_complete(self) -> bool:
        """Whether it has ended, and nothing more will become known of it."""
        has_no_segments = not self.map_run_arn and self.status != "SUCCEEDED"
        return self.is_over and (has_no_segments or 0 < self.segments <= len(self.results))

    def totals(self) -> tuple[ComparisonProgress, list[int]]:
        """Return the counts of all segments, and the numbers of those that failed or have no result."""
        return add_up(self.results.values(), self.segments)


def look(client: "SFNClient", execution: Execution, policy: RetryPolicy) -> None:
    """Ask for what is new of an execution. Raises AwsError and Stopped."""
    told: Any = ask(client.describe_execution, _EXECUTION_FORM, policy, executionArn=execution.arn)
    execution.status, execution.begun_at = told["status"], told["startDate"].timestamp()
    execution.error, execution.cause = told.get("error", ""), told.get("cause", "")
    execution.map_run_arn = execution.map_run_arn or _find_map_run(client, execution, policy)
    if execution.map_run_arn:
        _look_at_segments(client, execution, policy)


def _find_map_run(client: "SFNClient", execution: Execution, policy: RetryPolicy) -> str:
    """Return the ARN of the only Map Run, or an empty text before it begins."""
    form = {"mapRuns": [{"mapRunArn": str}]}
    told: Any = ask(client.list_map_runs, form, policy, executionArn=execution.arn)
    return next((each["mapRunArn"] for each in told["mapRuns"]), "")


def _look_at_segments(client: "SFNClient", execution: Execution, policy: RetryPolicy) -> None:
    form = {"itemCounts": dict.fromkeys(("total", *_DONE_ITEMS), int)}
    items: Any = ask(client.describe_map_run, form, policy, mapRunArn=execution.map_run_arn)["itemCounts"]
    execution.segments, execution.segments_done = items["total"], sum(items[name] for name in _DONE_ITEMS)
    for arn in _new_children(client, execution, policy)[:MOST_DESCRIBED]:
        child: Any = ask(client.describe_execution, _CHILD_FORM, policy, executionArn=arn)
        given = _members(child["input"])
        if flaw := find_flaw(given, _INPUT_FORM, "input"):
            raise other_form(client.describe_execution, {"executionArn": arn}, flaw)
        _note(execution, arn, given, child)


def _new_children(client: "SFNClient", execution: Execution, policy: RetryPolicy) -> list[str]:
    """Return the ARNs of child workflows that have ended, and whose results are not known yet."""
    form = {"executions": [{"executionArn": str, "status": str}]}
    wanted = {"mapRunArn": execution.map_run_arn, "maxResults": PAGE_SIZE}
    pages = ask_pages(client.list_executions, form, policy, TOKENS, **wanted)
    listed = [each for page in pages for each in page["executions"] if each["status"] not in _UNFINISHED]
    return [each["executionArn"] for each in listed if each["executionArn"] not in execution.results]


def _note(execution: Execution, arn: str, given: Mapping[str, Any], child: Mapping[str, Any]) -> None:
    """Note the result of a child workflow. One that did not end by itself has none, and counts as failed."""
    execution.run = given["run"]
    output = _members(child.get("output", ""))
    if child["status"] == "SUCCEEDED" and is_result(output):
        execution.results[arn] = output
    else:
        execution.uncounted += 1
        error = child.get("error") or child["status"]
        execution.results[arn] = {"segment": given["segment"], "counts": [], "error": error}


def _members(text: str) -> Mapping[str, Any]:
    """Return the members of a JSON object; none if the text is not one."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}
