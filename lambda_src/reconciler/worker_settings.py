"""The settings of the reconciler's function, read from its environment variables once, at start."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scavenger.settings import SettingsError

# More than any table has.
MOST_UNITS = 1_000_000_000
# Ten years.
MOST_AGE_S = 315_360_000
# As many as there can be segments.
MOST_WORKERS = 1_000


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """The settings: the function whose tables are compared, and the defaults of a run (`RunOptions`).

    At most `max_concurrency` workers run at a time. The units are those of all workers, in a second.
    """

    function_name: str
    age_attribute: str
    older_than_s: int
    max_concurrency: int
    max_read_units: float | None
    max_write_units: float | None


def read_worker_settings(environment: Mapping[str, str]) -> WorkerSettings:
    """Return the settings. Optional: MAX_READ_UNITS and MAX_WRITE_UNITS.

    Raises SettingsError, which names the variable, its value and the values that are accepted.
    """
    return WorkerSettings(
        function_name=_text(environment, "SCAVENGER_FUNCTION_NAME"),
        age_attribute=_text(environment, "AGE_ATTRIBUTE"),
        older_than_s=int(_number(environment, "OLDER_THAN_S", r"[0-9]{1,9}", 0, MOST_AGE_S)),
        max_concurrency=int(_number(environment, "MAX_CONCURRENCY", r"[0-9]{1,4}", 1, MOST_WORKERS)),
        max_read_units=_units(environment, "MAX_READ_UNITS"),
        max_write_units=_units(environment, "MAX_WRITE_UNITS"),
    )


def _units(environment: Mapping[str, str], variable: str) -> float | None:
    form = r"[0-9]{1,10}(\.[0-9]{1,3})?"
    return _number(environment, variable, form, 0.1, MOST_UNITS) if variable in environment else None


def _number(environment: Mapping[str, str], variable: str, form: str, least: float, most: float) -> float:
    value = _text(environment, variable)
    if not re.fullmatch(form, value) or not least <= float(value) <= most:
        raise SettingsError(f"{variable} is {value!r}: set it to a number from {least:,} to {most:,}.")
    return float(value)


def _text(environment: Mapping[str, str], variable: str) -> str:
    value = environment.get(variable)
    if not value:
        raise SettingsError(
            f"{variable} is not set, so the function cannot start. Set it in the function's environment."
        )
    return value
