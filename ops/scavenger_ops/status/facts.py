"""What is known of a deployment at a moment: plain facts, of which the findings and the screen are made.

A fact that is None is not known; `unknown` says why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from scavenger_ops.status.series import Series

# What DescribeTable cannot say of a table that is not there.
MISSING = "MISSING"
# Of modules/scavenger.
DEFAULT_TIMEOUT_S = 60

# The rows of the screen.
RowName = Literal[
    "function",
    "trigger",
    "lag",
    "inserts",
    "deletes",
    "throttling",
    "faults",
    "given up",
    "failure bucket",
    "staging",
    "alarms",
]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that is not known: the rows that need it, what it is, a permission that is missing, and why."""

    about: tuple[RowName, ...]
    what: str
    permission: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """What the function is told by its environment variables, and what is wrong with them.

    The key is that of the staging table, by attribute; it is None where it cannot be read.
    """

    staging_table_name: str | None
    failure_bucket_name: str | None
    service_name: str
    error: str | None = None
    is_dry_run: bool = False
    staging_key: Mapping[str, str] | None = None
    has_key_mapping: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """The function; its settings are None if they are encrypted with a key that the caller may not use."""

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
class Table:
    """A table; without write units it is on demand, and without a stream ARN its stream is off."""

    name: str
    status: str
    item_count: int | None
    write_units: int | None
    stream_arn: str | None
    # The type of each key attribute.
    key: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """An event source mapping of a DynamoDB stream, with the table that the stream is of.

    It counts events if its metrics_config says so; None if the answer does not tell.
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
    messages_table: Table | None
    reports_failures: bool = True
    counts_events: bool | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """The failure bucket and what waits in it; it may be more than was counted, and older."""

    name: str
    exists: bool = True
    waiting: int = 0
    quarantined: int = 0
    has_more: bool = False
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm: its state, why and since when, whether it has actions, and whether they are switched off.

    The key is that of modules/monitoring, if it is one of these.
    """

    name: str
    reason: str
    state: str
    changed_at: datetime
    has_actions: bool
    is_silenced: bool
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics: the lag of 15 minutes, what happened in an hour, and what must not be overlooked in a day."""

    lag_ms: Series | None = None

    written: Series | None = None
    polled: Series | None = None
    filtered_out: Series | None = None
    invocations: Series | None = None
    received: Series | None = None
    deleted: Series | None = None
    would_delete: Series | None = None
    duplicates: Series | None = None
    ignored: Series | None = None

    write_throttles: Series | None = None
    unprocessed: Series | None = None
    throttles: Series | None = None
    errors: Series | None = None
    failed: Series | None = None
    quarantined: Series | None = None

    given_up: Series | None = None
    dropped: Series | None = None
    lag_of_day_ms: Series | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of a deployment.

    Concurrency is what is reserved for the function, -1 for no reservation, as Terraform has it.
    """

    name: str
    region: str
    at: datetime
    function: Function | None = None
    concurrency: int | None = None
    triggers: tuple[Trigger, ...] | None = None
    staging_table: Table | None = None
    bucket: Bucket | None = None
    metrics: Metrics = Metrics()
    all_alarms: tuple[Alarm, ...] | None = None
    unknown: tuple[Unknown, ...] = ()

    @property
    def settings(self) -> FunctionSettings | None:
        """The function's settings."""
        return self.function.settings if self.function else None

    @property
    def alarms(self) -> tuple[Alarm, ...] | None:
        """The alarms that are on."""
        return None if self.all_alarms is None else tuple(each for each in self.all_alarms if each.state == "ALARM")

    @property
    def timeout_s(self) -> int:
        """How long an invocation may last; the module's default where it is not known."""
        return (self.function.timeout_s if self.function else None) or DEFAULT_TIMEOUT_S

    @property
    def staging_table_name(self) -> str | None:
        """The name of the table that the function deletes from."""
        return self.settings.staging_table_name if self.settings else None

    @property
    def bucket_name(self) -> str | None:
        """The name of the failure bucket, as the function has it, or else a mapping."""
        return bucket_name_of(self.settings, self.triggers)

    @property
    def trigger_bucket_names(self) -> tuple[str | None, ...]:
        """The bucket of each mapping."""
        return tuple(trigger.failure_bucket_name for trigger in self.triggers or ())


def bucket_name_of(settings: FunctionSettings | None, triggers: tuple[Trigger, ...] | None) -> str | None:
    """Return the name of the failure bucket, as the function has it, or else a mapping."""
    told = [settings.failure_bucket_name] if settings else []
    return next((name for name in (*told, *(each.failure_bucket_name for each in triggers or ())) if name), None)
