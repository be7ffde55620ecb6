"""Simulated time. Pieces of ordinary blocking code run in it one at a time, and hours pass in milliseconds."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from greenlet import GreenletExit, getcurrent, greenlet

# Any time would do. This one is a round number, in November 2023.
START = 1_700_000_000.0


@dataclass(slots=True)
class _Turn:
    """A piece of work that resumes at some time. `worker` is None if it was woken before."""

    worker: greenlet | None


class Simulation:
    """Runs spawned work in the order of its times; work of the same time in the order of scheduling."""

    def __init__(self) -> None:
        self.now = START
        # A heap of turns by their times, then by the order of scheduling.
        self._agenda: list[tuple[float, int, _Turn]] = []
        self._orders = itertools.count()
        self._hub: greenlet | None = None
        self._closed = False

    def spawn(self, work: Callable[[], None]) -> None:
        """Start a piece of work at the current time, as soon as the running one sleeps or ends."""
        self._schedule(self.now, greenlet(work))

    def sleep(self, seconds: float) -> None:
        """Suspend the calling work for this many simulated seconds, while other work runs."""
        self.sleep_until(self.now + seconds)

    def sleep_until(self, time: float) -> None:
        """Suspend the calling work until a time. If that time is past, only the work that is due now runs first."""
        self._suspend(time)

    def run(self, until: float | None = None) -> None:
        """Run until nothing is scheduled any more, or up to and including the time `until`.

        Then the time is `until`, and another call continues from there. Raises what spawned work raises.
        """
        if self._hub is not None:
            raise RuntimeError("The simulation is running already. Call spawn() inside it instead of run().")
        self._hub = getcurrent()
        try:
            while (worker := self._next_worker(until)) is not None:
                # A greenlet's end and exceptions go to its parent. By default that is the work that spawned it.
                worker.parent = self._hub
                worker.switch()
        finally:
            self._hub = None
        if until is not None:
            self.now = max(self.now, until)

    def close(self) -> None:
        """End unfinished work: greenlet raises GreenletExit in it, and its `finally` blocks run.

        Only this frees its memory: a suspended greenlet and its simulation refer to each other, and Python does not
        collect suspended greenlets.
        """
        self._closed = True
        for _, _, turn in self._agenda:
            if turn.worker is not None:
                turn.worker.parent = getcurrent()
                turn.worker.throw()
        self._agenda.clear()

    def _schedule(self, time: float, worker: greenlet) -> _Turn:
        turn = _Turn(worker)
        heapq.heappush(self._agenda, (max(time, self.now), next(self._orders), turn))
        return turn

    def _next_worker(self, until: float | None) -> greenlet | None:
        """Return the work that resumes next, and set the time to its time."""
        while self._agenda:
            time, _, turn = self._agenda[0]
            if turn.worker is not None and until is not None and time > until:
                return None
            heapq.heappop(self._agenda)
            if turn.worker is not None:
                self.now = time
                return turn.worker
        return None

    def _suspend(self, time: float, event: "SimulatedEvent | None" = None) -> None:
        if self._closed:
            # A `finally` block of ended work may try to sleep, but nothing would wake it.
            raise GreenletExit
        if self._hub is None or getcurrent() is self._hub:
            raise RuntimeError("Only spawned work can sleep. Outside it, call run(until=...) to let time pass.")
        turn = self._schedule(time, getcurrent())
        if event is not None:
            event.waiting = turn
        self._hub.switch()

    def _bring_forward(self, turn: _Turn) -> None:
        if turn.worker is not None:
            self._schedule(self.now, turn.worker)
            turn.worker = None


class SimulatedEvent:
    """An event that wakes one piece of work before its time."""

    def __init__(self, simulation: Simulation) -> None:
        self.waiting: _Turn | None = None
        self._simulation = simulation

    def wait_until(self, time: float) -> None:
        """Sleep until a time or until the event is set, whichever comes first."""
        self._simulation._suspend(time, self)  # noqa: SLF001 - the two are one idea
        self.waiting = None

    def set(self) -> None:
        """Wake the waiting work, if there is any."""
        if self.waiting is not None:
            self._simulation._bring_forward(self.waiting)  # noqa: SLF001 - the two are one idea
            self.waiting = None
