"""The function's settings, read from its environment variables once, at start."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# Source: API_CreateTable.html, TableName.
_TABLE_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")


class SettingsError(Exception):
    """An environment variable of the function is missing or malformed."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the function is told by its environment variables."""

    staging_table_name: str
    max_requests_in_flight: int


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read and check the settings.

    Raises SettingsError, which names the variable, what it holds and what it must hold.
    """
    return Settings(
        staging_table_name=_table_name(environment, "STAGING_MESSAGES_TABLE_NAME"),
        max_requests_in_flight=_whole_number(environment, "MAX_REQUESTS_IN_FLIGHT", 1, 50),
    )


def _table_name(environment: Mapping[str, str], variable: str) -> str:
    value = _required(environment, variable)
    if not _TABLE_NAME.fullmatch(value):
        raise SettingsError(
            f"{variable} is {value!r}, which is no table name: "
            "set it to 3 to 255 of a-z, A-Z, 0-9, underscore, hyphen and dot."
        )
    return value


def _whole_number(environment: Mapping[str, str], variable: str, least: int, most: int) -> int:
    value = _required(environment, variable)
    if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
        raise SettingsError(f"{variable} is {value!r}: set it to a whole number from {least} to {most}.")
    return int(value)


def _required(environment: Mapping[str, str], variable: str) -> str:
    if variable not in environment:
        raise SettingsError(f"{variable} is not set: the function cannot start. Set it on the function.")
    return environment[variable]
