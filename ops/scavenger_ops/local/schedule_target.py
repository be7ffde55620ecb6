"""Lets a schedule start a state machine, if its role permits that.

MiniStack starts it whatever the role allows, and knows of no role when a schedule is made.
Sources, all of EventBridge Scheduler: setting-up.html, execution role; API_CreateSchedule.html;
cross-service-confused-deputy-prevention.html, which names the group of the schedule as aws:SourceArn.
"""

from typing import Any, cast

from ministack.services import eventbridge, scheduler

from scavenger_ops.local.role_permission import is_trusted, refusal

INVOKE = eventbridge._invoke_target  # noqa: SLF001 - there is no public function
CREATE = scheduler._create_schedule  # noqa: SLF001 - likewise
UPDATE = scheduler._update_schedule  # noqa: SLF001 - likewise
Answer = tuple[int, dict[str, str], bytes]
SERVICE = "scheduler.amazonaws.com"


def install() -> None:
    """Let MiniStack use the functions of this module."""
    eventbridge._invoke_target = invoke  # noqa: SLF001 - there is no other
    scheduler._create_schedule = create  # noqa: SLF001 - likewise
    scheduler._update_schedule = update  # noqa: SLF001 - likewise


def invoke(target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: object = None) -> None:
    """Invoke the target of a schedule or rule. AWS tells nobody but a metric if the role of a schedule forbids it."""
    if event.get("Source") == "aws.scheduler" and ":states:" in target["Arn"]:
        refused = refusal(target["RoleArn"], "states:StartExecution", target["Arn"], SERVICE, group_of(rule["Arn"]))
        if refused:
            scheduler.logger.warning("Schedule %s cannot start its target: %s", rule["Arn"], refused)
            return
    INVOKE(target, event, rule, view)


def create(name: str, request: dict[str, Any]) -> Answer:
    """Create a schedule."""
    return _refused(name, request) or cast("Answer", CREATE(name, request))


def update(name: str, request: dict[str, Any]) -> Answer:
    """Change a schedule."""
    return _refused(name, request) or cast("Answer", UPDATE(name, request))


def group_of(schedule_arn: str) -> str:
    """Return the ARN of the group of a schedule, whose own ARN ends with :schedule/<group>/<name>."""
    return schedule_arn.replace(":schedule/", ":schedule-group/", 1).rpartition("/")[0]


def _refused(name: str, request: dict[str, Any]) -> Answer | None:
    """Return the answer of AWS if it cannot assume the role; None if it can."""
    role = request.get("Target", {}).get("RoleArn", "")
    arn = scheduler._schedule_arn(request.get("GroupName", "default"), name)  # noqa: SLF001 - there is no other
    if is_trusted(role, SERVICE, group_of(arn)):
        return None
    message = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
    return cast("Answer", scheduler._error(400, "ValidationException", message))  # noqa: SLF001 - there is no other
