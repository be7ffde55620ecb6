"""Simulated time passes in order."""

from functools import partial

import pytest
from scavenger_ops.mapping_model.simulation import START, SimulatedEvent, Simulation


def test_work_runs_in_the_order_of_its_times() -> None:
    """An earlier time comes first, in whatever order the work was started."""
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
    """So a run can be repeated exactly."""
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
    """While one sleeps, another runs: ten sleeps of ten hours take ten hours, not a hundred."""
    simulation = Simulation()
    for _ in range(10):
        simulation.spawn(lambda: simulation.sleep(36_000))
    simulation.run()
    assert simulation.now == START + 36_000


def test_work_may_spawn_work() -> None:
    """Spawned work starts at the current time, and may last longer than the work that spawned it."""
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
    """Work that is due at exactly that time still runs."""
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
    """A run up to a time ends at that time, even if there was nothing to do."""
    simulation = Simulation()
    simulation.run(until=START + 100)
    assert simulation.now == START + 100
    simulation.run(until=START + 50)
    assert simulation.now == START + 100


def test_sleeping_until_a_past_time_ends_at_once() -> None:
    """Time never goes backwards."""
    simulation = Simulation()
    simulation.spawn(lambda: simulation.sleep_until(START - 100))
    simulation.run()
    assert simulation.now == START


def test_run_raises_what_work_raises() -> None:
    """It also does for work that work spawned, and the rest can continue."""
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
    """A test that sleeps would wait for ever."""
    simulation = Simulation()
    with pytest.raises(RuntimeError, match="Only spawned work"):
        simulation.sleep(1)


def test_work_does_not_run_the_simulation() -> None:
    """Only one loop may let time pass."""
    simulation = Simulation()
    simulation.spawn(simulation.run)
    with pytest.raises(RuntimeError, match="is running already"):
        simulation.run()


def test_closing_ends_unfinished_work_quietly(capfd: pytest.CaptureFixture[str]) -> None:
    """Exception handlers do not run, `finally` blocks do. They may even try to sleep."""
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


def test_an_event_wakes_the_waiting_work() -> None:
    """It resumes at once, and not again at its own time."""
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


def test_without_the_event_the_work_waits_until_its_time() -> None:
    """An event that is set while nothing waits has no effect."""
    simulation = Simulation()
    event = SimulatedEvent(simulation)
    event.set()
    simulation.spawn(lambda: event.wait_until(START + 100))
    simulation.run()
    assert simulation.now == START + 100
