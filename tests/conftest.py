"""Settings for all tests. None of them can reach a real AWS account."""

import os
import signal
import subprocess
from collections.abc import Iterator
from functools import cache

import botocore.session
import pytest
from coverage import Coverage
from hypothesis import settings
from scavenger_ops import program
from scavenger_ops.signals import ENDING

for name in [name for name in os.environ if name.startswith(("AWS_", "TF_VAR_", "POWERTOOLS_"))]:
    del os.environ[name]
# In a hook, some of these name the developer's own repository: tests would commit there.
for name in subprocess.check_output(["git", "rev-parse", "--local-env-vars"], text=True).split():  # noqa: S607 - the user's own
    os.environ.pop(name, None)
os.environ |= {
    # Git has only the settings that a test gives it, not those of the person who runs the tests.
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_SERVICE_NAME": "scavenger",
    # Terraform and its provider take a fifth less CPU time with less frequent garbage collection.
    "GOGC": "400",
}

# What options.use_aws changes.
SET_BY_OPTIONS = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    *("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"),
)

# Read the models of AWS's services once, not for each session: moto creates a new session for each test.
botocore.session.create_loader = cache(botocore.session.create_loader)

# It has assertions that tests use, and they should show the differing values as those of a test do.
pytest.register_assert_rewrite("model.real_hour")

# Files and tests whose coverage is not measured. They take long, and twice as long with coverage. Other tests cover the
# same lines.
UNMEASURED = {
    *("test_adopters_changes", "test_alarms", "test_bad_input", "test_deployment", "test_examples", "test_failures"),
    *("test_faults", "test_least_privilege", "test_operators", "test_redrive"),
    *("test_plan", "test_runs", "test_schedules", "test_throttling"),
    *("test_conditional_delete", "test_docs", "test_fuzz"),
    *("test_a_setting_has_terraforms_range", "test_a_steady_simulation_has_nothing_to_recover_from"),
    *("test_a_few_shards_stand_for_all", "test_a_million_inserts_a_second_are_simulated"),
    "test_advice_keeps_up_and_is_never_worse",
    "test_invocations_that_are_simulated_as_one_come_to_the_same",
    "test_lanes_do_not_go_in_step",
    "test_records_that_wait_too_long_expire_and_go_to_the_failure_bucket",
    "test_a_picture_that_cannot_be_written_after_all_is_an_error",
    "test_a_single_error_late_in_a_batch_costs_a_request_and_no_write_unit",
    "test_a_steady_simulation_has_the_lag_and_the_invocations_of_the_plan",
    "test_a_stopped_run_is_continued",
    "test_no_pattern_causes_a_traceback",
    "test_only_the_parts_that_a_redrive_reads_are_kept_of_something_else",
    "test_the_example_for_production_is_as_good_as_what_is_recommended_for_a_busy_table",
    "test_a_batch_that_fails_at_once_is_kept_whole_when_its_retries_are_exhausted",
    "test_unconfirmed_work_is_not_done",
}

# CI tries the same hundred examples each time. `make soak` tries thousands of new ones.
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True, print_blob=True)
settings.register_profile("soak", max_examples=10_000, deadline=None, print_blob=True)
settings.load_profile("ci")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Stop the first of the two measurements in a process of pytest-xdist: only the second respects `no_cover`."""
    if hasattr(session.config, "workerinput") and (first := Coverage.current()):
        first.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure no coverage of the files and tests in UNMEASURED."""
    for item in items:
        if not UNMEASURED.isdisjoint((item.path.stem, getattr(item, "originalname", ""))):
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(autouse=True)
def _region_and_profile_are_those_of_each_test() -> Iterator[None]:
    """Forget the options --region and --profile of a command that ran in this process."""
    before = {name: os.environ.get(name) for name in SET_BY_OPTIONS}
    yield
    program.remember()
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.fixture(autouse=True)
def _signals_are_handled_as_before() -> Iterator[None]:
    """Restore the handlers that a command sets: they would be those of other tests, and of the processes they start."""
    before = {number: signal.getsignal(number) for number in ENDING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session", autouse=True)
def _no_signal_is_ignored() -> None:
    """Restore the default handlers: in the background, or with nohup, the tests and their processes ignore signals."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
