"""Compares a segment of one of the two tables with the other one, and deletes the rows that are in both."""

import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import wait
from typing import Any, TypeVar

from scavenger.keys import key_identity

from reconciler.aws.ask import RetryPolicy, Stopped
from reconciler.aws.errors import AwsError
from reconciler.comparison import Comparison
from reconciler.conditional_delete import DeleteStatus, check_delete, delete_if_unchanged
from reconciler.progress import ComparisonProgress, PageCounts
from reconciler.rate_limit import RateLimit
from reconciler.reading import (
    ATTEMPT_TIMEOUT_S,
    RETRY_TIMEOUT_S,
    ScannedPage,
    TableReader,
    key_of,
    look_up,
    read_page,
)
from reconciler.row_age import AGE_UNKNOWN, RowAge, age_class, age_of

# Source: API_BatchGetItem.html.
MOST_LOOK_UPS = 100
# Few enough to need little memory, and enough that the number of requests does not matter.
MOST_ITEMS_A_PAGE = 1000
# How long deleting a page's rows should take, and the age at which a page is read again.
SECONDS_A_PAGE, MOST_AGE_OF_PAGE_S = 10, 60

# Names of the counts. Rows in both tables:
DELETED, CHANGED, GONE = DeleteStatus.DELETED.value, DeleteStatus.CHANGED.value, DeleteStatus.GONE.value
DELETABLE, YOUNG, AGELESS, SUPERSEDED = "deletable", "too young", AGE_UNKNOWN, "superseded"
ONLY_IN_STAGING = "only in staging, "
# If messages are scanned: those without a row in staging, that make no row obsolete, or share a row.
WITHOUT_ROW = "without a row of its own"

Item = TypeVar("Item")
Row = Mapping[str, Any]
# For the identity of each key that messages have: the versions of the row that they make obsolete.
Versions = Mapping[object, Collection[object]]


def compare_segment(comparison: Comparison, segment: int) -> None:
    """Compare the rest of a segment, page by page, and note each page that is done, until a stop.

    Raises ExplainedError if a request to a table fails.
    """
    try:
        while not comparison.progress.is_done(segment):
            compare_page(comparison, segment)
    except Stopped:
        return


def compare_page(comparison: Comparison, segment: int) -> None:
    """Compare the next page of a segment, and note that it is done, unless it became too old meanwhile.

    Raises ExplainedError if a request to a table fails, and Stopped.
    """
    scanned, looked_up = comparison.sources()
    progress = comparison.progress
    most = _items_a_page(comparison, scanned, looked_up)
    page = read_page(scanned, (segment, comparison.segments), progress.last_key(segment), most)
    progress.add_units(read_units=page.read_units)
    progress.begin_page(segment)
    counts = PageCounts()
    for some in _portions(page.items, looked_up.limit, MOST_LOOK_UPS):
        if is_old(page):
            return
        rows, found = _match(comparison, some, counts.kept)
        _delete(comparison, segment, _sort(comparison, rows, found, counts), counts.kept)
    _note_done(progress, segment, page.last_key, counts)


def check_requests(comparison: Comparison) -> None:
    """Send a scan, a look-up and a delete that deletes nothing, for the first item of the scan and its partner.

    Raises AwsError if one is not allowed. An empty table needs none.
    """
    scanned, _ = comparison.sources()
    page = read_page(scanned, (0, 1), None, 1)
    rows, _ = _match(comparison, page.items, Counter())
    table = comparison.tables.staging.table
    for row in rows if comparison.deletes else ():
        check_delete(comparison.tables.client, table, key_of(table, row), scanned.retry_policy)


def is_old(page: ScannedPage) -> bool:
    """Return whether a page is so old that it must be read again, for example after a laptop has slept."""
    # The wall clock continues while a laptop sleeps, and the monotonic clock is never set back.
    age_s = max(time.time() - page.read_at, time.monotonic() - page.read_at_monotonic)
    return age_s > MOST_AGE_OF_PAGE_S


def _note_done(progress: ComparisonProgress, segment: int, last_key: dict[str, Any] | None, page: PageCounts) -> None:
    # An earlier pass over the same page may have deleted the rows of these messages: do not count them here.
    if without_row := page.kept[WITHOUT_ROW]:
        page.kept[WITHOUT_ROW] -= progress.take_deleted_before(segment, without_row)
    progress.advance(segment, last_key, page)


def _items_a_page(comparison: Comparison, scanned: TableReader, looked_up: TableReader) -> int:
    """Return the size of the next page: at most what can be read in a second, and handled in SECONDS_A_PAGE."""
    most = min(scanned.limit.items_in(1), looked_up.limit.items_in(SECONDS_A_PAGE) / comparison.readers)
    if comparison.deletes:
        most = min(most, comparison.limits.staging_writes.items_in(SECONDS_A_PAGE) / comparison.readers)
    return max(1, int(min(MOST_ITEMS_A_PAGE, most)))


def _match(comparison: Comparison, items: Sequence[Row], kept: Counter[str]) -> tuple[Sequence[Row], Versions]:
    """Return the rows, and what the messages make obsolete."""
    staging, messages = comparison.staging(), comparison.messages()
    if comparison.match_rule.is_by_message:
        matched = comparison.match(items)
        rows, units = look_up(staging, [each.key for each in matched])
        kept[WITHOUT_ROW] += len(items) - len(rows)
    else:
        names = [*messages.table.key_types]
        rows = [*items]  # type: ignore[list-item]  # the scanned items are rows
        wanted = [comparison.match_rule.message_key(key_of(staging.table, row), names) for row in rows]
        found, units = look_up(messages, wanted)
        matched = comparison.match(found)
    comparison.progress.add_units(read_units=units)
    versions: dict[object, set[object]] = {}
    for key, version in matched:
        versions.setdefault(key_identity(key), set()).update(set() if version is None else {version})
    return rows, versions


def _sort(comparison: Comparison, rows: Sequence[Row], versions: Versions, page: PageCounts) -> list[Row]:
    """Return the rows to delete. Count the others by the table they are in, by version and by age."""
    to_delete: list[Row] = []
    now, table, kept = time.time(), comparison.tables.staging.table, page.kept
    for row in rows:
        age = age_of(row, comparison.age_attribute, now)
        if age and not age.has_zone:
            comparison.progress.has_zoneless = True
        obsolete = versions.get(key_identity(key_of(table, row)))
        if obsolete is None:
            kept[ONLY_IN_STAGING + age_class(age)] += 1
            _note_unprocessed(comparison, age, now, page)
        elif comparison.match_rule.version_of_row(row) not in obsolete:
            kept[SUPERSEDED] += 1
        elif comparison.older_than_s and age is None:
            kept[AGELESS] += 1
        elif _is_young(comparison, age):
            kept[YOUNG] += 1
        elif comparison.deletes is None:
            kept[DELETABLE] += 1
        else:
            to_delete.append(row)
    return to_delete


def _is_young(comparison: Comparison, age: RowAge | None) -> bool:
    """Return whether a row is so young that the function may still delete it."""
    return age is not None and comparison.older_than_s > 0 and age.seconds < comparison.older_than_s


def _note_unprocessed(comparison: Comparison, age: RowAge | None, now: float, page: PageCounts) -> None:
    """Count a row that no message matches, unless its message may still come, or its age is unknown."""
    if age is None and comparison.older_than_s:
        return
    if not _is_young(comparison, age):
        page.note_unprocessed(None if age is None else now - age.seconds)


def _delete(comparison: Comparison, segment: int, rows: Sequence[Row], kept: Counter[str]) -> None:
    """Delete the rows that have not changed since they were read, within the rate limit, and count them.

    Raises AwsError if a request failed, and Stopped if a stop came before all were deleted.
    """
    if comparison.deletes is None:
        return
    sent = [comparison.deletes.submit(_delete_one, comparison, segment, row) for row in rows]
    # Wait for all: what they do until they stop is counted.
    wait(sent)
    errors = [error for each in sent if (error := each.exception())]
    if errors:
        raise next((error for error in errors if not isinstance(error, Stopped)), errors[0])
    # A changed row is compared again if the page is read again, so it is counted with the page.
    kept[CHANGED] += sum(each.result() == DeleteStatus.CHANGED for each in sent)


def _delete_one(comparison: Comparison, segment: int, row: Row) -> DeleteStatus:
    limit, progress = comparison.limits.staging_writes, comparison.progress
    reserved = limit.reserve(1, comparison.stop)
    if reserved is None:
        raise Stopped
    client, table = comparison.tables.client, comparison.tables.staging.table
    # No stop event: wait for the result of each delete that was sent, and long enough for a throttled table to recover.
    retry_policy = RetryPolicy(ATTEMPT_TIMEOUT_S, RETRY_TIMEOUT_S)
    progress.note_sent()
    try:
        result = delete_if_unchanged(client, table, row, comparison.compared_first(), retry_policy)
    except AwsError as error:
        # The other threads would fail in the same way.
        comparison.stop.set()
        progress.note_answered(is_known=not error.is_in_doubt)
        raise
    # The units of a row that is not deleted are not known, so nothing is learned from them.
    limit.charge(result.status == DeleteStatus.DELETED, reserved, result.write_units)
    comparison.limits.staging_reads.charge(0, 0.0, result.read_units)
    progress.add_units(read_units=result.read_units, write_units=result.write_units)
    progress.note_result(segment, result.status.value, is_gone=result.status != DeleteStatus.CHANGED)
    return result.status


def _portions(items: Sequence[Item], limit: RateLimit, most: int) -> Iterator[Sequence[Item]]:
    """Yield the items in portions, one for each request, of at most `most` items and a second of the rate limit."""
    start = 0
    while start < len(items):
        size = max(1, int(min(most, limit.items_in(1))))
        yield items[start : start + size]
        start += size
