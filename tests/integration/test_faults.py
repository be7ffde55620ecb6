"""With any fault of its requests or its process, a command does no harm, reports the truth, and can be run again.

On each push, the commands take turns with the faults; `make soak` tries all faults with all commands.
"""

from itertools import islice

import pytest
from support.fault_cases import COMMANDS, SAME_TIME, Case, one_of_each, processes
from support.fault_harness import Harness
from support.process_faults import PROCESS_FAULTS

SEED = 17
# The number of a command's first requests; each command sends so many.
MOMENTS = 8
# Commands that change nothing, and commands that do.
GROUPS = (("status", "reconcile"), ("redrive", "verify", "reconcile --apply"))


def test_a_fault_of_a_request(harness: Harness) -> None:
    """Each kind of fault, with a command that changes nothing and one that does."""
    # All at once: they wait most of the time.
    cases = [case for group in GROUPS for case in one_of_each({each: harness.kinds(each) for each in group}, SEED)]
    tally = harness.run(cases)
    assert tally.runs > 10 * len(GROUPS)
    assert not tally.violations, "\n".join(tally.violations)


def test_a_fault_of_the_process(harness: Harness) -> None:
    """Each kind, at a random request, with one command after the other."""
    # The process of a reconcile that only counts is the same as of one that deletes.
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
def test_rows_staged_again_during_the_run_stay(harness: Harness, age: str) -> None:
    """They stay whether their age shows it or not."""
    tally = harness.run(Case("reconcile --apply", restaged=age, seed=seed) for seed in range(4))
    assert tally.injected["staged again"] > 0
    assert not tally.violations, "\n".join(tally.violations)
