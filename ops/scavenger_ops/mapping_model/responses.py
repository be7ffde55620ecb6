"""Reads the function's response: how many of the batch's records are done.

Sources: services-ddb-batchfailurereporting.html; "recorded" is what AWS did in tests/data/recordings.json.
"""

from collections.abc import Sequence
from typing import Any

from scavenger_ops.mapping_model.invocation_result import InvocationResult


def read_response(response: object, sequence_numbers: Sequence[str]) -> InvocationResult:
    """Return the result for a response in which the function reports batch item failures.

    The lowest number is the checkpoint: that record and all after it are retried. What AWS does with a response of
    another shape, such as a text or a number, is not documented. An assumption takes the worse case, a failure. Sources
    for the empty responses: the page, and recorded.
    """
    success = InvocationResult("success", len(sequence_numbers))
    if not response:
        return success
    if not isinstance(response, dict):
        return InvocationResult("failure")
    # An assumption: a misspelt key at the top means no failures.
    items = response.get("batchItemFailures")
    if not items:
        return success
    failed = _identifiers(items)
    # A number that is not in the batch fails the whole batch (recorded). That one bad identifier among several does so,
    # too, is an assumption.
    if any(number not in sequence_numbers for number in failed):
        return InvocationResult("failure")
    # An assumption: AWS compares them as numbers, which it does not document. They differ in length, so as texts they
    # would sort wrongly ("999" after "1000").
    return InvocationResult("partial", sequence_numbers.index(min(failed, key=int)))


def _identifiers(items: object) -> list[Any]:
    """Return the identifiers, with None for an item without one."""
    if not isinstance(items, list):
        return [None]
    return [item.get("itemIdentifier") if isinstance(item, dict) else None for item in items]
