"""The report about a deployment. The screen and the JSON are made from it."""

from dataclasses import dataclass

from scavenger_ops.screen import Verdict
from scavenger_ops.status.facts import Facts
from scavenger_ops.status.problem import Problem, Unknown
from scavenger_ops.status.problems import find_problems
from scavenger_ops.status.rows import StatusRow, make_rows
from scavenger_ops.status.unknowns import find_unknowns
from scavenger_ops.text import count


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The facts, the problems, what is not known, and the rows of the screen."""

    facts: Facts
    problems: tuple[Problem, ...]
    unknown: tuple[Unknown, ...]
    rows: tuple[StatusRow, ...]

    @property
    def is_well(self) -> bool:
        """Whether everything is known and fine."""
        return not self.problems and not self.unknown and all(row.state == "fine" for row in self.rows)

    @property
    def mark(self) -> Verdict:
        """The mark of the verdict."""
        return "good" if self.is_well else "bad" if self.problems else "unknown"

    @property
    def verdict(self) -> str:
        """Whether all is well, in words."""
        if self.is_well:
            return "all is well"
        is_known = not self.unknown and all(row.state != "not known" for row in self.rows)
        if not self.problems:
            return "nothing wrong is found, but not everything is known"
        return count(len(self.problems), "problem") + ("" if is_known else ", and not everything is known")


def make_report(facts: Facts) -> StatusReport:
    """Return the report, which says for each row whether it is fine, wrong or not known."""
    problems = tuple(find_problems(facts))
    unknown = (*facts.unknown, *find_unknowns(facts))
    wrong = {problem.about for problem in problems}
    rows = make_rows(facts, wrong, {name for each in unknown for name in each.about})
    return StatusReport(facts, problems, unknown, rows)
