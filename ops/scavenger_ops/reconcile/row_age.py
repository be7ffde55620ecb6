"""How old a row is, by an attribute of it: DynamoDB itself does not know."""

from collections.abc import Mapping
from datetime import UTC, datetime

# No epoch time below this, which is in 2001, is one of a row: it is something else.
LEAST_S = 1e9
# Epoch times above these are in milliseconds or microseconds: as seconds they would be past the year 5000.
LEAST_MS = 1e11
LEAST_US = 1e14

AGES = (("under 1h", 3600), ("1h to 1d", 86_400), ("1d to 7d", 604_800), ("over 7d", float("inf")))
AGE_UNKNOWN = "age unknown"


def age_s(row: Mapping[str, Mapping[str, object]], attribute: str, now: float) -> float | None:
    """Give the seconds since the time in an attribute, if it has one that can be read.

    That is a number or string with an epoch time in seconds, milli- or microseconds, or a string with an ISO 8601 time,
    which is UTC unless it says otherwise.
    """
    value = row.get(attribute, {})
    text = value.get("N", value.get("S"))
    created_at = _read_time(text) if isinstance(text, str) else None
    return None if created_at is None else now - created_at


def age_class(age: float | None) -> str:
    """Give the name of the class that an age is in."""
    if age is None:
        return AGE_UNKNOWN
    return next(name for name, limit in AGES if age < limit)


def _read_time(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return _read_iso(text)
    # A day as 20261123, a counter, and what Python reads as a number: nan and inf.
    if not LEAST_S <= number < LEAST_US * 1000:
        return None
    return number / (1e6 if number >= LEAST_US else 1e3 if number >= LEAST_MS else 1)


def _read_iso(text: str) -> float | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    seconds = (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    return seconds if seconds >= LEAST_S else None
