"""The screens of `scavenger reconcile`, drawn from reports that never change."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from rich.console import Console
from scavenger_ops.reconcile.report import ReconcileReport, RunOnAws
from scavenger_ops.reconcile.screen import show_screen

UNPROCESSED = {"only in staging, under 1h": 310, "only in staging, 1h to 1d": 50}
COUNTED = ReconcileReport(
    deployment="orders",
    region="us-east-1",
    staging="orders-staging",
    messages="orders-messages",
    again="scavenger reconcile orders",
    apply="scavenger reconcile orders --apply",
    is_applied=False,
    is_by_message=False,
    older_than_s=3600,
    age_attribute="createdAt",
    match_attributes=(),
    is_finished=True,
    counts=Counter({"deletable": 1204, "too young": 37, **UNPROCESSED}),
    unprocessed=50,
    oldest_unprocessed_s=81_600.0,
    read_units=2406,
    write_units=0,
    begun_at=1_795_000_000.0,
    is_resumed=False,
    is_exact=True,
    unanswered=0,
    has_zoneless=False,
)
DELETED = replace(
    COUNTED,
    again=COUNTED.apply,
    is_applied=True,
    counts=Counter({"deleted": 1204, "changed": 2, "too young": 37, **UNPROCESSED}),
    write_units=1206,
)
STOPPED = replace(DELETED, is_finished=False, counts=Counter({"deleted": 410, **UNPROCESSED}), write_units=410)
AGELESS = replace(DELETED, counts=Counter({"deleted": 1204, "age unknown": 12, **UNPROCESSED}), is_resumed=True)
CLEAN = replace(COUNTED, counts=Counter(UNPROCESSED))
SUPERSEDED = replace(
    DELETED,
    match_attributes=("receivedAt",),
    counts=Counter({"deleted": 1204, "superseded": 8, "too young": 37, **UNPROCESSED}),
    write_units=1204,
)
EXECUTION = "arn:aws:states:us-east-1:111122223333:execution:orders-reconciler"
ON_AWS = replace(
    DELETED,
    again="scavenger reconcile orders --on-aws --apply",
    apply="scavenger reconcile orders --on-aws --apply",
    is_finished=False,
    on_aws=RunOnAws(
        execution_arn=f"{EXECUTION}:nightly",
        segments=20,
        not_done=(4, 7, 12),
        failed={4: "AwsError", 7: "RefusedError", 12: "AwsError"},
        why=f"aws stepfunctions get-execution-history --execution-arn {EXECUTION}/segments:4 --reverse-order "
        "--max-items 20 --query 'events[].taskFailedEventDetails'",
    ),
)

SCREENS: dict[str, Callable[[Console], None]] = {
    "counted": partial(show_screen, COUNTED),
    "deleted": partial(show_screen, DELETED),
    "stopped": partial(show_screen, STOPPED),
    "unknown age": partial(show_screen, AGELESS),
    "superseded": partial(show_screen, SUPERSEDED),
    "clean": partial(show_screen, CLEAN),
    "segments failed on AWS": partial(show_screen, ON_AWS),
}
