"""The function's settings, read from its environment variables once, at start."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

# Source: API_CreateTable.html, TableName.
_TABLE_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
# Source: bucketnamingrules.html.
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# A removal of a message makes no row obsolete. Source: API_streams_Record.html.
_EVENT_NAMES = ("INSERT", "MODIFY")


class SettingsError(Exception):
    """An environment variable of the function is missing or malformed."""


@dataclass(frozen=True, slots=True)
class KeyedTable:
    """The table to delete from: its name, and the type (S, N or B) of each of its one or two key attributes."""

    name: str
    key_types: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings from the function's environment variables.

    `key_mapping` names, for each key attribute of the staging table, the attribute of a message that it is taken from;
    without it, both tables have the same key. `match_attributes` names other attributes of a row, each with the
    attribute of a message that it must equal; a row that differs is kept. `event_names` are the changes of a message
    that make its row obsolete.
    """

    staging_table: KeyedTable
    failure_bucket_name: str | None
    max_requests_in_flight: int
    key_mapping: Mapping[str, str] | None = None
    match_attributes: Mapping[str, str] = field(default_factory=dict)
    event_names: Collection[str] = ("INSERT",)
    is_dry_run: bool = False


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings. Optional: FAILURE_BUCKET_NAME, KEY_MAPPING, MATCH_ATTRIBUTES, EVENT_NAMES and DRY_RUN.

    Raises SettingsError, which names the variable, its value and the values that are accepted.
    """
    table = KeyedTable(
        name=_name(environment, "STAGING_MESSAGES_TABLE_NAME", _TABLE_NAME, "table"),
        key_types=_key_types(environment, "STAGING_MESSAGES_TABLE_KEY"),
    )
    return Settings(
        staging_table=table,
        failure_bucket_name=(
            _name(environment, "FAILURE_BUCKET_NAME", _BUCKET_NAME, "bucket")
            if "FAILURE_BUCKET_NAME" in environment
            else None
        ),
        max_requests_in_flight=_whole_number(environment, "MAX_REQUESTS_IN_FLIGHT", 1, 50),
        key_mapping=_key_mapping(environment, "KEY_MAPPING", table) if "KEY_MAPPING" in environment else None,
        match_attributes=(
            _match_attributes(environment, "MATCH_ATTRIBUTES", table) if "MATCH_ATTRIBUTES" in environment else {}
        ),
        event_names=_event_names(environment, "EVENT_NAMES") if "EVENT_NAMES" in environment else ("INSERT",),
        is_dry_run=_truth(environment, "DRY_RUN") if "DRY_RUN" in environment else False,
    )


def _name(environment: Mapping[str, str], variable: str, form: re.Pattern[str], what: str) -> str:
    value = _required(environment, variable)
    if not form.fullmatch(value):
        raise SettingsError(
            f"{variable} is {value!r}: set it to the name of a {what}, which must match {form.pattern}."
        )
    return value


def _key_types(environment: Mapping[str, str], variable: str) -> Mapping[str, str]:
    value = _required(environment, variable)
    key_types = _json(value)
    if (
        not isinstance(key_types, dict)
        or len(key_types) not in (1, 2)
        or not all(kind in ("S", "N", "B") for kind in key_types.values())
    ):
        raise SettingsError(
            f"{variable} is {value!r}: set it to a JSON object with the type (S, N or B) of each of the one or two key "
            'attributes of the staging table, such as {"messageId": "S"}.'
        )
    return key_types


def _key_mapping(environment: Mapping[str, str], variable: str, table: KeyedTable) -> Mapping[str, str]:
    value = _required(environment, variable)
    mapping = _json(value)
    if (
        not isinstance(mapping, dict)
        or mapping.keys() != table.key_types.keys()
        or not all(isinstance(source, str) and source for source in mapping.values())
    ):
        raise SettingsError(
            f"{variable} is {value!r}: set it to a JSON object with the name of an attribute of the message for each "
            f"key attribute of the staging table ({', '.join(sorted(table.key_types))}), or unset it if both tables "
            "have the same key."
        )
    return mapping


def _match_attributes(environment: Mapping[str, str], variable: str, table: KeyedTable) -> Mapping[str, str]:
    value = _required(environment, variable)
    attributes = _json(value)
    if (
        not isinstance(attributes, dict)
        or not attributes
        or not all(name and name not in table.key_types for name in attributes)
        or not all(isinstance(source, str) and source for source in attributes.values())
    ):
        raise SettingsError(
            f"{variable} is {value!r}: set it to a JSON object with the name of an attribute of the message for each "
            "attribute of the row that must equal it, such as "
            '{"receivedAt": "receivedAt"}. The row\'s key attributes '
            f"({', '.join(sorted(table.key_types))}) must not be in it. Unset it to compare nothing."
        )
    return attributes


def _event_names(environment: Mapping[str, str], variable: str) -> Collection[str]:
    value = _required(environment, variable)
    names = _json(value)
    if not isinstance(names, list) or not names or not all(name in _EVENT_NAMES for name in names):
        raise SettingsError(f'{variable} is {value!r}: set it to ["INSERT"], ["MODIFY"] or ["INSERT", "MODIFY"].')
    return tuple(names)


def _truth(environment: Mapping[str, str], variable: str) -> bool:
    value = _required(environment, variable)
    if value not in ("true", "false"):
        raise SettingsError(f"{variable} is {value!r}: set it to true or false.")
    return value == "true"


def _json(text: str) -> object:
    """Return the value of a JSON text, or None if it is not JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _whole_number(environment: Mapping[str, str], variable: str, least: int, most: int) -> int:
    value = _required(environment, variable)
    if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
        raise SettingsError(f"{variable} is {value!r}: set it to a whole number from {least} to {most}.")
    return int(value)


def _required(environment: Mapping[str, str], variable: str) -> str:
    if variable not in environment:
        raise SettingsError(
            f"{variable} is not set, so the function cannot start. Set it in the function's environment."
        )
    return environment[variable]
