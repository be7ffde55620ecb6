"""What holds for every test: none of them knows of a real AWS account."""

import os
import signal
from functools import cache

import botocore.session
import pytest
from coverage import Coverage
from hypothesis import settings

for name in [name for name in os.environ if name.startswith(("AWS_", "TF_VAR_", "POWERTOOLS_"))]:
    del os.environ[name]
os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_SERVICE_NAME": "scavenger",
    # Terraform reads the schema of its provider in each command. That takes a third less work if Go collects its memory
    # less often, and the processes end before they would need that.
    "GOGC": "400",
}

# What AWS's services can be asked is read once, and not for each session: moto makes a new one for each test.
botocore.session.create_loader = cache(botocore.session.create_loader)

# It asserts for tests, and is to say what differs as they do.
pytest.register_assert_rewrite("model.real_hour")

# Of what takes long in pure Python, and twice as long while coverage is measured: the rest covers the same.
UNMEASURED = (
    *("test_alarms", "test_faults"),
    *("test_plan", "test_runs", "test_schedules", "test_throttling"),
    *("test_conditional_delete", "test_docs", "test_fuzz"),
    *("test_plan_advice", "test_plan_picture", "test_plan_simulate"),
)

# CI tries the same hundred each time; `make soak` tries thousands of new ones.
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True, print_blob=True)
settings.register_profile("soak", max_examples=10_000, deadline=None, print_blob=True)
settings.load_profile("ci")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Stop what pytest-cov starts first in a process of pytest-xdist, since it heeds `no_cover` in its second alone."""
    if hasattr(session.config, "workerinput") and (first := Coverage.current()):
        first.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure no coverage where it would cost much and show nothing new."""
    for item in items:
        if item.path.stem in UNMEASURED:
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(scope="session", autouse=True)
def _signals_are_heeded() -> None:
    """Also where a shell runs the tests in the background, or nohup, and all that they start would ignore them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
