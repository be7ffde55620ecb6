"""Deploy the root configuration to a local AWS, and read the dashboard and alarms that Terraform creates."""

import json
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from scavenger_ops.local.ministack import local_aws
from scavenger_ops.terraform import PACKAGE, copy_configuration, run_terraform


class Monitoring(NamedTuple):
    """The dashboard's widgets, and the alarms by ARN. Both have the names of Terraform's attributes."""

    widgets: list[dict[str, Any]]
    alarms: dict[str, dict[str, Any]]


def deploy() -> Monitoring:
    """Return the monitoring of a deployment to a local AWS, which ends afterwards."""
    variable = f"-var=package_path={PACKAGE}"
    with tempfile.TemporaryDirectory(prefix="scavenger-pictures-") as name:
        folder = Path(name)
        with local_aws(folder) as environment:
            terraform = partial(run_terraform, copy_configuration(folder), environment=environment)
            terraform("init", "-input=false")
            terraform("apply", "-auto-approve", "-input=false", variable)
            # Only a plan has every attribute, because the local AWS does not return statistics; and only a plan
            # after the apply knows the ARNs.
            terraform("plan", "-input=false", "-out=plan", variable)
            return read_monitoring(json.loads(terraform("show", "-json", "plan")))


def read_monitoring(plan: dict[str, Any]) -> Monitoring:
    """Return the monitoring in a plan."""
    modules = plan["planned_values"]["root_module"]["child_modules"]
    resources = [resource for module in modules for resource in module["resources"]]
    (body,) = (each["values"]["dashboard_body"] for each in resources if each["type"] == "aws_cloudwatch_dashboard")
    alarms = [each["values"] for each in resources if each["type"] == "aws_cloudwatch_metric_alarm"]
    return Monitoring(json.loads(body)["widgets"], {alarm["arn"]: alarm for alarm in alarms})
