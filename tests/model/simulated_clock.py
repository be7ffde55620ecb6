"""Simulated time for the function's real code: its waits and its requests pass the simulation's time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from greenlet import getcurrent, greenlet
from scavenger_ops.mapping_model.simulation import Simulation

Result = TypeVar("Result")


class Killed(BaseException):
    """The function's process is gone; like the real thing, no code of the function catches it."""


class SimulatedClock:
    """Lets invocations pass the time of a simulation, each until it is killed."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._ends: dict[greenlet, float] = {}
        self._aside_s: float | None = None

    @contextmanager
    def invocation(self, lasts_s: float) -> Iterator[None]:
        """Kill what runs in this block when so much time has passed."""
        self._ends[getcurrent()] = self._simulation.now + lasts_s
        try:
            yield
        finally:
            del self._ends[getcurrent()]

    def monotonic(self) -> float:
        """Give the time, as the time module does."""
        return self._simulation.now

    def sleep(self, seconds: float) -> None:
        """Pass time. Raises Killed if the invocation does not see the end of it."""
        left_s = self._ends[getcurrent()] - self._simulation.now
        self._simulation.sleep(min(seconds, left_s))
        if seconds >= left_s:
            raise Killed

    def spend(self, seconds: float) -> None:
        """Pass the time that an answer takes, in whatever thread it is waited for."""
        if self._aside_s is None:
            self.sleep(seconds)
        else:
            self._aside_s += seconds

    def aside(self, work: Callable[[], Result]) -> tuple[float, Result | Exception]:
        """Do something as a thread of its own would: give the seconds that it takes, and what comes of it."""
        self._aside_s = 0.0
        try:
            return_value: Result | Exception = work()
        except Exception as error:  # noqa: BLE001 - a future keeps any
            return_value = error
        finally:
            seconds, self._aside_s = self._aside_s, None
        return seconds, return_value


class SimulatedInFlight:
    """Does what InFlight does, in simulated time and without threads."""

    def __init__(self, clock: SimulatedClock, most: int) -> None:
        self._clock = clock
        self._most = most
        self._answers: list[tuple[float, Any, Any]] = []

    def __len__(self) -> int:
        """Give the number of requests that are not answered yet."""
        return len(self._answers)

    def requests(self) -> list[Any]:
        """Give the requests that are not answered yet."""
        return [request for _, request, _ in self._answers]

    def start(self, request: Any, send: Callable[[], Any]) -> None:
        """Send a request, whose answer comes when the client has spent its time."""
        assert len(self._answers) < self._most, "more requests are in flight than allowed"
        seconds, answer = self._clock.aside(send)
        self._answers.append((self._clock.monotonic() + seconds, request, answer))

    def wait(self, timeout_s: float) -> list[tuple[Any, Any]]:
        """Pass the time until an answer comes or the time is over, and give what came."""
        first_at = min((at for at, _, _ in self._answers), default=float("inf"))
        self._clock.sleep(max(0.0, min(timeout_s, first_at - self._clock.monotonic())))
        # Sums of times are not exact.
        now = self._clock.monotonic() + 1e-6
        came = [(request, answer) for at, request, answer in self._answers if at <= now]
        self._answers = [answer for answer in self._answers if answer[0] > now]
        for _, answer in came:
            if isinstance(answer, Exception):
                raise answer
        return came

    def close(self) -> None:
        """Have nothing to let go of."""
