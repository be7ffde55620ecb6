"""Whatever happens to the real function, its table and the rows, each reported row is deleted, kept or superseded."""

from collections import Counter

import pytest
from hypothesis import given, note, settings
from support.soak import is_soak

from model.schedule_checks import ScheduleChecks
from model.scheduled_run import ScheduledRun
from model.schedules import Schedule, schedules

# Hypothesis varies schedules that it has tried, so they get longer and alike. Ten searches find schedules that differ
# more than those of one, and the figures show how far they are.
SEARCHES = 10


def run_and_check(schedule: Schedule, *, is_matched: bool) -> Counter[str]:
    """Run a schedule and redrive what was kept, check both, and return the figures."""
    run = ScheduledRun(schedule, is_matched=is_matched)
    run.run()
    note(run.function.log.getvalue()[-4000:])
    checks = ScheduleChecks(run, is_matched=is_matched)
    checks.check()
    quarantined = len(run.bucket.objects)
    redriving = run.redrive()
    checks.check_redriven(redriving.left, quarantined)
    losses = checks.losses()
    return Counter(
        schedules=1,
        messages=len(run.messages),
        requests=run.table.requests,
        rows_deleted=len(run.table.rows.removed),
        superseded=run.table.rows.refused,
        kept=sum(map(len, run.kept.values())),
        redriven=checks.redriven(),
        rows_lost=len(losses),
        schedules_with_a_loss=bool(losses),
    )


def test_after_any_schedule_each_reported_row_is_deleted_kept_or_superseded(capsys: pytest.CaptureFixture[str]) -> None:
    """With match attributes, no row is deleted that no message reported. Without, the same schedules lose rows."""
    matched, by_key_alone = Counter[str](), Counter[str]()

    searches = SEARCHES if is_soak() else 1

    @settings(max_examples=settings().max_examples // searches)
    @given(schedules())
    def try_out(schedule: Schedule) -> None:
        matched.update(run_and_check(schedule, is_matched=True))
        by_key_alone.update(run_and_check(schedule, is_matched=False))

    for _ in range(searches):
        try_out()
        if is_soak():
            with capsys.disabled():
                print(f"\nwith match attributes: {dict(matched)}\nwithout: {dict(by_key_alone)}")  # noqa: T201
    assert matched["superseded"]
    assert not matched["rows_lost"]
    assert by_key_alone["rows_lost"], "the schedules stage no row at a moment at which it can be lost"
