"""Whether the function could not keep records, which are lost when their retries are exhausted."""

from collections.abc import Iterator

from scavenger_ops.status.cause_in_words import in_words
from scavenger_ops.status.facts import Facts
from scavenger_ops.status.problem import Problem
from scavenger_ops.status.remediation import APPLY, count_rows, reconcile
from scavenger_ops.text import count


def find_unkept_records(facts: Facts) -> Iterator[Problem]:
    """Find that the function could neither delete nor quarantine records.

    The metrics do not show it: the errors may be over, and Lambda counts a dropped record only after its retries.
    """
    if not facts.log or not facts.log.unkept_error:
        return
    records, command = count(facts.log.unkept_records, "record"), reconcile(facts)
    what = (
        f"Function {facts.name} could neither delete nor quarantine {records} in the last hour. Lambda drops what the "
        "failure bucket still refuses when the retries are exhausted."
    )
    remediation = (
        f"Repair what the cause names. If it is a missing permission or bucket, {APPLY}. Then "
        f"{count_rows('the rows of these records in the staging table', command)}"
    )
    yield Problem("errors", what, remediation, command, in_words(facts.log.unkept_error))
