"""What status finds about alarms, and when an alarm is fine."""

from dataclasses import replace

from scavenger_ops.status.report import make_report
from support.status_facts import ALARMS, HEALTHY, ago, with_alarms


def test_a_new_alarm_without_a_state_is_fine() -> None:
    """CloudWatch needs minutes. Another alarm, which treats missing data as missing, may never have a state."""
    new = {"state": "INSUFFICIENT_DATA", "changed_at": ago(minutes=50)}
    assert make_report(with_alarms(errors=new)).is_well
    assert make_report(with_alarms(errors={"state": "INSUFFICIENT_DATA", "key": None})).rows[-1].state == "wrong"
    others = tuple(replace(alarm, key=None, state="INSUFFICIENT_DATA") for alarm in ALARMS)
    assert make_report(replace(HEALTHY, all_alarms=others)).is_well


def test_the_reconciler_s_alarm_is_optional_and_waits_for_the_first_run() -> None:
    """Without it, no alarm is missing. With it, it has no data until a run has ended, however long that takes."""
    waiting = replace(ALARMS[0], name="orders-oldest-unprocessed", key="oldest-unprocessed", state="INSUFFICIENT_DATA")
    assert make_report(HEALTHY).is_well
    assert make_report(replace(HEALTHY, all_alarms=(*ALARMS, replace(waiting, changed_at=ago(days=30))))).is_well
    on = replace(waiting, state="ALARM", reason="A row is old.")
    report = make_report(replace(HEALTHY, all_alarms=(*ALARMS, on)))
    assert [problem.what for problem in report.problems] == [
        "Alarms are on, and no other problem explains them: orders-oldest-unprocessed."
    ]


def test_alarms_that_notify_nobody_are_shown() -> None:
    """No actions at all are the module's default, so it is not a problem."""
    mute = tuple(replace(alarm, has_actions=False) for alarm in ALARMS)
    report = make_report(replace(HEALTHY, all_alarms=mute))
    assert report.is_well
    assert report.rows[-1].text == "none of 8 on; no actions: they notify nobody"


def test_your_own_alarms_may_have_no_actions() -> None:
    """The module's alarms have some. Your own may also have disabled actions, as parts of other alarms have."""
    for change in ({"has_actions": False}, {"is_silenced": True}):
        own = replace(ALARMS[0], name="orders-mine", key=None, **change)  # type: ignore[arg-type]
        assert make_report(replace(HEALTHY, all_alarms=(*ALARMS, own))).is_well
        report = make_report(replace(HEALTHY, all_alarms=(own,)))
        assert (report.is_well, report.rows[-1].text) == (True, "none of 1 on; no actions: they notify nobody")
