"""The reconciler's function starts with valid settings, and otherwise stops with the name of the wrong one."""

import pytest
from reconciler.worker_settings import WorkerSettings, read_worker_settings
from scavenger.settings import SettingsError

VALID = {
    "SCAVENGER_FUNCTION_NAME": "pipeline",
    "AGE_ATTRIBUTE": "createdAt",
    "OLDER_THAN_S": "3600",
    "MAX_CONCURRENCY": "10",
}


def test_the_settings_are_those_of_the_environment() -> None:
    """Without units, a run takes a quarter of the tables' capacity."""
    assert read_worker_settings(VALID) == WorkerSettings("pipeline", "createdAt", 3600, 10, None, None)
    units = {"MAX_READ_UNITS": "0.5", "MAX_WRITE_UNITS": "1000000000"}
    assert read_worker_settings(VALID | units) == WorkerSettings("pipeline", "createdAt", 3600, 10, 0.5, 1e9)


@pytest.mark.parametrize("variable", VALID)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_setting_is_named(variable: str, value: str | None) -> None:
    """An empty variable is as one that is not set."""
    environment = {name: each for name, each in VALID.items() if name != variable}
    environment |= {} if value is None else {variable: value}
    with pytest.raises(SettingsError, match=f"{variable} is not set, so the function cannot start"):
        read_worker_settings(environment)


@pytest.mark.parametrize(
    ("variable", "value", "bounds"),
    [
        ("OLDER_THAN_S", "-1", "from 0 to 315,360,000"),
        ("OLDER_THAN_S", "1h", "from 0 to 315,360,000"),
        ("OLDER_THAN_S", "999999999", "from 0 to 315,360,000"),
        ("MAX_CONCURRENCY", "0", "from 1 to 1,000"),
        ("MAX_CONCURRENCY", "1001", "from 1 to 1,000"),
        ("MAX_CONCURRENCY", "1.5", "from 1 to 1,000"),
        ("MAX_READ_UNITS", "0", "from 0.1 to 1,000,000,000"),
        ("MAX_READ_UNITS", "1e3", "from 0.1 to 1,000,000,000"),
        ("MAX_WRITE_UNITS", "1000000001", "from 0.1 to 1,000,000,000"),
        ("MAX_WRITE_UNITS", "nan", "from 0.1 to 1,000,000,000"),
    ],
)
def test_a_wrong_setting_is_named_with_its_bounds(variable: str, value: str, bounds: str) -> None:
    """The function does not start, so no run begins with it."""
    with pytest.raises(SettingsError, match=f"{variable} is '{value}': set it to a number {bounds}"):
        read_worker_settings(VALID | {variable: value})
