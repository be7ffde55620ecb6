"""Settings of the function for tests."""

from typing import Any

from scavenger.settings import KeyedTable, Settings


def settings_of(key_types: dict[str, str], **others: Any) -> Settings:
    """Return settings for a staging table with these key attributes."""
    return Settings(KeyedTable("staging", key_types), "failures", 8, **others)
