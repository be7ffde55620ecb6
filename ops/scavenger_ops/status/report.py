"""What there is to say of a deployment, of which both the screen and the JSON are made."""

from dataclasses import dataclass

from scavenger_ops.status.doubts import find_doubts
from scavenger_ops.status.facts import Facts, Unknown
from scavenger_ops.status.findings import find
from scavenger_ops.status.remediation import Finding
from scavenger_ops.status.rows import Row, make_rows


@dataclass(frozen=True, slots=True)
class Report:
    """The facts, what is wrong, what is not known, and the rows that say it."""

    facts: Facts
    findings: tuple[Finding, ...]
    unknown: tuple[Unknown, ...]
    rows: tuple[Row, ...]

    @property
    def is_well(self) -> bool:
        """Whether all is known, and fine."""
        return not self.findings and not self.unknown and all(row.state == "fine" for row in self.rows)


def judge(facts: Facts) -> Report:
    """Say of each fact whether it is fine, wrong or not known."""
    findings = tuple(find(facts))
    unknown = (*facts.unknown, *find_doubts(facts))
    wrong = {finding.about for finding in findings}
    rows = make_rows(facts, wrong, {name for each in unknown for name in each.about})
    return Report(facts, findings, unknown, rows)
