"""The report of a verification: whether the row was deleted, what is left, and what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.explained_error import ExplainedError

from scavenger_ops.command import EXIT_NOT_OK, EXIT_OK, exit_code_of
from scavenger_ops.duration import format_duration
from scavenger_ops.screen import Verdict
from scavenger_ops.status.report import StatusReport
from scavenger_ops.text import count, seconds
from scavenger_ops.verify.clean_up import LeftItem


@dataclass(slots=True)
class VerifyReport:
    """What was written where, and what happened to the row. `again` is the command that verifies again.

    `written_to` are the names of the tables into which something was written, or may have been.
    `unread` are the functions that may delete the row, too: their settings cannot be read.

    `deleted_after_s` is None if the row was not seen to be deleted. `is_timed_out` is true if it was waited for to the
    end; `status` then has what status finds, or `status_error` why it finds nothing.
    """

    function: str
    region: str
    staging: str
    messages: str
    again: str
    timeout_s: int
    batching_window_s: int
    unread: Sequence[str] = ()
    written_to: Sequence[str] = ()
    deleted_after_s: float | None = None
    is_timed_out: bool = False
    left: Sequence[LeftItem] = ()
    error: ExplainedError | None = None
    status: StatusReport | None = None
    status_error: ExplainedError | None = None

    @property
    def is_verified(self) -> bool:
        """Whether the row was deleted because of its message."""
        return self.deleted_after_s is not None

    @property
    def exit_code(self) -> int:
        """The exit code of the command."""
        is_well = self.is_verified and not self.left
        return exit_code_of(self.error) if self.error else EXIT_OK if is_well else EXIT_NOT_OK

    def verdict(self) -> tuple[Verdict, str]:
        """Return whether the deployment works, and a sentence that says so."""
        left = f", and {count(len(self.left), 'item')} may be left" if self.left else ""
        if self.deleted_after_s is not None:
            by = f", by it or by {' or '.join(self.unread)}" if self.unread else ""
            said = f"it works: the row was deleted after {seconds(self.deleted_after_s)}{by}"
            return "bad" if self.left else "good", said + left
        if self.is_timed_out:
            return "bad", f"the row was not deleted within {format_duration(self.timeout_s)}{left}"
        return "unknown", f"not verified{left}"
