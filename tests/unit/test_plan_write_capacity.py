"""Write units come evenly, are kept for a while, and are shared by the invocations that wait."""

from functools import partial

import pytest
from scavenger_ops.mapping_model.simulation import START, Simulation
from scavenger_ops.plan.write_capacity import SharedWriteCapacity, WriteCapacity

Taken = list[tuple[int, int, float]]


def make(simulation: Simulation, a_second: float, most_kept: float) -> WriteCapacity:
    """Make a bucket in simulated time."""
    return WriteCapacity(lambda: simulation.now, a_second, most_kept)


def take(simulation: Simulation, units: WriteCapacity, wanted: list[tuple[float, int, float]]) -> Taken:
    """Let invocations take units, each (from, how many, until); return (which, how many, when) for each."""
    taken: Taken = []
    shared = SharedWriteCapacity(simulation, units)

    def work(number: int, from_s: float, count: int, until_s: float) -> None:
        simulation.sleep_until(START + from_s)
        got = shared.take(count, START + until_s)
        taken.append((number, got, simulation.now - START))

    for number, claim in enumerate(wanted):
        simulation.spawn(partial(work, number, *claim))
    simulation.run()
    return taken


def test_kept_units_are_there_at_once() -> None:
    """No invocation waits while they last."""
    simulation = Simulation()
    units = make(simulation, 10, 3000)
    assert take(simulation, units, [(0, 2000, 50), (0, 1000, 50)]) == [(0, 2000, 0), (1, 1000, 0)]


def test_units_come_evenly_and_are_kept_up_to_a_maximum() -> None:
    """After an hour there are no more than can be kept, and then ten a second."""
    simulation = Simulation()
    units = make(simulation, 10, 3000)
    assert take(simulation, units, [(0, 3000, 50), (3600, 3100, 3700)]) == [(0, 3000, 0), (1, 3100, 3610)]


def test_invocations_that_wait_at_the_same_time_get_the_same() -> None:
    """When one has enough, the others get its share."""
    simulation = Simulation()
    units = make(simulation, 9, 9)
    taken = take(simulation, units, [(0, 30, 50), (0, 90, 50), (0, 900, 50)])
    assert [(number, got) for number, got, _ in taken] == [(0, 30), (1, 90), (2, 9 * 50 - 30 - 90)]
    assert [at for _, _, at in taken] == [pytest.approx(10, abs=1), pytest.approx(24, abs=1), 50]


def test_a_share_of_less_than_one_goes_round() -> None:
    """With half a unit a second for four, each gets one in turn."""
    simulation = Simulation()
    units = make(simulation, 0.5, 1)
    taken = take(simulation, units, [(0, 10, 32.5)] * 4)
    assert sorted(got for _, got, _ in taken) == [4, 4, 4, 5]


def test_a_small_claim_does_not_overtake_a_waiting_one() -> None:
    """Half a second's units would be enough for a small claim, but it gets its share when the other does."""
    simulation = Simulation()
    units = make(simulation, 10, 10)
    assert take(simulation, units, [(0, 100, 50), (2.5, 5, 50)]) == [(1, 5, 3), (0, 100, pytest.approx(10, abs=1))]


def test_a_changed_rate_holds_from_then_on() -> None:
    """Units that came before are kept, unless they are lost; a rate below zero uses them up."""
    simulation = Simulation()
    units = make(simulation, 10, 1000)
    simulation.run(until=START + 10)
    units.change(-100)
    simulation.run(until=START + 15)
    units.change(10)
    assert take(simulation, units, [(15, 500, 20), (15, 20, 90)]) == [(0, 500, 15), (1, 20, 17)]
    units.lose_kept()
    assert take(simulation, units, [(17, 10, 90)]) == [(0, 10, 18)]


def test_even_a_tiny_table_deletes_something() -> None:
    """It gets a thousandth of a unit a second. It can keep one unit, although its kept seconds come to less."""
    simulation = Simulation()
    units = make(simulation, 0.001, 0.3)
    assert take(simulation, units, [(0, 1, 50), (1, 1, 2000)]) == [(0, 1, 0), (1, 1, pytest.approx(1001, abs=1))]


def test_a_claim_after_all_others_are_done_gets_units_too() -> None:
    """Between the two, no units are shared out."""
    simulation = Simulation()
    units = make(simulation, 10, 10)
    assert take(simulation, units, [(0, 30, 50), (100, 30, 150)]) == [(0, 30, 2), (1, 30, 102)]
