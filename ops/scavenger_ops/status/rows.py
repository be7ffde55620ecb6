"""The rows of the screen: for each, whether it is fine, what it says, for which time, and from which source."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from scavenger_ops.status.facts import Facts, MetricFacts
from scavenger_ops.status.metric_queries import metric_query
from scavenger_ops.status.problem import RowName
from scavenger_ops.status.row_texts import NOT_KNOWN, has_no_bucket, row_texts

if TYPE_CHECKING:
    from scavenger_ops.status.series import MetricSeries

RowState = Literal["fine", "wrong", "not known"]

# The fields of MetricFacts that a row shows, or that it is compared with.
_METRICS: dict[RowName, tuple[str, ...]] = {
    "lag": ("lag_ms", "lag_of_day_ms"),
    "inserts": ("received", "written", "polled", "filtered_out", "invocations"),
    "deletes": ("deleted", "would_delete", "superseded", "duplicates", "ignored"),
    "throttling": ("write_throttles", "unprocessed", "throttles"),
    "errors": ("errors", "failed", "quarantined"),
    "retries exhausted": ("retries_exhausted", "dropped"),
    "reconciler": ("failed_segments", "unprocessed_rows", "oldest_unprocessed_s"),
}
# The time that a row covers, if it is not only now.
_WINDOWS: dict[RowName, str] = {
    **dict.fromkeys(("lag", "inserts", "deletes"), "15 min"),
    **dict.fromkeys(("throttling", "errors"), "1 h"),
    "retries exhausted": "24 h",
    "staging table": "6 h",
    "reconciler": "14 days",
}
# The requests of the rows without metrics.
_SOURCES: dict[RowName, str] = {
    "function": "Lambda GetFunctionConfiguration, GetFunctionConcurrency",
    "event source mapping": "Lambda ListEventSourceMappings, DynamoDB DescribeTable",
    "failure bucket": "S3 ListObjectsV2",
    "staging table": "DynamoDB DescribeTable",
    "alarms": "CloudWatch DescribeAlarms",
}


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A row: its name, its state, its text, the time that it covers, the begin of its newest data point, its source."""

    name: RowName
    state: RowState
    text: str
    window: str
    newest_at: datetime | None
    source: str


def make_rows(facts: Facts, wrong: Collection[RowName], unknown: Collection[RowName]) -> tuple[StatusRow, ...]:
    """Return the rows. A row is fine only if everything that it needs is known, and no problem is about it."""
    return tuple(
        StatusRow(
            name,
            _state(name, facts, wrong, unknown),
            text,
            _WINDOWS.get(name, "now"),
            _newest(name, facts.metrics),
            _source(name),
        )
        for name, text in row_texts(facts)
    )


def rows_of_metrics(metrics: Collection[str]) -> tuple[RowName, ...]:
    """Return which rows need any of these fields of MetricFacts."""
    return tuple(name for name, needed in _METRICS.items() if set(needed) & set(metrics))


def _state(name: RowName, facts: Facts, wrong: Collection[RowName], unknown: Collection[RowName]) -> RowState:
    if name in wrong:
        return "wrong"
    return NOT_KNOWN if name in unknown or not _is_known(name, facts) else "fine"


def _is_known(name: RowName, facts: Facts) -> bool:
    """Return whether everything that a row needs is known, even if nothing was noted as unknown."""
    if name in _METRICS:
        is_logged = name != "errors" or facts.log is not None
        return is_logged and all(getattr(facts.metrics, field) is not None for field in _METRICS[name])
    mappings = facts.mappings
    return {
        "function": facts.settings is not None and facts.concurrency is not None,
        "event source mapping": mappings is not None and all(each.messages_table for each in mappings),
        "failure bucket": facts.bucket is not None or has_no_bucket(facts),
        "staging table": facts.staging_table is not None and facts.staging_table.item_count is not None,
        "alarms": facts.all_alarms is not None,
    }[name]


def _newest(name: RowName, metrics: MetricFacts) -> datetime | None:
    series: list[MetricSeries | None] = [getattr(metrics, field) for field in _METRICS.get(name, ())]
    return max((each.latest_at for each in series if each and each.latest_at), default=None)


def _source(name: RowName) -> str:
    queries = [metric_query(field) for field in _METRICS.get(name, ())]
    names = dict.fromkeys(f"{query.namespace} {query.name}" for query in queries)
    log = "; CloudWatch Logs FilterLogEvents" if name == "errors" else ""
    return f"CloudWatch GetMetricData: {', '.join(names)}{log}" if names else _SOURCES[name]
