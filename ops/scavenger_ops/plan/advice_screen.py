"""Shows better settings as Terraform has them, each with its rationale as a comment."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from scavenger_ops.layout import show_sentence, wrap
from scavenger_ops.plan.cost import MonthlyCost
from scavenger_ops.plan.report import PlanReport
from scavenger_ops.plan.sentences import lag_text
from scavenger_ops.text import figure, usd

COMMENT = "# "


def show_better(report: PlanReport, console: Console) -> None:
    """Show the settings to change, to be copied, and what they lead to."""
    better = report.advice.better
    if better is None:
        show_sentence(console, "No settings keep up with this load.", "red")
    elif not report.rationales:
        show_sentence(console, "None: these settings fit.", "green")
    else:
        for line in _assignments(better, report, console.width):
            # In one piece, however long, to be copied.
            console.print(line, soft_wrap=True)
        show_sentence(console, _result(report, better))


def _assignments(better: MonthlyCost, report: PlanReport, width: int) -> Iterator[Text]:
    """Return the lines. If not all rationales fit beside the settings, each is above its own."""
    values = {name: getattr(better.settings, name) for name in report.rationales}
    texts = {name: f'"{value}"' if isinstance(value, str) else str(value) for name, value in values.items()}
    longest = max(map(len, texts))
    settings = {name: f"{name:{longest}} = {text}" for name, text in texts.items()}
    comments = {name: f"{COMMENT}{rationale}" for name, rationale in report.rationales.items()}
    is_beside = all(len(f"{settings[name]}  {comments[name]}") <= width for name in settings)
    for name, setting in settings.items():
        if is_beside:
            yield Text.assemble((setting, "bold"), f"  {comments[name]}")
        else:
            yield from map(Text, wrap(report.rationales[name], width, COMMENT, COMMENT))
            yield Text(setting, style="bold")


def _result(report: PlanReport, better: MonthlyCost) -> str:
    now = f" instead of {usd(report.cost.usd_a_month)}" if report.keeps_up else ""
    lag, deletes = lag_text(better.lag.worst_lag_s), figure(better.lag.peak.most_deletes_a_second)
    return f"With them: {usd(better.usd_a_month)} a month{now}, a lag of {lag} at most, {deletes} deletes a second."
