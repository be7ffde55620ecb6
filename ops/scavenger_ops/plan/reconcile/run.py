"""Makes the plan, and shows it."""

from scavenger_ops.command import EXIT_OK, show_json
from scavenger_ops.plan.function_cost import measured
from scavenger_ops.plan.reconcile.as_json import to_json
from scavenger_ops.plan.reconcile.load import ReconcileLoad, ReconcileSettings
from scavenger_ops.plan.reconcile.report import make_reconcile_plan
from scavenger_ops.plan.reconcile.screen import show_screen
from scavenger_ops.screen import open_console


def run(load: ReconcileLoad, settings: ReconcileSettings, *, as_json: bool) -> int:
    """Show what a run of the reconciler takes, and return the exit code."""
    plan = make_reconcile_plan(load, settings, measured())
    if as_json:
        show_json(to_json(plan))
    else:
        show_screen(plan, open_console())
    return EXIT_OK
