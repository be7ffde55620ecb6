"""A run of these tests on the AWS that the environment names: whose account it is, and how the run ends.

This is the only conftest of a run: tests/conftest.py makes a real AWS unreachable, and is not loaded.
"""

import os
import shlex
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from scavenger_ops.signals import ENDING, SIGNALLED
from scavenger_ops.terraform import TerraformError

from aws.account import AccountError, Aws, connect
from aws.cost import estimated_cents
from aws.leftovers import Leftover, find_leftovers
from aws.probes.question import NOT_AS_ASSUMED
from aws.run_names import make_run_id, name_of
from aws.terraform_run import AppliedCopy, left_behind, runs_folder
from aws.waiting import SOON_S, wait_for

# Of this process and of those that it starts.
RUN_VARIABLE = "SCAVENGER_TEST_RUN"
EXPECTED_MINUTES = "12 to 18"
# Then the tests end, and everything is destroyed.
LAST_MINUTE = 20
_AWS = pytest.StashKey[Aws]()


def _is_worker(config: pytest.Config) -> bool:
    """Return whether pytest-xdist started this process to run tests. The first process begins and ends the run."""
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    """Begin a run. Only the first process takes signals, because it outlives the others and can destroy then."""
    if _is_worker(config):
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
    else:
        # A workflow chooses the ID, so that it can remove what is left of the run.
        os.environ.setdefault(RUN_VARIABLE, make_run_id())
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
            signal.signal(number, _end_tests)
    try:
        config.stash[_AWS] = connect(os.environ[RUN_VARIABLE])
    except AccountError as error:
        raise pytest.UsageError(str(error)) from error


def _end_tests(number: int, _: FrameType | None) -> None:
    """Handle a signal: end the tests. What they made is destroyed afterwards."""
    is_late = number == signal.SIGALRM
    reason = f"The tests took more than {LAST_MINUTE} minutes" if is_late else signal.Signals(number).name
    pytest.exit(f"{reason}. Everything is destroyed now.", returncode=1 if is_late else SIGNALLED + number)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Limit the time of the tests."""
    if not _is_worker(session.config):
        signal.setitimer(signal.ITIMER_REAL, LAST_MINUTE * 60)


def pytest_report_header(config: pytest.Config) -> str:
    """Say what the run is about to do, and where."""
    aws = config.stash[_AWS]
    if aws.is_local:
        return f"run {aws.run_id} on the local AWS"
    return (
        f"run {aws.run_id} in AWS account {aws.account}, {aws.region}, as {aws.principal_arn}\n"
        f"It takes {EXPECTED_MINUTES} minutes and costs about {estimated_cents()} cents (an estimate). Everything that "
        f"it makes is named {name_of(aws.run_id)}..., and is destroyed in the end, also after Ctrl-C."
    )


# First, because pytest-xdist reads the marks in its own hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the tests of a file in one process, and skip what the local AWS does not model."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(item.path.stem))
        marker = item.get_closest_marker("not_local")
        if marker and config.stash[_AWS].is_local:
            item.add_marker(pytest.mark.skip(reason=f"The local AWS does not model: {marker.args[0]}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what the tests measured and what AWS answered. Last come the answers that differ from what is assumed."""
    # A test that failed may have had answers before.
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    lines = [f"{name}: {value}" for report in reports for name, value in report.user_properties]
    differing = [line for line in lines if NOT_AS_ASSUMED in line]
    for line in lines:
        if line not in differing:
            terminalreporter.write_line(line)
    if differing:
        terminalreporter.section(f"answers of AWS that are not as assumed: {len(differing)}", red=True)
    for line in differing:
        terminalreporter.write_line(line, red=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Destroy what the tests did not: after Ctrl-C, a lost process, or an error while they destroyed."""
    if _is_worker(session.config):
        return (yield)
    signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        return (yield)
    finally:
        for number in ENDING:
            signal.signal(number, _go_on_destroying)
        if not _destroy_all(session.config.stash[_AWS]):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _go_on_destroying(_: int, __: FrameType | None) -> None:
    """Handle a signal while everything is destroyed: a Terraform that is interrupted leaves some of it."""
    _say("This takes some minutes more. Terraform goes on even after `kill -9`.")


def _destroy_all(aws: Aws) -> bool:
    """Destroy all deployments of the run, say so, and return whether it worked."""
    left = left_behind(aws.run_id, aws.environment)
    if left:
        _say(f"Destroying {', '.join(sorted(deployment.folder.name for deployment in left))} ...")
    with ThreadPoolExecutor() as pool:
        problems = list(filter(None, pool.map(_destroy, left)))
    run_folder = runs_folder() / aws.run_id
    if run_folder.exists() and not any(run_folder.iterdir()):
        run_folder.rmdir()
    problems = problems or list(_leftovers(aws))
    for problem in problems:
        _say(problem)
    if not problems:
        _say("Everything is destroyed.")
    return not problems


def _leftovers(aws: Aws) -> Iterator[str]:
    """Yield what is left of the run although Terraform has destroyed all, once AWS's lists are complete."""
    found: list[Leftover] = []

    def is_clean() -> bool:
        found[:] = find_leftovers(aws.client, aws.run_id)
        return not found

    try:
        wait_for("nothing is left", is_clean, SOON_S)
    except AssertionError:
        yield from (f"{each.kind} {each.name} is left. To remove it: make clean-aws RUN={aws.run_id}" for each in found)
    except (BotoCoreError, ClientError) as error:
        yield f"It is not known whether something is left: {error}"


def _destroy(deployment: AppliedCopy) -> str:
    """Destroy a deployment, and return why it failed, if it did."""
    try:
        deployment.destroy()
    except TerraformError as error:
        command = shlex.join(["terraform", f"-chdir={deployment.configuration}", "destroy"])
        return f"{deployment.folder.name} is not destroyed: {error}\nIts state is kept. To try again: {command}"
    return ""


def _say(text: str) -> None:
    """Write a line. pytest has written its summary, and no longer captures."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@pytest.fixture(scope="session")
def aws(pytestconfig: pytest.Config) -> Aws:
    """Return the account of the run."""
    return pytestconfig.stash[_AWS]
