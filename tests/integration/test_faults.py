"""Whatever happens to a command's requests or its process, it does no harm, tells no lies, and can be run again."""

import pytest
from support.fault_cases import COMMANDS, SAME_TIME, Case, one_of_each, processes
from support.fault_harness import Harness

SEED = 17
# A command's first requests, of which each sends as many.
MOMENTS = 8


def test_a_fault_of_a_request(harness: Harness) -> None:
    """Each kind of fault, at the first request of one of the kinds that a command sends."""
    # Of all commands together, since most of the time they wait.
    tally = harness.run([case for each in COMMANDS for case in one_of_each(each, harness.kinds(each), SEED)])
    assert tally.runs > 20 * len(COMMANDS)
    assert not tally.violations, "\n".join(tally.violations)


def test_a_fault_of_the_process(harness: Harness) -> None:
    """Each kind, at a random request."""
    # A reconcile that only counts lives and ends as one that deletes; make soak tries it too.
    commands = [each for each in COMMANDS if each != "reconcile"]
    tally = harness.run([case for each in commands for case in processes(each, MOMENTS, SEED)])
    assert not tally.violations, "\n".join(tally.violations)


@pytest.mark.parametrize("age", ["now", SAME_TIME])
def test_rows_that_are_staged_anew_while_it_works_stay(harness: Harness, age: str) -> None:
    """Whether they say so by their age or not."""
    tally = harness.run(Case("reconcile --apply", restaged=age, seed=seed) for seed in range(4))
    assert tally.injected["staged anew"] > 0
    assert not tally.violations, "\n".join(tally.violations)
