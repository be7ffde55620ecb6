"""A run of these tests on the AWS account that the environment names: who it is, and its end.

This is the only conftest of the run: tests/conftest.py makes a real AWS unreachable, and is not loaded.
"""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

import pytest
from scavenger_ops.terraform import TerraformError

from aws.account import AccountError, Aws, connect
from aws.run_names import make_run_id, name_of
from aws.terraform_run import Deployment, left_behind

RUN_VARIABLE = "SCAVENGER_TEST_RUN_ID"
MINUTES = 20
_AWS = pytest.StashKey[Aws]()


def _is_worker(config: pytest.Config) -> bool:
    """Return whether this is a process of pytest-xdist, which runs tests. The one that started it does the rest."""
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    """Begin a run: find its account, and take Ctrl-C and SIGTERM in the process that can destroy afterwards."""
    config.addinivalue_line(
        "markers", "not_local(subject): the local AWS does not model it, so the test is skipped there"
    )
    if _is_worker(config):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    else:
        os.environ[RUN_VARIABLE] = make_run_id()
        signal.signal(signal.SIGTERM, _end_run)
        signal.signal(signal.SIGHUP, _end_run)
    try:
        config.stash[_AWS] = connect(os.environ[RUN_VARIABLE])
    except AccountError as error:
        raise pytest.UsageError(str(error)) from error


def _end_run(number: int, _: FrameType | None) -> None:
    """Handle a signal as Ctrl-C."""
    pytest.exit(f"{signal.Signals(number).name}: the run ends here.", returncode=128 + number)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say where the run is, before it starts."""
    aws = config.stash[_AWS]
    where = "the local AWS" if aws.is_local else f"AWS account {aws.account}, {aws.region}"
    return [f"{where}, as {aws.principal_arn or 'its owner'}; everything is named {name_of(aws.run_id)}…"]


# First, because pytest-xdist reads the marks in its own hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the tests of a file one after another, and skip what the local AWS does not model."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(item.path.stem))
        marker = item.get_closest_marker("not_local")
        if marker and config.stash[_AWS].is_local:
            item.add_marker(pytest.mark.skip(reason=f"not on the local AWS: {marker.args[0]}"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Destroy what the run left: after a failure of a destroy, a killed process, or Ctrl-C."""
    yield
    if _is_worker(session.config):
        return
    aws = session.config.stash[_AWS]
    left = left_behind(aws.run_id, aws.environment)
    with ThreadPoolExecutor() as pool:
        problems = [problem for problem in pool.map(_destroy, left) if problem]
    for problem in problems:
        print(problem)  # noqa: T201 - the summary is written
    if problems:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _destroy(deployment: Deployment) -> str:
    """Destroy a deployment, and return what failed."""
    try:
        deployment.destroy()
    except TerraformError as error:
        return f"{deployment.home} is not destroyed: {error}"
    return ""


@pytest.fixture(scope="session")
def aws(pytestconfig: pytest.Config) -> Aws:
    """Return the account of the run."""
    return pytestconfig.stash[_AWS]
