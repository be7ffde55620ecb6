"""Runs the reconciler's state machine on the local AWS."""

import json
import time
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

# A run over 100,000 rows takes a minute, and on a busy machine several.
RUN_TIMEOUT_S = 900
POLL_S = 0.2


class StateMachine(NamedTuple):
    """A state machine, and the client for it."""

    client: "SFNClient"
    arn: str

    def start(self, **given: Any) -> str:
        """Start an execution with this input, and return its ARN."""
        return self.client.start_execution(stateMachineArn=self.arn, input=json.dumps(given))["executionArn"]

    def executions(self) -> list[str]:
        """Return the ARNs of the executions, the newest first."""
        listed = self.client.list_executions(stateMachineArn=self.arn)["executions"]
        return [each["executionArn"] for each in listed]

    def status(self, execution_arn: str) -> str:
        """Return the status of an execution."""
        return str(self.client.describe_execution(executionArn=execution_arn)["status"])

    def wait(self, execution_arn: str) -> str:
        """Wait for the end of an execution, and return its status."""
        give_up_at = time.monotonic() + RUN_TIMEOUT_S
        while (status := self.status(execution_arn)) == "RUNNING" and time.monotonic() < give_up_at:
            time.sleep(POLL_S)
        return status

    def run(self, **given: Any) -> Any:
        """Run with this input, and return the output."""
        execution_arn = self.start(**given)
        assert self.wait(execution_arn) == "SUCCEEDED", self.error(execution_arn)
        return json.loads(self.client.describe_execution(executionArn=execution_arn)["output"])

    def refuse(self, **given: Any) -> str:
        """Run with this input, which fails, and return why."""
        execution_arn = self.start(**given)
        assert self.wait(execution_arn) == "FAILED"
        return self.error(execution_arn)

    def error(self, execution_arn: str) -> str:
        """Return the error of an execution, and its cause."""
        found = self.client.describe_execution(executionArn=execution_arn)
        return f"{found.get('error')}: {found.get('cause')}"

    def segments(self, execution_arn: str) -> Any:
        """Return how many segments an execution has, by their status, and the status of all."""
        (listed,) = self.client.list_map_runs(executionArn=execution_arn)["mapRuns"]
        found = self.client.describe_map_run(mapRunArn=listed["mapRunArn"])
        return {**found["itemCounts"], "status": found["status"], "workers": found["maxConcurrency"]}
