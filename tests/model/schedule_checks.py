"""What must be so after any schedule, with match attributes and without."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from model.delete_calls import PROBE
from model.item_identity import identity
from model.scheduled_messages import Message
from model.scheduled_run import ScheduledRun
from model.staged_rows import RemovedRow

# The kinds of records that no function can delete a row for, and those that one with match attributes cannot.
MALFORMED = {"keyless", "misfit"}
NOT_COMPARABLE = {"unmatchable", "overlong"}


class ScheduleChecks:
    """Checks a run. What a row is depends on the function: with match attributes a key and a version, else a key."""

    def __init__(self, run: ScheduledRun, *, is_matched: bool) -> None:
        self._run = run
        self._is_matched = is_matched
        self._poison = {each.key for each in run.messages.values() if each.kind == "poison"}

    def check(self) -> None:
        """Check the run before what was kept is sent through the function again."""
        run = self._run
        assert run.mapping.idle
        assert run.mapping.trimmed == []
        kept = [run.messages[number] for number in self._kept_numbers()]
        lost = {self._row(each) for each in map(run.messages.__getitem__, run.dropped)}
        excused = lost | {self._row(each) for each in kept}
        assert [each for each in self._asking() if self._row(each) not in excused and not self._is_answered(each)] == []
        assert [each for each in self._asking() if self._row(each) not in excused and self._is_left(each)] == []
        self._check_deletes()
        if "rejecting_every_key" not in [kind for kind, _, _ in run.schedule.behaviours]:
            assert [each for each in self._quarantined() if not self._is_bad(each)] == []

    def check_redriven(self, left: Mapping[str, Sequence[dict[str, Any]]], quarantined: int) -> None:
        """Check the run after that: all that was kept is done, except for bad records and what is beside them."""
        run = self._run
        lost = {self._row(run.messages[number]) for number in run.dropped}
        good = [each for each in self._asking() if not self._is_bad(each) and self._row(each) not in lost]
        assert [each for each in good if not self._is_answered(each)] == []
        assert [each for each in good if self._is_left(each)] == []
        for records in left.values():
            numbers = [each["dynamodb"]["SequenceNumber"] for each in records]
            assert any(self._is_bad(run.messages[number]) for number in numbers)
        assert len(run.bucket.objects) == quarantined, "a redrive quarantines nothing"
        self._check_deletes()

    def losses(self) -> list[RemovedRow]:
        """Return the rows that were deleted although no message with their version was delivered.

        Not those whose only message has nothing to compare them with: they were not staged again.
        """
        run = self._run
        unknown = {
            (each.key, identity(each.staged))
            for each in run.messages.values()
            if each.version is None and not self._is_matched
        }
        return [
            row
            for row in run.table.rows.removed
            if run.delivered_at.get((row.key, row.version), float("inf")) > row.at_s
            and (row.key, row.version) not in unknown
        ]

    def redriven(self) -> int:
        """Return how many records were kept that good messages had."""
        messages = map(self._run.messages.__getitem__, self._kept_numbers())
        return sum(not self._is_bad(each) for each in messages)

    def _check_deletes(self) -> None:
        run = self._run
        good = {each.key for each in self._asking() if not self._is_bad(each)}
        assert {key for key in run.table.deletes if PROBE not in key} <= good
        assert set(run.table.operations) <= {"DeleteItem" if self._is_matched else "BatchWriteItem"}
        summaries = run.function.summaries()
        parts = ("deleted", *(["superseded"] if self._is_matched else []), "duplicates", "ignored", "quarantined")
        for summary in summaries:
            assert summary["received"] == sum(summary[part] for part in (*parts, "failed"))
        if self._is_matched:
            assert self.losses() == []
            self._check_figures(
                sum(summary["deleted"] for summary in summaries), sum(summary["superseded"] for summary in summaries)
            )

    def _check_figures(self, deleted: int, superseded: int) -> None:
        """Check that the log has the table's figures, less those whose answer was lost."""
        rows = self._run.table.rows
        assert superseded <= rows.refused
        assert deleted + superseded <= rows.checks.total()
        if not self._run.schedule.loses_answers():
            assert (superseded, deleted + superseded) == (rows.refused, rows.checks.total())

    def _asking(self) -> Iterator[Message]:
        """Yield the messages whose change makes a row obsolete."""
        return (
            each for each in self._run.messages.values() if each.record["eventName"] in self._run.schedule.event_names
        )

    def _is_bad(self, message: Message) -> bool:
        return self._is_bad_by_itself(message) or message.key in self._poison

    def _is_bad_by_itself(self, message: Message) -> bool:
        return message.kind in (MALFORMED | NOT_COMPARABLE if self._is_matched else MALFORMED)

    def _row(self, message: Message) -> object:
        if self._is_bad_by_itself(message):
            return message.number
        return (message.key, message.version) if self._is_matched else message.key

    def _is_answered(self, message: Message) -> bool:
        """Return whether the table carried out a delete of the message's row."""
        rows = self._run.table.rows
        if self._is_bad_by_itself(message):
            return False
        if not self._is_matched:
            return bool(rows.deletes[message.key])
        return (message.key, message.version) in rows.checks

    def _is_left(self, message: Message) -> bool:
        """Return whether there is still the row that there was when the message was first delivered."""
        row = self._run.table.rows.get(message.key)
        pair = (message.key, message.version)
        if row is None or row.at_s >= self._run.delivered_at.get(pair, float("inf")):
            return False
        return not self._is_matched or identity(row.attributes) == message.version

    def _quarantined(self) -> list[Message]:
        return [self._run.messages[each["dynamodb"]["SequenceNumber"]] for each in self._run.bucket.records()]

    def _kept_numbers(self) -> set[str]:
        """Return the sequence numbers of the records in the failure bucket."""
        by_lambda = [each for records in self._run.kept.values() for each in records]
        return {each["dynamodb"]["SequenceNumber"] for each in [*self._run.bucket.records(), *by_lambda]}
