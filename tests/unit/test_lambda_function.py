"""What Lambda loads starts with its settings or stops with their names."""

import os
import subprocess
import sys

VALID = {
    "STAGING_MESSAGES_TABLE_NAME": "staging",
    "STAGING_MESSAGES_TABLE_KEY": '{"messageId": "S"}',
    "FAILURE_BUCKET_NAME": "failures",
    "MAX_REQUESTS_IN_FLIGHT": "8",
}


def load(settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Load the module that Lambda loads, in a process of its own."""
    code = "from scavenger.lambda_function import lambda_handler; print(callable(lambda_handler))"
    return subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )


def test_with_its_settings_the_function_starts() -> None:
    """A handler is there."""
    loaded = load(VALID)
    assert (loaded.stdout, loaded.returncode) == ("True\n", 0), loaded.stderr


def test_without_them_it_stops_at_start() -> None:
    """Not at the first record, and with the name of what is missing."""
    loaded = load({"MAX_REQUESTS_IN_FLIGHT": "8"})
    assert loaded.returncode != 0
    assert "SettingsError: STAGING_MESSAGES_TABLE_NAME is not set" in loaded.stderr
