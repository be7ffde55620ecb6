"""Simulated time passes in order."""

from functools import partial

import pytest
from scavenger_ops.mapping_model.simulation import START, SimulatedEvent, Simulation


def test_work_runs_in_the_order_of_its_times() -> None:
    """A later time waits for an earlier one, however the work was started."""
    simulation = Simulation()
    seen = []

    def work(seconds: float) -> None:
        simulation.sleep(seconds)
        seen.append((seconds, simulation.now - START))

    for seconds in (3600.0, 1.0, 60.0):
        simulation.spawn(partial(work, seconds))
    simulation.run()
    assert seen == [(1.0, 1.0), (60.0, 60.0), (3600.0, 3600.0)]


def test_work_of_the_same_time_runs_in_the_order_of_scheduling() -> None:
    """A run can be repeated to the letter."""
    simulation = Simulation()
    seen = []

    def work(name: str, before: float) -> None:
        simulation.sleep(before)
        simulation.sleep_until(START + 10)
        seen.append(name)

    for name, before in (("first", 3), ("second", 1), ("third", 2), ("fourth", 2)):
        simulation.spawn(partial(work, name, before))
    simulation.run()
    assert seen == ["second", "third", "fourth", "first"]


def test_pieces_of_work_overlap() -> None:
    """While one sleeps, another runs; ten hours at once take ten hours, not a hundred."""
    simulation = Simulation()
    for _ in range(10):
        simulation.spawn(lambda: simulation.sleep(36_000))
    simulation.run()
    assert simulation.now == START + 36_000


def test_work_may_spawn_work() -> None:
    """What is spawned starts at the present time, and outlives what spawned it."""
    simulation = Simulation()
    seen = []

    def child() -> None:
        seen.append(simulation.now - START)
        simulation.sleep(5)
        seen.append(simulation.now - START)

    def parent() -> None:
        simulation.sleep(1)
        simulation.spawn(child)

    simulation.spawn(parent)
    simulation.run()
    assert seen == [1, 6]


def test_a_run_stops_at_its_time_and_can_be_continued() -> None:
    """What is due at that very time still runs."""
    simulation = Simulation()
    seen = []

    def work() -> None:
        for _ in range(3):
            simulation.sleep(10)
            seen.append(simulation.now - START)

    simulation.spawn(work)
    simulation.run(until=START + 20)
    assert seen == [10, 20]
    assert simulation.now == START + 20
    simulation.run(until=START + 25)
    assert simulation.now == START + 25
    simulation.run()
    assert seen == [10, 20, 30]


def test_time_passes_without_work() -> None:
    """A run up to a time ends at that time, though nothing was to do."""
    simulation = Simulation()
    simulation.run(until=START + 100)
    assert simulation.now == START + 100
    simulation.run(until=START + 50)
    assert simulation.now == START + 100


def test_a_time_that_is_past_is_now() -> None:
    """Time never goes backwards."""
    simulation = Simulation()
    simulation.spawn(lambda: simulation.sleep_until(START - 100))
    simulation.run()
    assert simulation.now == START


def test_what_work_raises_comes_out_of_the_run() -> None:
    """It does so from work that work spawned, too, and the rest can go on."""
    simulation = Simulation()
    seen = []

    def fail() -> None:
        simulation.sleep(1)
        raise LookupError

    def parent() -> None:
        simulation.spawn(fail)
        simulation.sleep(2)
        seen.append("parent")

    simulation.spawn(parent)
    with pytest.raises(LookupError):
        simulation.run()
    assert not seen
    simulation.run()
    assert seen == ["parent"]


def test_only_spawned_work_sleeps() -> None:
    """A test that sleeps would wait for itself."""
    simulation = Simulation()
    with pytest.raises(RuntimeError, match="Only spawned work"):
        simulation.sleep(1)


def test_work_does_not_run_the_simulation() -> None:
    """Only one loop may pass the time."""
    simulation = Simulation()
    simulation.spawn(simulation.run)
    with pytest.raises(RuntimeError, match="runs already"):
        simulation.run()


def test_closing_ends_unfinished_work_quietly(capfd: pytest.CaptureFixture[str]) -> None:
    """Handlers of errors do not see the end, clean-up does, and it may even try to sleep."""
    simulation = Simulation()
    seen = []

    def work() -> None:
        try:
            simulation.sleep(100)
        except Exception:  # noqa: BLE001 - as the code under test may catch it
            seen.append("caught")
        finally:
            seen.append("cleaned up")
            simulation.sleep(1)
            seen.append("slept")

    simulation.spawn(work)
    simulation.run(until=START + 1)
    simulation.spawn(work)
    simulation.close()
    assert seen == ["cleaned up"]
    assert capfd.readouterr() == ("", "")
    simulation.run()
    assert simulation.now == START + 1


def test_a_bell_wakes_what_waits() -> None:
    """It goes on at once, and its own time then means nothing any more."""
    simulation = Simulation()
    event = SimulatedEvent(simulation)
    seen = []

    def wait() -> None:
        event.wait_until(START + 100)
        seen.append(simulation.now - START)

    def set_twice() -> None:
        simulation.sleep(7)
        event.set()
        event.set()

    simulation.spawn(wait)
    simulation.spawn(set_twice)
    simulation.run()
    assert seen == [7]
    assert simulation.now == START + 7


def test_a_bell_that_does_not_ring_is_a_sleep() -> None:
    """And a set that nobody waits for is forgotten."""
    simulation = Simulation()
    event = SimulatedEvent(simulation)
    event.set()
    simulation.spawn(lambda: event.wait_until(START + 100))
    simulation.run()
    assert simulation.now == START + 100
