"""The screen of a redrive: the verdict, the reasons, and what to do about each object that is left."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from scavenger_ops.layout import show_head, show_indented, show_sentence, show_table
from scavenger_ops.redrive.reasons import group_by_reason, reason_in_words
from scavenger_ops.redrive.report import RedriveReport
from scavenger_ops.redrive.result import RedriveResult, RedriveStatus
from scavenger_ops.screen import has_symbols, show_verdict
from scavenger_ops.text import count, duration

# Nobody reads more objects than that; the JSON has them all.
MOST_OBJECTS = 20


def show_screen(report: RedriveReport, console: Console) -> None:
    """Show the report."""
    verdict, sentence = report.verdict()
    show_verdict(console, verdict, report.function, report.region, sentence)
    if not report.listed:
        return
    _show_reasons(report, console)
    _show_left(report.still_there, console)
    if report.is_dry_run:
        _show_waiting(report, console)
    _show_next(report, console)


def _show_reasons(report: RedriveReport, console: Console) -> None:
    console.print()
    # A dry run leaves all of them.
    heads = ("reason", "objects", *(() if report.is_dry_run else ("left",)), "records", "oldest")
    show_table(console, heads, _reasons(report), text_column=0)


def _reasons(report: RedriveReport) -> Iterator[Sequence[str]]:
    for group in group_by_reason(report):
        records = f"{group.records:,}" if group.records else "-"
        left = () if report.is_dry_run else (f"{group.left:,}",)
        yield plain(group.reason), f"{group.objects:,}", *left, records, duration(group.oldest_s)


def _show_left(left: Sequence[RedriveResult], console: Console) -> None:
    """Show the objects that could not be finished. Those with the same remedy share it."""
    if not left:
        return
    show_head(console, "Left in the bucket")
    for remedy, results in groupby(sorted(left, key=lambda each: each.remedy)[:MOST_OBJECTS], lambda each: each.remedy):
        for result in results:
            _show_name(result.name, console)
            show_indented(console, plain(result.problem))
        show_indented(console, plain(remedy.text), style="bold")
        for command in remedy.commands:
            console.print(Text(f"    {plain(command)}", style="cyan"), soft_wrap=True)
    _show_more(left, console)


def _show_waiting(report: RedriveReport, console: Console) -> None:
    waiting = [each for each in report.listed if _status(report, each.name) is RedriveStatus.WAITING]
    if not waiting:
        return
    show_head(console, "To redrive")
    separator = " · " if has_symbols(console) else " - "
    for each in waiting[:MOST_OBJECTS]:
        result = report.results[each.name]
        _show_name(each.name, console)
        facts = count(result.records, "record"), duration(report.age_s(each)), reason_in_words(result)
        show_indented(console, plain(separator.join(facts)))
    _show_more(waiting, console)


def _show_next(report: RedriveReport, console: Console) -> None:
    """Show, in the last line, what to do next."""
    waiting = report.statuses[RedriveStatus.WAITING]
    if waiting:
        said = f"Nothing was sent or removed. To redrive {count(waiting, 'object')}:"
    elif report.is_done or report.is_dry_run:
        return
    else:
        said = "When that is fixed, run it again:" if report.still_there else "Run it again for the rest:"
    console.print()
    if report.quarantined:
        show_sentence(console, "A quarantined object is left again, unless what its reason names is fixed.")
    console.print(Text(f"{said} {plain(report.again)}", style="bold"), soft_wrap=True)


def _status(report: RedriveReport, name: str) -> RedriveStatus | None:
    return report.results[name].status if name in report.results else None


def _show_name(name: str, console: Console) -> None:
    """Show an object's key in one line, so that it can be copied."""
    console.print(Text(plain(name)), soft_wrap=True)


def _show_more(all_: Sequence[object], console: Console) -> None:
    if len(all_) > MOST_OBJECTS:
        console.print(f"... and {len(all_) - MOST_OBJECTS:,} more. --json lists all of them.")


def plain(text: Iterable[str]) -> str:
    """Return a text with escapes for unprintable characters, which an object's key may have."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
