"""The cause of a problem in the words of the function's log or of the failure bucket: pure functions of the facts."""

from collections.abc import Mapping

from scavenger_ops.status.facts import Facts
from scavenger_ops.status.failure_facts import LoggedError
from scavenger_ops.text import count

LOG_PERMISSION = "logs:FilterLogEvents"
# More reasons than these are rare, and the others are in the objects.
MOST_REASONS = 3


def cause_in_log(facts: Facts) -> str:
    """Return the last error in the function's log, or why it is not known."""
    if facts.log is None:
        denied = any(unknown.permission == LOG_PERMISSION for unknown in facts.unknown)
        return f"not known: {f'{LOG_PERMISSION} is missing' if denied else 'the log could not be read'}."
    if facts.log.last_error is None:
        return "not known: the log of the last hour has no error."
    return in_words(facts.log.last_error)


def cause_of_quarantine(facts: Facts) -> str:
    """Return the reasons of the quarantined records, or why they are not known."""
    reasons = facts.quarantine_reasons
    if reasons and reasons.records:
        return _list(reasons.records)
    if facts.log and facts.log.quarantine_reasons:
        return _list(facts.log.quarantine_reasons)
    if reasons and reasons.fault:
        return f"not known: {reasons.fault}"
    return "not known: no object names a reason."


def in_words(error: LoggedError) -> str:
    """Return what an error says, and when it was logged."""
    return f"{error.sentence} (logged at {error.at:%H:%M:%S} UTC)"


def _list(reasons: Mapping[str, int]) -> str:
    most = sorted(reasons.items(), key=lambda reason: -reason[1])
    told = [f"{count(number, 'record')}: {reason}" for reason, number in most[:MOST_REASONS]]
    more = [f"and {count(len(most) - MOST_REASONS, 'other reason')}"] if len(most) > MOST_REASONS else []
    return "; ".join([*told, *more]) + "."
