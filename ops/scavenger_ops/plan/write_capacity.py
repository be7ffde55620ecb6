"""A table's write capacity in simulated time: a token bucket, and how the invocations that wait share it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from scavenger_ops.mapping_model.simulation import SimulatedEvent, Simulation

# How often units go to those that wait: with fewer at a time, more shares would come to less than one delete.
SHARE_INTERVAL_S = 1.0


class WriteCapacity:
    """Write units that come evenly and are kept up to a maximum; at the start, as many are kept as can be.

    A negative rate uses up what is kept.
    """

    def __init__(self, now: Callable[[], float], a_second: float, most_kept: float) -> None:
        self._now = now
        self._a_second = a_second
        # With less than one, nothing would ever be deleted.
        self._most_kept = max(1.0, most_kept)
        self._left = self._most_kept
        self._updated_at = now()

    def left(self) -> float:
        """Return the units that there are now."""
        now = self._now()
        left = self._left + (now - self._updated_at) * self._a_second
        self._left = min(self._most_kept, max(0.0, left))
        self._updated_at = now
        return self._left

    def take(self, count: int) -> bool:
        """Take so many units if there are as many, and return whether there were."""
        if self.left() < count:
            return False
        self._left -= count
        return True

    def change(self, a_second: float) -> None:
        """Have so many units a second from now on."""
        self.left()
        self._a_second = a_second

    def lose_kept(self) -> None:
        """Have none that were kept."""
        self._left = 0.0


@dataclass
class _Claim:
    """What an invocation waits for, in deletes."""

    missing: int
    event: SimulatedEvent


class SharedWriteCapacity:
    """Lets invocations wait for write units, counted in deletes, and shares them equally among those that wait."""

    def __init__(self, simulation: Simulation, capacity: WriteCapacity) -> None:
        self._simulation = simulation
        self._capacity = capacity
        self._claims: deque[_Claim] = deque()
        self._is_sharing = False

    def take(self, count: int, until: float) -> int:
        """Wait up to a moment for the units of so many deletes, and return for how many there were enough."""
        if not self._claims and self._capacity.take(count):
            return count
        claim = _Claim(count, SimulatedEvent(self._simulation))
        self._claims.append(claim)
        if not self._is_sharing:
            self._is_sharing = True
            self._simulation.spawn(self._share_out)
        claim.event.wait_until(until)
        if claim.missing:
            self._claims.remove(claim)
        return count - claim.missing

    def _share_out(self) -> None:
        while self._claims:
            while self._claims and (left := int(self._capacity.left())):
                self._share_with_each(max(1, left // len(self._claims)), left)
            self._simulation.sleep(SHARE_INTERVAL_S)
        self._is_sharing = False

    def _share_with_each(self, count: int, left: int) -> None:
        """Grant this many units to each claim in turn, while they last; the next round goes on from there."""
        for _ in range(min(len(self._claims), left)):
            claim = self._claims.popleft()
            given = min(count, claim.missing)
            claim.missing -= given
            self._capacity.take(given)
            if claim.missing:
                self._claims.append(claim)
            else:
                claim.event.set()
