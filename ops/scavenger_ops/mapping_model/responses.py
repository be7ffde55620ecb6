"""Reads the function's response: how many of the batch's records are done.

Source: services-ddb-batchfailurereporting.html, and where it is silent, LocalStack's tests validated against AWS.
"""

from collections.abc import Sequence
from typing import Any

from scavenger_ops.mapping_model.verdict import Verdict


def read_response(response: object, sequence_numbers: Sequence[str]) -> Verdict:
    """Read a response in which the function reports batch item failures.

    The lowest number is the checkpoint: it and all after it are to be retried. What AWS does with a response of
    another shape altogether, such as a text or a number, is not sourced; here it is the worse of the two, a failure.
    """
    success = Verdict("success", len(sequence_numbers))
    if not response:
        return success
    if not isinstance(response, dict):
        return Verdict("failure")
    # A misspelt key at the top reads as no failures at all.
    items = response.get("batchItemFailures")
    if not items:
        return success
    failed = _identifiers(items)
    if any(number not in sequence_numbers for number in failed):
        return Verdict("failure")
    # Sequence numbers differ in length, so as texts they would sort wrongly ("999" after "1000").
    return Verdict("partial", sequence_numbers.index(min(failed, key=int)))


def _identifiers(items: object) -> list[Any]:
    """Give the identifiers, and null where there is none."""
    if not isinstance(items, list):
        return [None]
    return [item.get("itemIdentifier") if isinstance(item, dict) else None for item in items]
