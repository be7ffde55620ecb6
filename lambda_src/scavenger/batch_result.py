"""The result of a batch: what was deleted, what is quarantined, and what Lambda has to deliver again."""

from collections.abc import Sequence
from dataclasses import dataclass

from scavenger.batch_delete import DeleteResult
from scavenger.records import ParsedBatch


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The result of one invocation.

    `failed` has the sequence numbers of the records that Lambda must deliver again; None for a record without one.
    `quarantined` is the number of records in the failure bucket.
    """

    deletes: DeleteResult
    failed: Sequence[str | None]
    quarantined: int = 0


def failed_batch(batch: ParsedBatch, deletes: DeleteResult) -> BatchResult:
    """Return the result of an invocation that ends with an error: every record that is not deleted has failed."""
    failed: list[str | None] = [
        batch.deletions[place].sequence_number for place in (*deletes.not_deleted, *deletes.rejected)
    ]
    failed += [rejection.sequence_number for rejection in batch.malformed]
    return BatchResult(deletes, failed)
