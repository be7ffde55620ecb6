"""What is wrong with a deployment's alarms, and what is not known about them: pure functions of the facts."""

from collections.abc import Collection, Iterator

from scavenger_ops.status.alarms import GIVEN_UP, KEYS, OLDEST_UNPROCESSED
from scavenger_ops.status.facts import Facts
from scavenger_ops.status.problem import Problem, RowName, Unknown
from scavenger_ops.status.remediation import APPLY, describe_alarms, enable_alarms
from scavenger_ops.status.thresholds import ALARM_EVALUATED_S
from scavenger_ops.text import duration

_STANDSTILL: tuple[RowName, ...] = (
    "function",
    "event source mapping",
    "lag",
    "inserts",
    "throttling",
    "errors",
    "staging table",
)
# A problem about one of these rows explains the alarm.
_EXPLAINED_BY: dict[str, tuple[RowName, ...]] = {
    "iterator-age": _STANDSTILL,
    "stopped": _STANDSTILL,
    "errors": ("errors", "function", "staging table"),
    "throttles": ("throttling",),
    "write-throttling": ("throttling",),
    GIVEN_UP: ("failure bucket",),
    "quarantined": ("failure bucket",),
    "dropped": ("retries exhausted",),
}


def find_alarm_problems(facts: Facts, rows_with_problems: Collection[RowName]) -> Iterator[Problem]:
    """Find the alarms that are on without another problem that explains them, and those that notify nobody."""
    yield from _unexplained(facts, rows_with_problems)
    # For an alarm of somebody else, that may be intended.
    alarms = [alarm for alarm in facts.all_alarms or () if alarm.key]
    if silenced := [alarm.name for alarm in alarms if alarm.is_silenced]:
        what = f"The actions of {_of(len(silenced), len(alarms))} are disabled: {', '.join(silenced)}."
        yield Problem("alarms", f"{what} They notify nobody.", "Enable the actions:", (enable_alarms(silenced),))
    if missing := _missing(facts):
        names = ", ".join(f"{facts.name}-{key}" for key in missing)
        yield Problem("alarms", f"Alarms of this deployment are missing: {names}.", f"To create them again, {APPLY}.")
    mute = [alarm.name for alarm in alarms if not alarm.has_actions]
    # No actions at all are the module's default, and something else may watch the states of alarms.
    if mute and len(mute) < len(alarms):
        what = f"{_of(len(mute), len(alarms))} have no actions, unlike the others: {', '.join(mute)}."
        yield Problem("alarms", what, f"To let Terraform set alarm_actions again, {APPLY}.")


def find_unknown_alarms(facts: Facts) -> Iterator[Unknown]:
    """Find what is not known about the alarms."""
    if facts.all_alarms == ():
        reason = (
            f"No alarm has a name that begins with {facts.name}-, so nothing notifies you when the deployment stops. "
            "modules/monitoring makes eight alarms. Status does not look for alarms with other names."
        )
        yield Unknown(("alarms",), "whether anything watches this deployment", None, reason)
    for alarm in facts.all_alarms or ():
        for_s = (facts.at - alarm.changed_at).total_seconds()
        if alarm.state not in ("OK", "ALARM", "INSUFFICIENT_DATA"):
            reason = f"Its state is {alarm.state!r}, which this version does not know."
        # One alarm has no data before the reconciler's first run.
        elif (
            alarm.key not in {None, OLDEST_UNPROCESSED}
            and alarm.state == "INSUFFICIENT_DATA"
            and for_s > ALARM_EVALUATED_S
        ):
            reason = f"It has had no data for {duration(for_s)}, although missing data counts as OK: {alarm.reason}"
        else:
            continue
        yield Unknown(("alarms",), f"alarm {alarm.name}", None, reason)


def _unexplained(facts: Facts, rows_with_problems: Collection[RowName]) -> Iterator[Problem]:
    names = [
        alarm.name
        for alarm in facts.alarms or ()
        if not set(_EXPLAINED_BY.get(alarm.name.removeprefix(f"{facts.name}-"), ())) & set(rows_with_problems)
    ]
    if names:
        what = f"Alarms are on, and no other problem explains them: {', '.join(names)}."
        remediation = "The description of each alarm says what it means and what to do:"
        reasons = [f"{alarm.name}: {alarm.reason}" for alarm in facts.alarms or () if alarm.name in names]
        yield Problem("alarms", what, remediation, (describe_alarms(names),), "; ".join(reasons))


def _missing(facts: Facts) -> list[str]:
    """Return the keys of the missing alarms of modules/monitoring, or nothing if it has none in this deployment."""
    existing = {alarm.key for alarm in facts.all_alarms or ()} - {None}
    optional = {OLDEST_UNPROCESSED} if facts.bucket_name else {OLDEST_UNPROCESSED, GIVEN_UP}
    needed = [key for key in KEYS if key not in optional]
    return [key for key in needed if key not in existing] if existing else []


def _of(number: int, total: int) -> str:
    return f"{number} of {total} alarms"
