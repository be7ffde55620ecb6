"""The settings are read once. A wrong one stops the function with an error that names it."""

import json

import pytest
from scavenger.settings import KeyedTable, Settings, SettingsError, read_settings

VALID = {
    "STAGING_MESSAGES_TABLE_NAME": "staging",
    "STAGING_MESSAGES_TABLE_KEY": '{"createdAt":"N","messageId":"S"}',
    "FAILURE_BUCKET_NAME": "failures",
    "MAX_REQUESTS_IN_FLIGHT": "8",
}


def test_valid_settings_are_read() -> None:
    """The values of the variables become the settings, in Python's types."""
    table = KeyedTable("staging", {"messageId": "S", "createdAt": "N"})
    assert read_settings(VALID) == Settings(table, failure_bucket_name="failures", max_requests_in_flight=8)


def test_the_failure_bucket_is_optional() -> None:
    """A throwaway deployment may have none."""
    environment = {name: value for name, value in VALID.items() if name != "FAILURE_BUCKET_NAME"}
    assert read_settings(environment).failure_bucket_name is None


def test_a_key_mapping_and_a_dry_run_are_read() -> None:
    """Without these variables, both tables have the same key, and rows are deleted."""
    mapping = {"messageId": "id", "createdAt": "at"}
    settings = read_settings({**VALID, "KEY_MAPPING": json.dumps(mapping), "DRY_RUN": "true"})
    assert (settings.key_mapping, settings.is_dry_run) == (mapping, True)
    assert not read_settings({**VALID, "DRY_RUN": "false"}).is_dry_run
    assert (read_settings(VALID).key_mapping, read_settings(VALID).is_dry_run) == (None, False)


def test_match_attributes_and_event_names_are_read() -> None:
    """Without these variables, inserts make rows obsolete, and nothing is compared."""
    attributes = {"receivedAt": "stagedAt", "version": "version"}
    settings = read_settings({**VALID, "MATCH_ATTRIBUTES": json.dumps(attributes), "EVENT_NAMES": '["MODIFY"]'})
    assert (settings.match_attributes, settings.event_names) == (attributes, ("MODIFY",))
    assert (read_settings(VALID).match_attributes, read_settings(VALID).event_names) == ({}, ("INSERT",))


@pytest.mark.parametrize("variable", sorted(VALID.keys() - {"FAILURE_BUCKET_NAME"}))
def test_a_missing_variable_is_named(variable: str) -> None:
    """The error names the variable that is not set."""
    environment = {name: value for name, value in VALID.items() if name != variable}
    with pytest.raises(SettingsError, match=f"{variable} is not set"):
        read_settings(environment)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STAGING_MESSAGES_TABLE_NAME", ""),
        ("STAGING_MESSAGES_TABLE_NAME", "ab"),
        ("STAGING_MESSAGES_TABLE_NAME", "a" * 256),
        ("STAGING_MESSAGES_TABLE_NAME", "with space"),
        ("STAGING_MESSAGES_TABLE_NAME", "trailing-newline\n"),
        ("STAGING_MESSAGES_TABLE_KEY", ""),
        ("STAGING_MESSAGES_TABLE_KEY", "messageId"),
        ("STAGING_MESSAGES_TABLE_KEY", "[]"),
        ("STAGING_MESSAGES_TABLE_KEY", "{}"),
        ("STAGING_MESSAGES_TABLE_KEY", '{"a": "S", "b": "S", "c": "S"}'),
        ("STAGING_MESSAGES_TABLE_KEY", '{"a": "BOOL"}'),
        ("STAGING_MESSAGES_TABLE_KEY", '{"a": ["S"]}'),
        ("KEY_MAPPING", ""),
        ("KEY_MAPPING", "messageId=id"),
        ("KEY_MAPPING", '["messageId", "createdAt"]'),
        ("KEY_MAPPING", '{"messageId": "id"}'),
        ("KEY_MAPPING", '{"messageId": "id", "createdAt": "at", "more": "x"}'),
        ("KEY_MAPPING", '{"messageId": "id", "createdAt": ""}'),
        ("KEY_MAPPING", '{"messageId": "id", "createdAt": ["at"]}'),
        ("MATCH_ATTRIBUTES", ""),
        ("MATCH_ATTRIBUTES", "{}"),
        ("MATCH_ATTRIBUTES", '["receivedAt"]'),
        ("MATCH_ATTRIBUTES", '{"receivedAt": ""}'),
        ("MATCH_ATTRIBUTES", '{"": "receivedAt"}'),
        ("MATCH_ATTRIBUTES", '{"receivedAt": 1}'),
        ("MATCH_ATTRIBUTES", '{"receivedAt": "receivedAt", "createdAt": "createdAt"}'),
        ("EVENT_NAMES", ""),
        ("EVENT_NAMES", "INSERT"),
        ("EVENT_NAMES", "[]"),
        ("EVENT_NAMES", '{"INSERT": 1}'),
        ("EVENT_NAMES", '["INSERT", "REMOVE"]'),
        ("EVENT_NAMES", '["insert"]'),
        ("EVENT_NAMES", '[["INSERT"]]'),
        ("DRY_RUN", ""),
        ("DRY_RUN", "True"),
        ("DRY_RUN", "1"),
        ("FAILURE_BUCKET_NAME", ""),
        ("FAILURE_BUCKET_NAME", "Capitals"),
        ("FAILURE_BUCKET_NAME", "a/b"),
        ("MAX_REQUESTS_IN_FLIGHT", ""),
        ("MAX_REQUESTS_IN_FLIGHT", "0"),
        ("MAX_REQUESTS_IN_FLIGHT", "51"),
        ("MAX_REQUESTS_IN_FLIGHT", "8.5"),
        ("MAX_REQUESTS_IN_FLIGHT", "many"),
        ("MAX_REQUESTS_IN_FLIGHT", "²"),
    ],
)
def test_a_malformed_variable_is_named_with_its_value(variable: str, value: str) -> None:
    """The error names the wrong variable and its value."""
    with pytest.raises(SettingsError) as caught:
        read_settings({**VALID, variable: value})
    assert str(caught.value).startswith(f"{variable} is {value!r}")
