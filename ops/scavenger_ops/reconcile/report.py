"""The report of a comparison: what was compared, what was deleted, and what that means."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from reconciler.comparison import Comparison
from reconciler.explained_error import ExplainedError
from reconciler.progress import seconds_since
from reconciler.row_age import AGE_UNKNOWN, AGES
from reconciler.rows import AGELESS, CHANGED, DELETABLE, DELETED, GONE, SUPERSEDED, YOUNG

from scavenger_ops.command import EXIT_NOT_OK, EXIT_OK, exit_code_of
from scavenger_ops.reconcile.options import ReconcileOptions, command_for
from scavenger_ops.reconcile.progress import SavedComparisonProgress
from scavenger_ops.screen import Verdict
from scavenger_ops.text import count

IN_BOTH = (DELETED, CHANGED, GONE, DELETABLE, SUPERSEDED, YOUNG, AGELESS)
AGE_CLASSES = (*(name for name, _ in AGES), AGE_UNKNOWN)


class RunOnAws(NamedTuple):
    """A run in the state machine: its execution, and the numbers of its segments that were not compared to the end.

    `failed` are those of them that failed, each with the error's name. `why` is the command that shows the cause of the
    first one, or an empty text.
    """

    execution_arn: str
    segments: int
    not_done: Sequence[int]
    failed: Mapping[int, str]
    why: str


@dataclass(frozen=True, slots=True)
class ReconcileReport:
    """What all runs of a comparison did. Counts have the names of `rows`; `begun_at` is in epoch seconds.

    `deployment` is None if the tables were named. `again` is the command that was given, without --apply if nothing is
    to be deleted; `apply` deletes. `is_exact` is false after a run that was killed: its last second is not counted. On
    AWS, it is false if a segment ended without its counts. `unanswered` counts deletes for which it is unknown whether
    DynamoDB carried them out.
    """

    deployment: str | None
    region: str
    staging: str
    messages: str
    again: str
    apply: str
    is_applied: bool
    is_by_message: bool
    older_than_s: int
    age_attribute: str
    match_attributes: Sequence[str]
    is_finished: bool
    counts: Counter[str]
    unprocessed: int
    oldest_unprocessed_s: float | None
    read_units: float
    write_units: float
    begun_at: float
    is_resumed: bool
    is_exact: bool
    unanswered: int
    has_zoneless: bool
    error: ExplainedError | None = None
    on_aws: RunOnAws | None = None

    @property
    def name(self) -> str:
        """The name for the first line: the deployment, or the staging table."""
        return self.deployment or self.staging

    @property
    def is_clean(self) -> bool:
        """Whether all rows were compared, and none is left that should be deleted."""
        return self.is_finished and not (self.is_applied and self.counts[AGELESS]) and not self.error

    @property
    def exit_code(self) -> int:
        """The exit code of the command."""
        return exit_code_of(self.error) if self.error else EXIT_OK if self.is_clean else EXIT_NOT_OK

    def verdict(self) -> tuple[Verdict, str]:
        """Return whether it is done, and a sentence that says so."""
        done = f"{self.deleted()} deleted" if self.is_applied else f"{count(self.counts.total(), 'row')} compared"
        if not self.is_finished:
            return "bad", f"not finished: {done}{self._failed() if self.on_aws else ' so far'}"
        due = self.counts[DELETED if self.is_applied else DELETABLE]
        said = (done if self.is_applied else f"{count(due, 'row')} can be deleted") if due else "nothing to delete"
        ageless = f", {count(self.counts[AGELESS], 'row')} of unknown age" if self.counts[AGELESS] else ""
        return "good" if self.is_clean else "bad", f"{said}{ageless}"

    def _failed(self) -> str:
        if not self.on_aws or not self.on_aws.failed:
            return ""
        return f", {len(self.on_aws.failed):,} of {count(self.on_aws.segments, 'segment')} failed"

    def deleted(self) -> str:
        """Return how many rows were deleted, as far as it is known."""
        least = "" if self.is_exact else "at least "
        return f"{least}{count(self.counts[DELETED], 'row')}"


def make_report(
    comparison: Comparison,
    progress: SavedComparisonProgress,
    options: ReconcileOptions,
    deployment: str | None,
    error: ExplainedError | None = None,
) -> ReconcileReport:
    """Return the report of a comparison, as far as it is."""
    tables = comparison.tables
    staging, messages = tables.staging.table.name, tables.messages.table.name
    words = (deployment,) if deployment else ("--staging", staging, "--messages", messages)
    return ReconcileReport(
        deployment=deployment,
        region=tables.client.meta.region_name,
        staging=staging,
        messages=messages,
        again=command_for(words, options, is_applied=options.is_applied),
        apply=command_for(words, options, is_applied=True),
        is_applied=options.is_applied,
        is_by_message=comparison.match_rule.is_by_message,
        older_than_s=options.older_than_s,
        age_attribute=options.age_attribute,
        match_attributes=[*comparison.match_rule.match_attributes],
        is_finished=progress.is_done(),
        counts=progress.counts,
        unprocessed=progress.unprocessed,
        oldest_unprocessed_s=seconds_since(progress.oldest_unprocessed_at, time.time()),
        read_units=progress.read_units,
        write_units=progress.write_units,
        begun_at=progress.begun_at,
        is_resumed=progress.is_resumed,
        is_exact=progress.is_exact,
        unanswered=progress.unanswered,
        has_zoneless=progress.has_zoneless,
        error=error,
    )
