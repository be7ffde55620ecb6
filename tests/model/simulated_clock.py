"""Simulated time for the real function: its waits and its requests take simulated time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from greenlet import getcurrent, greenlet
from scavenger_ops.mapping_model.simulation import Simulation

Result = TypeVar("Result")


class Killed(BaseException):
    """The function's process was killed. As in Lambda, no code of the function can catch it."""


class SimulatedClock:
    """The clock of the invocations: waiting takes the simulation's time, and an invocation is killed at its end."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._ends: dict[greenlet, float] = {}
        # While a request is simulated: the seconds that it takes.
        self._request_s: float | None = None

    @contextmanager
    def invocation(self, lasts_s: float) -> Iterator[None]:
        """Kill the code in this block after this many seconds."""
        self._ends[getcurrent()] = self._simulation.now + lasts_s
        try:
            yield
        finally:
            del self._ends[getcurrent()]

    def monotonic(self) -> float:
        """Return the time, as time.monotonic does."""
        return self._simulation.now

    def sleep(self, seconds: float) -> None:
        """Let time pass. Raises Killed if the invocation ends before."""
        left_s = self._ends[getcurrent()] - self._simulation.now
        self._simulation.sleep(min(seconds, left_s))
        if seconds >= left_s:
            raise Killed

    def spend(self, seconds: float) -> None:
        """Let the time of an answer pass, in the thread that waits for it."""
        if self._request_s is None:
            self.sleep(seconds)
        else:
            self._request_s += seconds

    def in_thread(self, work: Callable[[], Result]) -> tuple[float, Result | Exception]:
        """Do some work as a thread would. Return the seconds that it takes, and its result or exception."""
        self._request_s = 0.0
        try:
            return_value: Result | Exception = work()
        except Exception as error:  # noqa: BLE001 - a future keeps any exception
            return_value = error
        finally:
            seconds, self._request_s = self._request_s, None
        return seconds, return_value


class SimulatedInFlight:
    """Stands in for InFlight, in simulated time and without threads."""

    def __init__(self, clock: SimulatedClock, most: int) -> None:
        self._clock = clock
        self._most = most
        self._answers: list[tuple[float, Any, Any]] = []

    def __len__(self) -> int:
        """Return the number of requests that are not answered yet."""
        return len(self._answers)

    def requests(self) -> list[Any]:
        """Return the requests that are not answered yet."""
        return [request for _, request, _ in self._answers]

    def start(self, request: Any, send: Callable[[], Any]) -> None:
        """Send a request. Its answer comes after the time that it takes."""
        assert len(self._answers) < self._most, "more requests are in flight than allowed"
        seconds, answer = self._clock.in_thread(send)
        self._answers.append((self._clock.monotonic() + seconds, request, answer))

    def wait(self, timeout_s: float) -> list[tuple[Any, Any]]:
        """Let time pass until an answer comes or the time is over. Return the answered requests with their answers."""
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
        """Do nothing: there are no threads to release."""
