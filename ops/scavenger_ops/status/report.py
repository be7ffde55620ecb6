"""The report about a deployment. The screen and the JSON are made from it."""

from dataclasses import dataclass

from scavenger_ops.status.facts import Facts
from scavenger_ops.status.finding import Finding, Unknown
from scavenger_ops.status.findings import find_problems
from scavenger_ops.status.rows import StatusRow, make_rows
from scavenger_ops.status.unknowns import find_unknowns


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The facts, the findings, what is not known, and the rows of the screen."""

    facts: Facts
    findings: tuple[Finding, ...]
    unknown: tuple[Unknown, ...]
    rows: tuple[StatusRow, ...]

    @property
    def is_well(self) -> bool:
        """Whether everything is known and fine."""
        return not self.findings and not self.unknown and all(row.state == "fine" for row in self.rows)


def make_report(facts: Facts) -> StatusReport:
    """Return the report, which says for each row whether it is fine, wrong or not known."""
    findings = tuple(find_problems(facts))
    unknown = (*facts.unknown, *find_unknowns(facts))
    wrong = {finding.about for finding in findings}
    rows = make_rows(facts, wrong, {name for each in unknown for name in each.about})
    return StatusReport(facts, findings, unknown, rows)
