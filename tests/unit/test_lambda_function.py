"""The module that Lambda loads starts with valid settings, and otherwise stops with the name of the wrong one."""

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
# Each of these takes longer to load than the function itself, which needs none of them.
LOADS_SLOW_MODULES = (
    "import scavenger.lambda_function, sys; print({'boto3', 'asyncio', 'aws_xray_sdk', 'reconciler'} & {*sys.modules})"
)


def load(settings: dict[str, str], code: str = HAS_A_HANDLER) -> subprocess.CompletedProcess[str]:
    """Load the module that Lambda loads, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )


def test_with_its_settings_the_function_starts() -> None:
    """The module has a handler."""
    loaded = load(VALID)
    assert (loaded.stdout, loaded.returncode) == ("True\n", 0), loaded.stderr


def test_it_loads_no_slow_module_at_start() -> None:
    """Every cold start would take longer."""
    loaded = load(VALID, LOADS_SLOW_MODULES)
    assert loaded.stdout == "set()\n", loaded.stderr


def test_without_its_settings_it_stops_at_start() -> None:
    """It does not wait for the first record. The error names the missing setting."""
    loaded = load({"MAX_REQUESTS_IN_FLIGHT": "8"})
    assert loaded.returncode != 0
    assert "SettingsError: STAGING_MESSAGES_TABLE_NAME is not set" in loaded.stderr
