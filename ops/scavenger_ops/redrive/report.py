"""The report of a redrive: what happened to each object of the failure bucket."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from reconciler.explained_error import ExplainedError

from scavenger_ops.command import EXIT_NOT_OK, EXIT_OK, exit_code_of
from scavenger_ops.redrive.result import STILL_THERE, ListedObject, RedriveResult, RedriveStatus
from scavenger_ops.screen import Verdict
from scavenger_ops.text import count


@dataclass(slots=True)
class RedriveReport:
    """The objects of the bucket, and their results. Without a result, an object was not tried, or interrupted.

    `again` is the command that redrives, `at` the time of the list in epoch seconds.
    """

    function: str
    region: str
    bucket: str
    prefix: str
    again: str
    is_dry_run: bool
    at: float
    listed: Sequence[ListedObject] = ()
    results: dict[str, RedriveResult] = field(default_factory=dict)
    error: ExplainedError | None = None

    def add(self, result: RedriveResult) -> None:
        """Note the result of an object."""
        self.results[result.name] = result

    @property
    def statuses(self) -> Counter[RedriveStatus]:
        """How many objects have each status."""
        return Counter(result.status for result in self.results.values())

    @property
    def still_there(self) -> list[RedriveResult]:
        """The objects that were tried and could not be finished."""
        return [result for result in self.results.values() if result.status in STILL_THERE]

    @property
    def not_tried(self) -> int:
        """How many objects have no result."""
        return len(self.listed) - len(self.results)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left. Of a dry run: whether every object could be sent."""
        return not self.still_there and not self.not_tried and not self.error

    @property
    def exit_code(self) -> int:
        """The exit code of the command."""
        return exit_code_of(self.error) if self.error else EXIT_OK if self.is_done else EXIT_NOT_OK

    def verdict(self) -> tuple[Verdict, str]:
        """Return whether all is done, and a sentence that says so."""
        if not self.listed:
            where = f"No object in the failure bucket begins with {self.prefix}."
            return "good", where if self.prefix else "The failure bucket is empty."
        return "good" if self.is_done else "bad", self._sentence(f"of {count(len(self.listed), 'object')}")

    def _sentence(self, of_all: str) -> str:
        statuses, left = self.statuses, len(self.still_there) + self.not_tried
        if left and self.is_dry_run:
            return f"{left:,} {of_all} cannot be redriven"
        if left:
            more = f", {self.not_tried:,} of them not tried" if self.not_tried else ""
            return f"{left:,} {of_all} {'is' if left == 1 else 'are'} left{more}"
        if self.is_dry_run:
            more = f", {self.quarantined:,} of them quarantined" if self.quarantined else ""
            return f"{statuses[RedriveStatus.WAITING]:,} {of_all} can be sent again{more}"
        gone = statuses[RedriveStatus.GONE]
        more = f", {gone:,} removed by another redrive" if gone else ""
        return f"{statuses[RedriveStatus.REDRIVEN]:,} {of_all} redriven{more}"

    @property
    def quarantined(self) -> int:
        """How many of the objects that a dry run found have records that the function quarantined."""
        return sum(each.status is RedriveStatus.WAITING and bool(each.reasons) for each in self.results.values())

    def age_s(self, listed: ListedObject) -> float:
        """Return how long ago an object was written, in seconds."""
        return max(self.at - listed.written_at, 0)
