"""Whatever happens to a command's requests or its process, it does no harm, tells no lies, and can be run again."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.command_server import command_server
from support.fault_cases import SAME_TIME, Case, Harness, one_of_each, processes
from support.fault_worlds import ReconcileWorld, RedriveWorld, StatusWorld
from support.pipelines import Aws, attach_function, make_tables

SEED = 17
COMMANDS = ("status", "redrive", "reconcile", "reconcile --apply")


@pytest.fixture(scope="module")
def harness(
    local: dict[str, str], client: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Harness]:
    """Give what runs the cases, with a pipeline for status and another for redrive."""
    aws = Aws(local, client)
    watched, redriven = (attach_function(aws, make_tables(aws, has_stream=True)) for _ in range(2))
    worlds = {
        "status": lambda: StatusWorld(aws, watched),
        "redrive": lambda: RedriveWorld(aws, redriven),
        "reconcile": lambda: ReconcileWorld(aws, is_applied=False, is_tied=False),
        "reconcile --apply": lambda: ReconcileWorld(aws, is_applied=True, is_tied=True),
    }
    with command_server(tmp_path_factory.mktemp("server")) as server:
        yield Harness(aws, server, tmp_path_factory.mktemp("homes"), worlds)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_fault_of_a_request(harness: Harness, command: str) -> None:
    """Each kind of fault, at the first request of one of the kinds that the command sends."""
    tally = harness.run(one_of_each(command, harness.kinds(command), SEED))
    assert tally.runs > 20
    assert not tally.violations, "\n".join(tally.violations)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_fault_of_the_process(harness: Harness, command: str) -> None:
    """Each kind, at a random request."""
    tally = harness.run(processes(command, 8, SEED))
    assert not tally.violations, "\n".join(tally.violations)


@pytest.mark.parametrize("age", ["now", SAME_TIME])
def test_rows_that_are_staged_anew_while_it_works_stay(harness: Harness, age: str) -> None:
    """Whether they say so by their age or not."""
    tally = harness.run(Case("reconcile --apply", restaged=age, seed=seed) for seed in range(4))
    assert tally.injected["staged anew"] > 0
    assert not tally.violations, "\n".join(tally.violations)
