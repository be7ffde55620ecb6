"""The settings are read once, and a wrong one stops the function with its name."""

import pytest
from scavenger.settings import Settings, SettingsError, read_settings

VALID = {"STAGING_MESSAGES_TABLE_NAME": "staging", "MAX_REQUESTS_IN_FLIGHT": "8"}


def test_valid_settings_are_read() -> None:
    """What the variables hold is what the function gets, in its own types."""
    assert read_settings(VALID) == Settings(staging_table_name="staging", max_requests_in_flight=8)


@pytest.mark.parametrize("variable", VALID)
def test_a_missing_variable_is_named(variable: str) -> None:
    """The error says which variable is not set."""
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
        ("MAX_REQUESTS_IN_FLIGHT", ""),
        ("MAX_REQUESTS_IN_FLIGHT", "0"),
        ("MAX_REQUESTS_IN_FLIGHT", "51"),
        ("MAX_REQUESTS_IN_FLIGHT", "8.5"),
        ("MAX_REQUESTS_IN_FLIGHT", "many"),
        ("MAX_REQUESTS_IN_FLIGHT", "²"),
    ],
)
def test_a_malformed_variable_is_named_with_its_value(variable: str, value: str) -> None:
    """The error says which variable is wrong and what it holds."""
    with pytest.raises(SettingsError) as caught:
        read_settings({**VALID, variable: value})
    assert str(caught.value).startswith(f"{variable} is {value!r}")
