"""Whatever happens to a command's requests or its process, it does no harm, tells no lies, and can be run again."""

import pytest
from support.fault_cases import COMMANDS, SAME_TIME, Case, one_of_each, processes
from support.fault_harness import Harness

SEED = 17


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
