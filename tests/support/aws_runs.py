"""Runs of `make test-aws` on the local AWS."""

from collections.abc import Callable
from typing import Any

from aws.run_names import PREFIX
from scavenger_ops.toolchain import BIN

# As in the Makefile.
PYTEST = (str(BIN / "pytest"), "--numprocesses=6", "--dist=loadgroup", "--no-loadscope-reorder")
RUN_TIMEOUT_S = 900


def names_left(client: Callable[[str], Any]) -> set[str]:
    """Return the names of all tables, roles, functions, buckets, log groups and state machines of a run."""
    listed = [
        *client("dynamodb").list_tables()["TableNames"],
        *(role["RoleName"] for role in client("iam").list_roles()["Roles"]),
        *(function["FunctionName"] for function in client("lambda").list_functions()["Functions"]),
        *(bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]),
        *(group["logGroupName"] for group in client("logs").describe_log_groups()["logGroups"]),
        *(machine["name"] for machine in client("stepfunctions").list_state_machines()["stateMachines"]),
        *(alarm["AlarmName"] for alarm in client("cloudwatch").describe_alarms()["MetricAlarms"]),
        *(board["DashboardName"] for board in client("cloudwatch").list_dashboards()["DashboardEntries"]),
    ]
    return {name for name in listed if PREFIX in name}
