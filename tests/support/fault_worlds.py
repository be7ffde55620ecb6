"""What the commands work on while faults are injected, and what must hold of it afterwards."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from support.fault_proxy import FaultRule
from support.pipelines import Aws, AwsPipeline

# The operations that delete, whose lost answers leave the count behind what is gone.
DELETES = ("dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "s3:DeleteObject", "lambda:Invoke")
Report = Mapping[str, Any]


class Trust(NamedTuple):
    """How exactly the reports have to tell what is gone."""

    # One process did it all.
    is_alone: bool
    # Each process has reported.
    is_told: bool
    # And no request that counts had a fault.
    is_exact: bool


class World(ABC):
    """Something for a command to work on. Each check returns what does not hold, in words."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.restaged: dict[str, str] = {}

    arguments: tuple[str, ...]
    # The kinds of requests whose faults may put a report in doubt, by how they begin.
    decisive: tuple[str, ...] = DELETES

    def restaging(self, seed: int, *, is_same_age: bool) -> list[FaultRule]:  # noqa: ARG002 - for what has such rows
        """Return rules that stage rows anew while the command works, with the same time or with now."""
        return []

    @abstractmethod
    def check(self, reports: Sequence[Report], trust: Trust) -> list[str]:
        """Check that nothing is gone that must stay, and that nothing was counted that is not gone."""

    @abstractmethod
    def check_end(self, code: int, report: Report) -> list[str]:
        """Check that a run without faults has finished the work."""

    def close(self) -> None:  # noqa: B027 - not all have something to remove
        """Remove it."""


class StatusWorld(World):
    """A pipeline that is well."""

    decisive = ("",)

    def __init__(self, aws: Aws, pipeline: AwsPipeline) -> None:
        super().__init__(aws)
        self.arguments = ("status", "--name", pipeline.function, "--json")

    def check(self, reports: Sequence[Report], trust: Trust) -> list[str]:
        """See that it is well without a fault, and says why it is not."""
        wrong = []
        for report in reports:
            if trust.is_exact and not report["is_well"]:
                wrong.append(f"it is not well without a fault: {report['findings']} {report['unknown']}")
            if not report["is_well"] and not report["findings"] and not report["unknown"]:
                wrong.append("it does not say why it is not well")
        return wrong

    def check_end(self, code: int, report: Report) -> list[str]:
        """Say what is wrong unless all is well: nothing of a run without faults is left."""
        return [] if code == 0 and report.get("is_well") else [f"it is not well in the end: {code}, {report}"]
