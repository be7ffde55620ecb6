"""What verify works on while faults are injected."""

from collections.abc import Mapping, Sequence
from typing import Any

from scavenger_ops.verify.items import MARKER

from support.fault_worlds import Report, Trust, World
from support.pipelines import LocalAws, attach_function, make_tables, remove, stage
from support.tables import TWO_HOURS_AGO_MS

OTHERS = ["waiting-0", "waiting-1"]


class VerifyWorld(World):
    """A pipeline of its own, whose function works, with rows and messages of others."""

    decisive = ("",)

    def __init__(self, aws: LocalAws) -> None:
        super().__init__(aws)
        self.pipeline = attach_function(aws, make_tables(aws, has_stream=True))
        stage(aws, self.pipeline.staging, OTHERS, TWO_HOURS_AGO_MS)
        self.arguments = ("verify", self.pipeline.function, "--yes", "--json")

    def _items(self) -> dict[tuple[str, str], Mapping[str, Any]]:
        tables = (self.pipeline.staging, self.pipeline.messages)
        return {(table, name): item for table in tables for name, item in self.aws.rows(table).items()}

    def check(self, reports: Sequence[Report], trust: Trust) -> list[str]:
        """Check that each item that is left is named, and that all others are as they were."""
        items = self._items()
        left = {place for place, item in items.items() if MARKER in item}
        named = {(each["table_name"], each["key"]["messageId"]["S"]) for report in reports for each in report["left"]}
        wrong = [f"{place} is left" for place in sorted(left - named) if trust.is_cleaned_up]
        wrong += [f"{name} is gone" for name in OTHERS if (self.pipeline.staging, name) not in items]
        if trust.is_exact:
            wrong += [f"not verified without a fault: {report}" for report in reports if not report["is_verified"]]
        return wrong

    def check_end(self, code: int, report: Report) -> list[str]:
        """Check that the row was deleted and nothing is left."""
        return [] if code == 0 and report.get("is_verified") else [f"it ends with {code}: {report}"]

    def close(self) -> None:
        """Remove the pipeline."""
        remove(self.aws, self.pipeline)
