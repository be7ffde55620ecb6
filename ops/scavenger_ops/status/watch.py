"""What is wrong with a deployment's alarms, and what of them is not known: pure functions of the facts."""

from collections.abc import Collection, Iterator
from datetime import timedelta

from scavenger_ops.status.alarms import GIVEN_UP, KEYS
from scavenger_ops.status.facts import Facts, RowName, Unknown
from scavenger_ops.status.remediation import APPLY, Finding, describe_alarms, enable_alarms
from scavenger_ops.status.text import duration

# A new alarm has no state until it has been evaluated, which takes minutes: missing data count as OK.
EVALUATED_AFTER = timedelta(hours=1)

_STANDSTILL: tuple[RowName, ...] = ("function", "trigger", "lag", "inserts", "throttling", "faults", "staging")
# An alarm says nothing new where one of these rows has a finding.
_EXPLAINED_BY: dict[str, tuple[RowName, ...]] = {
    "iterator-age": _STANDSTILL,
    "stopped": _STANDSTILL,
    "errors": ("faults", "function", "staging"),
    "throttles": ("throttling",),
    "write-throttling": ("throttling",),
    GIVEN_UP: ("failure bucket",),
    "quarantined": ("failure bucket",),
    "dropped": ("given up",),
}


def find_alarms(facts: Facts, explained: Collection[RowName]) -> Iterator[Finding]:
    """Find the alarms that are on and no finding explains, and those that can tell nobody."""
    yield from _on(facts, explained)
    # Of another's, it may be meant.
    alarms = [alarm for alarm in facts.all_alarms or () if alarm.key]
    if silenced := [alarm.name for alarm in alarms if alarm.is_silenced]:
        what = f"The actions of {_of(len(silenced), len(alarms))} are switched off: {', '.join(silenced)}."
        yield Finding(
            "alarms", f"{what} Nobody is told when they begin.", "Switch them on:", (enable_alarms(silenced),)
        )
    if missing := _missing(facts):
        names = ", ".join(f"{facts.name}-{key}" for key in missing)
        yield Finding("alarms", f"Alarms of this deployment are missing: {names}.", f"To make them anew, {APPLY}.")
    mute = [alarm.name for alarm in alarms if not alarm.has_actions]
    # None at all is the module's default, and others may watch the states of alarms.
    if mute and len(mute) < len(alarms):
        what = f"{_of(len(mute), len(alarms))} have no actions, unlike the others: {', '.join(mute)}."
        yield Finding("alarms", what, f"Terraform gives them alarm_actions: {APPLY}.")


def find_alarm_doubts(facts: Facts) -> Iterator[Unknown]:
    """Find what of the alarms is not known."""
    if facts.all_alarms == ():
        reason = (
            f"There are none whose names begin with {facts.name}-, so that nothing tells when it stops. "
            "modules/monitoring makes eight; others' are not looked for."
        )
        yield Unknown(("alarms",), "whether anything watches this deployment", None, reason)
    for alarm in facts.all_alarms or ():
        for_s = (facts.at - alarm.changed_at).total_seconds()
        if alarm.state not in ("OK", "ALARM", "INSUFFICIENT_DATA"):
            reason = f"Its state is {alarm.state!r}, which this version does not know."
        elif alarm.key and alarm.state == "INSUFFICIENT_DATA" and for_s > EVALUATED_AFTER.total_seconds():
            reason = f"It has had no data for {duration(for_s)}, though missing data count as OK: {alarm.reason}"
        else:
            continue
        yield Unknown(("alarms",), f"alarm {alarm.name}", None, reason)


def _on(facts: Facts, explained: Collection[RowName]) -> Iterator[Finding]:
    names = [
        alarm.name
        for alarm in facts.alarms or ()
        if not set(_EXPLAINED_BY.get(alarm.name.removeprefix(f"{facts.name}-"), ())) & set(explained)
    ]
    if names:
        what = f"On, though nothing else here says why: {', '.join(names)}."
        mend = "Each one's description says what it means and where to look:"
        yield Finding("alarms", what, mend, (describe_alarms(names),))


def _missing(facts: Facts) -> list[str]:
    """Return which of modules/monitoring's alarms are missing beside others of it."""
    there = {alarm.key for alarm in facts.all_alarms or ()} - {None}
    needed = [key for key in KEYS if key != GIVEN_UP or facts.bucket_name]
    return [key for key in needed if key not in there] if there else []


def _of(number: int, total: int) -> str:
    return f"{number} of {total} alarms"
