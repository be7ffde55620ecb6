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
    # Terraform and its provider take a fifth less processor time if they collect memory less often.
    "GOGC": "400",
}

# What AWS's services can be asked is read once, and not for each session: moto makes a new one for each test.
botocore.session.create_loader = cache(botocore.session.create_loader)

# It asserts for tests, and is to say what differs as they do.
pytest.register_assert_rewrite("model.real_hour")

# Files and tests whose coverage is not measured: they take long in pure Python, twice as long while it is, and others
# cover what they cover.
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
        if not UNMEASURED.isdisjoint((item.path.stem, getattr(item, "originalname", ""))):
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(scope="session", autouse=True)
def _signals_are_heeded() -> None:
    """Also where a shell runs the tests in the background, or nohup, and all that they start would ignore them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
