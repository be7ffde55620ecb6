"""The screen of a comparison: the verdict, the counts, what is left out, and what was deleted."""

from collections.abc import Iterator

from reconciler.rows import AGELESS, CHANGED, DELETABLE, DELETED, ONLY_IN_STAGING, SUPERSEDED, WITHOUT_ROW
from rich.console import Console
from rich.text import Text

from scavenger_ops.duration import format_duration
from scavenger_ops.reconcile.report import AGE_CLASSES, IN_BOTH, ReconcileReport, RunOnAws
from scavenger_ops.screen import show_verdict
from scavenger_ops.text import count, duration

# The longest list of segments that failed for the same reason.
MOST_NAMED = 10


def show_screen(report: ReconcileReport, console: Console) -> None:
    """Show the report."""
    verdict, sentence = report.verdict()
    show_verdict(console, verdict, report.name, report.region, sentence)
    console.print()
    for line in _count_lines(report):
        console.print(line, soft_wrap=True)
    consumed = f"{count(report.read_units, 'read unit')} and {count(report.write_units, 'write unit')}"
    console.print(f"Consumed: {consumed}.")
    for note in _notes(report):
        console.print(Text(f"\n{note}"))
    if report.on_aws and report.on_aws.failed:
        console.print(Text(f"\n{_failed_segments(report.on_aws)}"))
        console.print(Text(report.on_aws.why), soft_wrap=True)
    console.print()
    said, command = _conclusion(report)
    # A command to copy is not wrapped.
    console.print(Text(f"{said} {command}".rstrip(), style="bold"), soft_wrap=bool(command))


def _count_lines(report: ReconcileReport) -> Iterator[str]:
    counts = report.counts
    scanned, all_of_them = ("messages", "messages") if report.is_by_message else ("rows", "rows in staging")
    label = all_of_them if report.is_finished else f"{scanned} compared"
    yield f"{label:<24}{counts.total():>14,}"
    if report.is_by_message:
        yield f"  {'without a row':<22}{counts[WITHOUT_ROW]:>14,}"
    named = {f"in both, {name}": counts[name] for name in IN_BOTH}
    named |= {f"unprocessed, {name}": counts[ONLY_IN_STAGING + name] for name in AGE_CLASSES}
    yield from (f"  {name:<22}{number:>14,}" for name, number in named.items() if number)


def _notes(report: ReconcileReport) -> Iterator[str]:
    """Yield what was left out, and what is uncertain."""
    counts = report.counts
    if counts[AGELESS]:
        yield (
            f"{count(counts[AGELESS], 'row')} skipped: {report.age_attribute} does not show their age. Name another "
            "attribute with --age-attribute. Or, if nothing is written to the staging table at the moment, take rows "
            "of any age with --older-than 0."
        )
    if counts[CHANGED]:
        yield f"{count(counts[CHANGED], 'row')} skipped: changed after they were read."
    if counts[SUPERSEDED]:
        attributes = " or ".join(report.match_attributes)
        yield f"{count(counts[SUPERSEDED], 'row')} kept: {attributes} is not the same as in the message."
    if report.unprocessed and not report.is_by_message:
        yield _unprocessed(report)
    if report.has_zoneless:
        yield (
            f"Some rows have a {report.age_attribute} without a time zone. It was read as the latest possible time "
            "(UTC-12), so these rows may be up to 26 hours older than assumed."
        )
    if not report.is_exact:
        yield (
            "Some segments were stopped before they told their counts, which are missing here."
            if report.on_aws
            else "An earlier run of this comparison was killed. Its last second is not counted."
        )
    if report.unanswered:
        yield (
            f"{count(report.unanswered, 'delete')} got no response, so it is unknown whether these rows are gone. The "
            "next run deletes those that are still there."
        )


def _unprocessed(report: ReconcileReport) -> str:
    """Return how many rows no message matches. If young rows are among them, nothing shows that any is late."""
    match, are = ("matches", "is") if report.unprocessed == 1 else ("match", "are")
    rows = f"{count(report.unprocessed, 'row')} of {report.staging} {match} no message"
    age_s = report.oldest_unprocessed_s
    oldest = "" if age_s is None else f"; the oldest is {duration(age_s)} old"
    if not report.older_than_s:
        return f"{rows}{oldest}."
    return f"{rows} and {are} older than {format_duration(report.older_than_s)}{oldest}. Processing may be stuck."


def _failed_segments(run: RunOnAws) -> str:
    """Return which segments failed, by the names of their errors."""
    by_error: dict[str, list[str]] = {}
    for segment, error in run.failed.items():
        by_error.setdefault(error, []).append(str(segment))
    named = "; ".join(f"{_listed(segments)} ({error})" for error, segments in by_error.items())
    return f"Segments that failed, so that not all of their rows were compared: {named}. Why the first one did:"


def _listed(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _nothing(report: ReconcileReport) -> str:
    is_known = report.is_exact or not report.is_applied
    return "Nothing was deleted." if is_known else "It is not known how many rows were deleted."


def _conclusion(report: ReconcileReport) -> tuple[str, str]:
    """Return what was or was not deleted, and the command that comes next, if any."""
    deleted, deletable = report.counts[DELETED], report.counts[DELETABLE]
    were = "was" if deleted == 1 else "were"
    runs = ", by this run and earlier ones" if report.is_resumed else ""
    some = f"{report.deleted()} {were} deleted from {report.staging}{runs}."
    said = f"{some[0].upper()}{some[1:]}" if deleted else _nothing(report)
    if not report.is_finished:
        return f"{said} {'To start again:' if report.on_aws else 'To continue:'}", report.again
    return (f"{said} To delete {count(deletable, 'row')}:", report.apply) if deletable else (said, "")
