"""Simulated time, in which pieces of ordinary blocking code run one at a time and pass hours in milliseconds."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from greenlet import GreenletExit, getcurrent, greenlet

# Any moment would do. This one is a round number, in November 2023.
START = 1_700_000_000.0


@dataclass(slots=True)
class _Turn:
    """A piece of work that goes on at some time; none does if it was woken before."""

    worker: greenlet | None


class Simulation:
    """Runs spawned work in the order of its times, and at the same time in the order of scheduling."""

    def __init__(self) -> None:
        self.now = START
        # By their times, and at the same time by the order of scheduling.
        self._agenda: list[tuple[float, int, _Turn]] = []
        self._orders = itertools.count()
        self._hub: greenlet | None = None
        self._closed = False

    def spawn(self, work: Callable[[], None]) -> None:
        """Start a piece of work at the present time, once what runs now sleeps or ends."""
        self._schedule(self.now, greenlet(work))

    def sleep(self, seconds: float) -> None:
        """Let time pass for the spawned work that calls it, while other work runs."""
        self.sleep_until(self.now + seconds)

    def sleep_until(self, time: float) -> None:
        """Let time pass up to a moment; if it is past, let only what is due now run first."""
        self._suspend(time)

    def run(self, until: float | None = None) -> None:
        """Run until nothing is scheduled any more or, where a time is given, up to and including that time.

        The time then is `until`, and another call goes on from there. What spawned work raises comes out here.
        """
        if self._hub is not None:
            raise RuntimeError("The simulation runs already. Spawn work instead of running it from inside.")
        self._hub = getcurrent()
        try:
            while (worker := self._next_worker(until)) is not None:
                # A greenlet's end and its exceptions go to its parent, which otherwise is the work that spawned it.
                worker.parent = self._hub
                worker.switch()
        finally:
            self._hub = None
        if until is not None:
            self.now = max(self.now, until)

    def close(self) -> None:
        """End unfinished work: it gets greenlet's GreenletExit, and its `finally` blocks run.

        Only this frees its memory, since a suspended greenlet and its simulation refer to each other and Python does
        not collect suspended greenlets.
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
        """Give what goes on next, and let it be that time."""
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
            # A `finally` block of work that was ended may sleep, but nobody would wake it.
            raise GreenletExit
        if self._hub is None or getcurrent() is self._hub:
            raise RuntimeError("Only spawned work can sleep. Outside it, time passes by run(until=...).")
        turn = self._schedule(time, getcurrent())
        if event is not None:
            event.waiting = turn
        self._hub.switch()

    def _bring_forward(self, turn: _Turn) -> None:
        if turn.worker is not None:
            self._schedule(self.now, turn.worker)
            turn.worker = None


class SimulatedEvent:
    """Wakes one piece of work before its time."""

    def __init__(self, simulation: Simulation) -> None:
        self.waiting: _Turn | None = None
        self._simulation = simulation

    def wait_until(self, time: float) -> None:
        """Sleep up to a moment, or until the event is set."""
        self._simulation._suspend(time, self)  # noqa: SLF001 - the two are one idea
        self.waiting = None

    def set(self) -> None:
        """Wake what waits, if anything does."""
        if self.waiting is not None:
            self._simulation._bring_forward(self.waiting)  # noqa: SLF001 - the two are one idea
            self.waiting = None
