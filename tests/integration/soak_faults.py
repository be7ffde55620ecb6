"""Thousands of faults of requests and processes, for `make soak`. pytest runs this file only if it is named.

FAULT_RUNS sets the number of random cases, beside each fault at each kind of request.
"""

import os
import random
import time
from collections.abc import Iterable
from itertools import chain

import pytest
from support.fault_cases import COMMANDS, SAME_TIME, Case, all_of_each, by_chance, processes
from support.fault_harness import MOST_AT_ONCE, Harness

RUNS = int(os.environ.get("FAULT_RUNS", "2000"))
SEED = int(os.environ.get("FAULT_SEED", str(random.randrange(1_000_000))))  # noqa: S311 - no secret
# A run sends about this number of requests.
REQUESTS = 30
AGES = ("now", SAME_TIME)
TIMES = 10


def try_all(harness: Harness, title: str, cases: Iterable[Case]) -> None:
    """Run the cases, print the figures, and fail if anything was wrong."""
    began_at = time.monotonic()
    tally = harness.run(cases, MOST_AT_ONCE)
    faults = ", ".join(f"{name} {count:,}" for name, count in sorted(tally.injected.items()))
    print(  # noqa: T201 - the output of `make soak`
        f"\n{title}: {tally.runs:,} runs, {tally.requests:,} requests, {tally.injected.total():,} faults "
        f"({faults}); {len(tally.violations):,} violations; "
        f"{time.monotonic() - began_at:,.0f} s, seed {SEED}"
    )
    print("\n".join(tally.violations))  # noqa: T201 - at once, not hours later
    assert not tally.violations


@pytest.mark.parametrize("command", COMMANDS)
def test_each_fault_at_each_kind_of_request(harness: Harness, command: str) -> None:
    """The first request of a kind has the fault, all from the second on have it, all have it, or some have it."""
    try_all(harness, f"{command}, each fault", all_of_each(command, harness.kinds(command), SEED))


@pytest.mark.parametrize("command", COMMANDS)
def test_each_fault_of_the_process(harness: Harness, command: str) -> None:
    """Each fault comes at several moments."""
    cases = chain.from_iterable(processes(command, REQUESTS, SEED + each) for each in range(TIMES))
    try_all(harness, f"{command}, the process", cases)


@pytest.mark.parametrize("command", COMMANDS)
def test_random_faults(harness: Harness, command: str) -> None:
    """A run has several faults."""
    kinds = harness.kinds(command)
    cases = (by_chance(command, kinds, REQUESTS, SEED + number) for number in range(RUNS // len(COMMANDS)))
    try_all(harness, f"{command}, by chance", cases)


def test_rows_that_are_staged_again(harness: Harness) -> None:
    """They are staged while reconcile works."""
    cases = [Case("reconcile --apply", restaged=age, seed=SEED + each) for age in AGES for each in range(5 * TIMES)]
    try_all(harness, "rows staged again", cases)
