"""What is known of a deployment at a moment: plain facts, of which the findings and the screen are made.

A fact that is None is not known, since AWS refused to tell it; `unknown` says why.
"""

from dataclasses import dataclass
from datetime import datetime

from scavenger_ops.status.series import Series

# What DescribeTable cannot say of a table that is not there.
MISSING = "MISSING"


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that AWS did not tell: what it is, the permission that is missing (if it is that), AWS's own words."""

    what: str
    permission: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """What the function is told by its environment variables, and what is wrong with them."""

    staging_table_name: str | None
    failure_bucket_name: str | None
    service_name: str
    error: str | None = None
    is_dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """The function; its settings are None if they are encrypted with a key that the caller may not use."""

    state: str
    state_reason: str | None
    last_update_status: str
    last_update_reason: str | None
    log_group_name: str
    settings: FunctionSettings | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table; without write units it is on demand, and without a stream ARN its stream is off."""

    name: str
    status: str
    item_count: int | None
    write_units: int | None
    stream_arn: str | None


@dataclass(frozen=True, slots=True)
class Trigger:
    """An event source mapping of a DynamoDB stream, with the table that the stream is of."""

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
    """An alarm that is on, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics: of 15 minutes, of an hour, and of a day."""

    lag_ms: Series | None = None
    deleted: Series | None = None
    received: Series | None = None
    written: Series | None = None
    polled: Series | None = None

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
    alarms: tuple[Alarm, ...] | None = None
    unknown: tuple[Unknown, ...] = ()

    @property
    def settings(self) -> FunctionSettings | None:
        """The function's settings."""
        return self.function.settings if self.function else None

    @property
    def staging_table_name(self) -> str | None:
        """The name of the table that the function deletes from."""
        return self.settings.staging_table_name if self.settings else None

    @property
    def bucket_name(self) -> str | None:
        """The name of the failure bucket, as the function has it, or else a mapping."""
        told = [self.settings.failure_bucket_name] if self.settings else []
        return next((name for name in (*told, *self.trigger_bucket_names) if name), None)

    @property
    def trigger_bucket_names(self) -> tuple[str | None, ...]:
        """The bucket of each mapping."""
        return tuple(trigger.failure_bucket_name for trigger in self.triggers or ())
