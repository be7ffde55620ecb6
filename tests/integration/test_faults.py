"""Whatever happens to a command's requests or its process, it does no harm, tells no lies, and can be run again.

On each push, commands take turns with the faults; `make soak` tries all of them on all commands.
"""

from itertools import islice

import pytest
from support.fault_cases import COMMANDS, SAME_TIME, Case, one_of_each, processes
from support.fault_harness import Harness
from support.process_faults import PROCESS_FAULTS

SEED = 17
# A command's first requests, of which each sends as many.
MOMENTS = 8
# What changes nothing, and what does.
PAIRS = (("status", "reconcile"), ("redrive", "reconcile --apply"))


def test_a_fault_of_a_request(harness: Harness) -> None:
    """Each kind of fault, on a command that changes nothing and on one that does."""
    # All at once, since most of the time they wait.
    cases = [case for pair in PAIRS for case in one_of_each({each: harness.kinds(each) for each in pair}, SEED)]
    tally = harness.run(cases)
    assert tally.runs > 10 * len(PAIRS)
    assert not tally.violations, "\n".join(tally.violations)


def test_a_fault_of_the_process(harness: Harness) -> None:
    """Each kind, at a random request, of one command after the other."""
    # A reconcile that only counts lives and ends as one that deletes.
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
def test_rows_that_are_staged_anew_while_it_works_stay(harness: Harness, age: str) -> None:
    """Whether they say so by their age or not."""
    tally = harness.run(Case("reconcile --apply", restaged=age, seed=seed) for seed in range(4))
    assert tally.injected["staged anew"] > 0
    assert not tally.violations, "\n".join(tally.violations)
