"""Screens of `scavenger plan reconcile`: a run with the default settings, a fast one, and one that cannot end."""

from collections.abc import Callable

from rich.console import Console
from scavenger_ops.plan.function_cost import measured
from scavenger_ops.plan.reconcile.load import ReconcileLoad, ReconcileSettings
from scavenger_ops.plan.reconcile.report import make_reconcile_plan
from scavenger_ops.plan.reconcile.screen import show_screen

from bench.reconcile_growth import FAST


def _show(console: Console, rows: int, settings: ReconcileSettings) -> None:
    load = ReconcileLoad(rows, row_bytes=1000, message_bytes=1000, obsolete_share=0.01)
    show_screen(make_reconcile_plan(load, settings, measured()), console)


SCREENS: dict[str, Callable[[Console], None]] = {
    "by default": lambda console: _show(console, 10**9, ReconcileSettings()),
    "fast": lambda console: _show(console, 10**9, FAST),
    "cannot end": lambda console: _show(console, 10**12, ReconcileSettings()),
}
