"""What the commands work on while faults are injected, and the checks afterwards."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from support.fault_proxy import FaultRule
from support.pipelines import AwsPipeline, LocalAws

# Operations that delete. If their response is lost, the count is lower than what is gone.
DELETES = ("dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "s3:DeleteObject", "lambda:Invoke")
Report = Mapping[str, Any]


class Trust(NamedTuple):
    """How exact the reports must be."""

    # One process did all the work.
    is_alone: bool
    # Each process has reported.
    is_told: bool
    # No request that counts had a fault.
    is_exact: bool
    # No process was killed. Without reports, no request had a fault either: what must be removed is.
    is_cleaned_up: bool = True


class World(ABC):
    """Something for a command to work on. Each check returns what is wrong, in words."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.restaged: dict[str, str] = {}

    arguments: tuple[str, ...]
    # Prefixes of the kinds of requests whose faults make a report inexact.
    decisive: tuple[str, ...] = DELETES

    def restaging(self, seed: int, *, is_same_age: bool) -> list[FaultRule]:  # noqa: ARG002 - subclasses use them
        """Return rules that stage rows again during the command, with the same time or a new one."""
        return []

    @abstractmethod
    def check(self, reports: Sequence[Report], trust: Trust) -> list[str]:
        """Check that nothing is gone that must stay, and that only deleted things are counted as deleted."""

    @abstractmethod
    def check_end(self, code: int, report: Report) -> list[str]:
        """Check that a run without faults has finished the work."""

    def close(self) -> None:  # noqa: B027 - not all worlds have something to remove
        """Remove what was created."""


class StatusWorld(World):
    """A healthy pipeline."""

    decisive = ("",)

    def __init__(self, aws: LocalAws, pipeline: AwsPipeline) -> None:
        super().__init__(aws)
        self.arguments = ("status", "--name", pipeline.function, "--json")

    def check(self, reports: Sequence[Report], trust: Trust) -> list[str]:
        """Check that status is well without a fault, and otherwise says why it is not."""
        wrong = []
        for report in reports:
            if "error" in report:
                if trust.is_exact:
                    wrong.append(f"it fails without a fault: {report['error']}")
                continue
            if trust.is_exact and not report["is_well"]:
                wrong.append(f"it is not well without a fault: {report['problems']} {report['unknown']}")
            if not report["is_well"] and not report["problems"] and not report["unknown"]:
                wrong.append("it does not say why it is not well")
        return wrong

    def check_end(self, code: int, report: Report) -> list[str]:
        """Check that all is well: nothing is left of the faults."""
        return [] if code == 0 and report.get("is_well") else [f"it is not well in the end: {code}, {report}"]
