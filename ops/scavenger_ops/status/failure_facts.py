"""What is known about why the function failed, or why it quarantined records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class QuarantineReasons:
    """Why records were quarantined: how many records of the newest objects have each reason.

    `fault` says why objects could not be read. It is None if all of them were.
    """

    records: Mapping[str, int] = field(default_factory=dict)
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class LoggedError:
    """An error in the function's log: when, and its sentence."""

    at: datetime
    sentence: str


@dataclass(frozen=True, slots=True)
class LogFacts:
    """What the function's log of the last hour says about failures.

    `unkept_records` could be neither deleted nor quarantined, and were not quarantined later: `unkept_error` has the
    reason. `quarantine_reasons` has how many records were quarantined for each reason.
    """

    exists: bool = True
    last_error: LoggedError | None = None
    unkept_records: int = 0
    unkept_error: LoggedError | None = None
    quarantine_reasons: Mapping[str, int] = field(default_factory=dict)
