"""What is known about a deployment at a moment. The problems and the screen are made from these facts.

A fact that is None is not known; `unknown` has the reason. The fields have the names of the JSON's keys, except for
those in as_json.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scavenger_ops.status.failure_facts import LogFacts, QuarantineReasons
from scavenger_ops.status.problem import Unknown
from scavenger_ops.status.series import MetricSeries

# The status of a table that does not exist. DescribeTable has no status for it.
MISSING = "MISSING"
# The default of modules/scavenger.
DEFAULT_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """The settings in the function's environment variables, and what is wrong with them.

    `staging_key` has the type of each key attribute of the staging table. It is None if it cannot be read.
    """

    staging_table_name: str | None
    failure_bucket_name: str | None
    service_name: str
    error: str | None = None
    is_dry_run: bool = False
    staging_key: Mapping[str, str] | None = None
    has_key_mapping: bool = False
    match_attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FunctionFacts:
    """The function. Its settings are None if they are encrypted with a key that the caller is not allowed to use."""

    state: str | None
    state_reason: str | None
    last_update_status: str | None
    last_update_reason: str | None
    log_group_name: str
    settings: FunctionSettings | None
    timeout_s: int | None = None
    arn: str | None = None
    # Why the settings are not known.
    settings_fault: str | None = None


@dataclass(frozen=True, slots=True)
class TableFacts:
    """A table. Without write units it is on demand, and without a stream ARN its stream is disabled."""

    name: str
    status: str
    item_count: int | None
    write_units: float | None
    stream_arn: str | None
    # The type of each key attribute.
    key: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class MappingFacts:
    """An event source mapping of a DynamoDB stream, with the table of the stream.

    It counts events if its metrics_config says so. `counts_events` is None if Lambda does not say.
    """

    uuid: str
    state: str
    state_reason: str
    changed_at: datetime
    last_result: str
    batch_size: int
    window_s: int
    failure_bucket_name: str | None
    stream_arn: str
    messages_table_name: str
    messages_table: TableFacts | None
    reports_failures: bool = True
    counts_events: bool | None = None


@dataclass(frozen=True, slots=True)
class BucketFacts:
    """The failure bucket and the objects that wait in it. If it has more, there may be older ones among them.

    `newest_quarantined` has the names of the newest objects that the function quarantined.
    """

    name: str
    exists: bool = True
    waiting: int = 0
    quarantined: int = 0
    has_more: bool = False
    oldest_at: datetime | None = None
    newest_quarantined: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlarmFacts:
    """An alarm: its state, why and since when, whether it has actions, and whether these are disabled.

    The key is that of modules/monitoring, or None for another alarm.
    """

    name: str
    reason: str
    state: str
    changed_at: datetime
    has_actions: bool
    is_silenced: bool
    key: str | None = None


@dataclass(frozen=True, slots=True)
class MetricFacts:
    """The metrics: the lag of 15 minutes, what happened in an hour, and what nobody must overlook for a day.

    The last ones are those of the reconciler's runs.
    """

    lag_ms: MetricSeries | None = None

    written: MetricSeries | None = None
    polled: MetricSeries | None = None
    filtered_out: MetricSeries | None = None
    invocations: MetricSeries | None = None
    received: MetricSeries | None = None
    deleted: MetricSeries | None = None
    would_delete: MetricSeries | None = None
    superseded: MetricSeries | None = None
    duplicates: MetricSeries | None = None
    ignored: MetricSeries | None = None

    write_throttles: MetricSeries | None = None
    unprocessed: MetricSeries | None = None
    throttles: MetricSeries | None = None
    errors: MetricSeries | None = None
    failed: MetricSeries | None = None
    quarantined: MetricSeries | None = None

    retries_exhausted: MetricSeries | None = None
    dropped: MetricSeries | None = None
    lag_of_day_ms: MetricSeries | None = None

    unprocessed_rows: MetricSeries | None = None
    oldest_unprocessed_s: MetricSeries | None = None
    failed_segments: MetricSeries | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known about a deployment.

    `concurrency` is the function's reserved concurrency, -1 if none is reserved, as in Terraform.
    `metrics_not_kept` has the fields of MetricFacts whose metrics the local AWS does not keep.
    """

    name: str
    region: str
    at: datetime
    function: FunctionFacts | None = None
    concurrency: int | None = None
    mappings: tuple[MappingFacts, ...] | None = None
    staging_table: TableFacts | None = None
    bucket: BucketFacts | None = None
    quarantine_reasons: QuarantineReasons | None = None
    log: LogFacts | None = None
    metrics: MetricFacts = MetricFacts()
    metrics_not_kept: tuple[str, ...] = ()
    all_alarms: tuple[AlarmFacts, ...] | None = None
    unknown: tuple[Unknown, ...] = ()

    @property
    def settings(self) -> FunctionSettings | None:
        """The function's settings."""
        return self.function.settings if self.function else None

    @property
    def matches_rows(self) -> bool:
        """Whether the function compares rows with their messages. Otherwise no row can be superseded."""
        return bool(self.settings and self.settings.match_attributes)

    @property
    def alarms(self) -> tuple[AlarmFacts, ...] | None:
        """The alarms that are on."""
        return None if self.all_alarms is None else tuple(each for each in self.all_alarms if each.state == "ALARM")

    @property
    def timeout_s(self) -> int:
        """The function's timeout, or the module's default if it is not known."""
        return (self.function.timeout_s if self.function else None) or DEFAULT_TIMEOUT_S

    @property
    def staging_table_name(self) -> str | None:
        """The name of the table that the function deletes from."""
        return self.settings.staging_table_name if self.settings else None

    @property
    def bucket_name(self) -> str | None:
        """The name of the failure bucket, from the function or else from a mapping."""
        return bucket_name_of(self.settings, self.mappings)

    @property
    def mapping_bucket_names(self) -> tuple[str | None, ...]:
        """The failure bucket of each mapping."""
        return tuple(mapping.failure_bucket_name for mapping in self.mappings or ())


def bucket_name_of(settings: FunctionSettings | None, mappings: tuple[MappingFacts, ...] | None) -> str | None:
    """Return the name of the failure bucket, from the function's settings or else from a mapping."""
    names = [settings.failure_bucket_name] if settings else []
    return next((name for name in (*names, *(each.failure_bucket_name for each in mappings or ())) if name), None)
