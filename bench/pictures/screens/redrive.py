"""The screens of `scavenger redrive`, drawn from reports that never change."""

from collections.abc import Callable, Sequence
from functools import partial

from rich.console import Console
from scavenger_ops.redrive.report import RedriveReport
from scavenger_ops.redrive.result import ListedObject, ObjectRemedy, RedriveResult, RedriveStatus
from scavenger_ops.redrive.screen import show_screen

NOW = 1_795_000_000.0
HOUR_S = 3600
UUID = "aws/lambda/8f2f16f6-cfa8-417c-a18c-aab5af57733d/shardId-00000001573689847184-864758bb/2026/11/18"
BATCHES = [f"{UUID}/2026-11-18T09.0{number}.12-{number}c1f" for number in range(3)]
QUARANTINED = "aws/lambda/orders/quarantine/2026/11/18/800000000003126276362"
KEYS_DIFFER = "its Keys are not exactly the key attributes of the staging table: createdAt, messageId"
LEFT = RedriveResult(
    QUARANTINED,
    RedriveStatus.LEFT,
    "The function reports record 800000000003126276362 as failed. Its log says why. "
    f"It was quarantined because: {KEYS_DIFFER}.",
    ObjectRemedy("Fix the cause, which the function's log shows:", ("scavenger logs orders",)),
    "Quarantined",
    (KEYS_DIFFER,),
    1,
)
BATCH = RedriveResult(BATCHES[0], RedriveStatus.REDRIVEN, condition="RetryAttemptsExhausted", records=100, done=100)
DONE = [BATCH._replace(name=name) for name in BATCHES]
WAITING = [each._replace(status=RedriveStatus.WAITING, done=0) for each in (*DONE, LEFT._replace(problem=""))]


def make_report(results: Sequence[RedriveResult], *, is_dry_run: bool = False) -> RedriveReport:
    """Return the report of these results. The objects were written some hours before."""
    report = RedriveReport("orders", "us-east-1", "orders-failures", "", "scavenger redrive orders", is_dry_run, NOW)
    report.listed = [ListedObject(each.name, 40_000, NOW - hours * HOUR_S) for hours, each in enumerate(results, 2)]
    for result in results:
        report.add(result)
    return report


SCREENS: dict[str, Callable[[Console], None]] = {
    "empty": partial(show_screen, make_report([])),
    "done": partial(show_screen, make_report(DONE)),
    "left": partial(show_screen, make_report([*DONE, LEFT])),
    "dry run": partial(show_screen, make_report(WAITING, is_dry_run=True)),
}
