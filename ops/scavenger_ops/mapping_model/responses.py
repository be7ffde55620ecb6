"""Reads the function's response: how many of the batch's records are done.

Sources: services-ddb-batchfailurereporting.html; "recorded" is what AWS did in tests/data/recordings.json.
"""

from collections.abc import Sequence
from typing import Any

from scavenger_ops.mapping_model.invocation_result import InvocationResult


def read_response(response: object, sequence_numbers: Sequence[str]) -> InvocationResult:
    """Read a response in which the function reports batch item failures.

    The lowest number is the checkpoint: it and all after it are to be retried. What AWS does with a response of
    another shape altogether, such as a text or a number, is not sourced: an assumption takes the worse of the two, a
    failure. Source of the empty ones: the page, and recorded.
    """
    success = InvocationResult("success", len(sequence_numbers))
    if not response:
        return success
    if not isinstance(response, dict):
        return InvocationResult("failure")
    # A misspelt key at the top reads as no failures at all: an assumption.
    items = response.get("batchItemFailures")
    if not items:
        return success
    failed = _identifiers(items)
    # A number that is not in the batch fails the whole batch (recorded). That one bad identifier of several does too is
    # an assumption.
    if any(number not in sequence_numbers for number in failed):
        return InvocationResult("failure")
    # An assumption: they compare as numbers. AWS does not say; they differ in length, so that as texts they would sort
    # wrongly ("999" after "1000").
    return InvocationResult("partial", sequence_numbers.index(min(failed, key=int)))


def _identifiers(items: object) -> list[Any]:
    """Return the identifiers, and null where there is none."""
    if not isinstance(items, list):
        return [None]
    return [item.get("itemIdentifier") if isinstance(item, dict) else None for item in items]
