"""Faults in a command's requests or in its process do no harm. Its report stays true, and it can be run again.

On each push, the faults are spread over the commands. `make soak` tries each fault on each command.
"""

from itertools import islice

import pytest
from support.fault_cases import COMMANDS, SAME_TIME, Case, one_of_each, processes
from support.fault_harness import Harness
from support.process_faults import PROCESS_FAULTS

SEED = 17
# The number of first requests of a command that get a fault. Each command sends at least as many.
MOMENTS = 8
# Pairs of commands: the first changes nothing, the second does.
PAIRS = (("status", "reconcile"), ("redrive", "reconcile --apply"))


def test_a_fault_of_a_request(harness: Harness) -> None:
    """Each kind of fault hits a command that changes nothing, and one that does."""
    # All at once: most of the time they wait.
    cases = [case for pair in PAIRS for case in one_of_each({each: harness.kinds(each) for each in pair}, SEED)]
    tally = harness.run(cases)
    assert tally.runs > 10 * len(PAIRS)
    assert not tally.violations, "\n".join(tally.violations)


def test_a_fault_of_the_process(harness: Harness) -> None:
    """Each kind of fault hits one command after the other, at a random request."""
    # A reconcile that only counts starts and ends as one that deletes.
    commands = [each for each in COMMANDS if each != "reconcile"]
    cases = [
        case
        for number, each in enumerate(commands)
        for case in islice(processes(each, MOMENTS, SEED), number, None, len(commands))
    ]
    tally = harness.run(cases)
    assert tally.runs == len(PROCESS_FAULTS)
    assert not tally.violations, "\n".join(tally.violations)


@pytest.mark.parametrize("age", ["now", SAME_TIME])
def test_rows_that_are_staged_again_during_a_reconcile_are_not_deleted(harness: Harness, age: str) -> None:
    """Their age may show that, or be the same as before."""
    tally = harness.run(Case("reconcile --apply", restaged=age, seed=seed) for seed in range(4))
    assert tally.injected["staged anew"] > 0
    assert not tally.violations, "\n".join(tally.violations)
