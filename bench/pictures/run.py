"""Draw the docs' pictures of the dashboard, of the demo, and of the screens of all commands."""

from scavenger_ops.plan.scenario import DISTURBANCE_S
from scavenger_ops.toolchain import ROOT

from bench.pictures.dashboard import Shown, draw_dashboard
from bench.pictures.demo import draw_demo
from bench.pictures.deployed import deploy
from bench.pictures.screens_page import draw_screens
from bench.pictures.simulated import DURATION_S, INSERTS_A_SECOND, SETTINGS, THROTTLED, simulate

IMAGES = ROOT / "docs" / "images"
ORIGIN = (
    f"Values of {DURATION_S // 3600} simulated hours in which the staging table is throttled for "
    f"{DISTURBANCE_S / 60:.0f} minutes (shaded), not of an AWS account.\n"
    f"{INSERTS_A_SECOND} inserts a second, {SETTINGS.write_capacity} write capacity units; other settings: defaults. "
    "The alarms' states are those at the end."
)

if __name__ == "__main__":
    draw_dashboard(deploy(), Shown(simulate(), THROTTLED, ORIGIN), IMAGES / "dashboard.svg")
    draw_demo(IMAGES / "demo.svg")
    draw_screens()
