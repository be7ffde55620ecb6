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


HAS_A_HANDLER = "from scavenger.lambda_function import lambda_handler; print(callable(lambda_handler))"
# Each of them takes longer to load than the function itself, which needs none.
HAS_WHAT_IS_SLOW = "import scavenger.lambda_function, sys; print({'boto3', 'asyncio', 'aws_xray_sdk'} & {*sys.modules})"


def load(settings: dict[str, str], code: str = HAS_A_HANDLER) -> subprocess.CompletedProcess[str]:
    """Load the module that Lambda loads, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )


def test_with_its_settings_the_function_starts() -> None:
    """A handler is there."""
    loaded = load(VALID)
    assert (loaded.stdout, loaded.returncode) == ("True\n", 0), loaded.stderr


def test_it_starts_without_what_takes_long_to_load() -> None:
    """Every start pays for it."""
    loaded = load(VALID, HAS_WHAT_IS_SLOW)
    assert loaded.stdout == "set()\n", loaded.stderr


def test_without_them_it_stops_at_start() -> None:
    """Not at the first record, and with the name of what is missing."""
    loaded = load({"MAX_REQUESTS_IN_FLIGHT": "8"})
    assert loaded.returncode != 0
    assert "SettingsError: STAGING_MESSAGES_TABLE_NAME is not set" in loaded.stderr
