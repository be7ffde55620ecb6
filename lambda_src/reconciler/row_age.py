"""Finds a row's age from one of its attributes: DynamoDB itself does not record it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

# A number below this (a time in 2001), or a time more than a day ahead, is not a row's time: it is a counter, a day
# such as 20261123, a telephone number, or a time in another unit.
LEAST_S = 1e9
MOST_AHEAD_S = 86_400
# Epoch times are in seconds, milliseconds or microseconds. No number is within the bounds in two of these units.
_UNITS_A_SECOND = (1, 1_000, 1_000_000)

_EPOCH = re.compile(r"[1-9][0-9]{9,15}(\.[0-9]+)?", re.ASCII)
# A day without hyphens cannot be told from a number.
_ISO = re.compile(
    r"[0-9]{4}(-[0-9]{2}-[0-9]{2}|[0-9]{4}(?=T))"
    r"(?P<time>[T ][0-9]{2}:?[0-9]{2}(:?[0-9]{2}([.,][0-9]{1,9})?)?(?P<zone>Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?",
    re.ASCII,
)
# The zone that reaches a given local time last. Source: the tz database, Etc/GMT+12.
LAST_ZONE = timedelta(hours=12)
_DAY = timedelta(days=1)

AGES = (("under 1h", 3600), ("1h to 1d", 86_400), ("1d to 7d", 604_800), ("over 7d", float("inf")))
AGE_UNKNOWN = "age unknown"


class RowAge(NamedTuple):
    """The seconds since a row's time. A time without a zone is read as the latest possible time: the youngest age."""

    seconds: float
    has_zone: bool = True


def age_of(row: Mapping[str, Mapping[str, object]], attribute: str, now: float) -> RowAge | None:
    """Return a row's age by the time in an attribute; None if that is not a time.

    A time is a number or string with an epoch time in seconds, milliseconds or microseconds, or a string in ISO 8601,
    from September 2001 to one day ahead. A date without a time means the end of that day.
    """
    value = row.get(attribute)
    if not isinstance(value, Mapping):
        return None
    number, text = value.get("N"), value.get("S")
    if isinstance(number, str):
        return _age_by_epoch(number, now)
    if not isinstance(text, str):
        return None
    return _age_by_epoch(text, now) if _EPOCH.fullmatch(text) else _age_by_iso(text, now)


def age_class(age: RowAge | None) -> str:
    """Return the name of an age's class, one of AGES, or AGE_UNKNOWN."""
    if age is None:
        return AGE_UNKNOWN
    return next(name for name, limit in AGES if age.seconds < limit)


def _age_by_epoch(text: str, now: float) -> RowAge | None:
    try:
        number = float(text)
    except ValueError:
        return None
    times = [number / units for units in _UNITS_A_SECOND]
    return next((RowAge(now - time) for time in times if _is_time(time, now)), None)


def _age_by_iso(text: str, now: float) -> RowAge | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    has_zone = bool(found["zone"])
    as_utc = time if has_zone else time.replace(tzinfo=UTC)
    if not _is_time(as_utc.timestamp(), now):
        return None
    latest = as_utc if has_zone else as_utc + LAST_ZONE + (timedelta(0) if found["time"] else _DAY)
    return RowAge(now - latest.timestamp(), has_zone)


def _is_time(seconds: float, now: float) -> bool:
    return LEAST_S <= seconds <= now + MOST_AHEAD_S
