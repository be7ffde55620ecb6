"""The staging table's write units, in simulated time, as the invocations that delete share them."""

from collections import deque
from dataclasses import dataclass

from scavenger_ops.mapping_model.simulation import SimulatedEvent, Simulation

# Whoever waits is given units as often as this: with fewer at a time, more shares would come to less than one delete.
SHARE_INTERVAL_S = 1.0


@dataclass
class _Claim:
    """What an invocation waits for, in deletes."""

    missing: int
    event: SimulatedEvent


class WriteUnits:
    """Write units that come evenly and are kept up to a most, all counted in deletes; a negative rate uses up the kept.

    At the start as many are kept as can be.
    """

    def __init__(self, simulation: Simulation, a_second: float, most_kept: float) -> None:
        self._simulation = simulation
        self._a_second = a_second
        # With less than one, nothing would ever be deleted.
        self._most_kept = max(1.0, most_kept)
        self._left = self._most_kept
        self._updated_at = simulation.now
        self._claims: deque[_Claim] = deque()
        self._shares = False

    def change(self, a_second: float) -> None:
        """Have so many a second from now on."""
        self._accrue()
        self._a_second = a_second

    def lose_kept(self) -> None:
        """Have none that were kept."""
        self._left = 0.0

    def take(self, count: int, until: float) -> int:
        """Wait for the units of so many deletes, up to a moment, and give for how many there were enough."""
        self._accrue()
        if not self._claims and count <= self._left:
            self._left -= count
            return count
        claim = _Claim(count, SimulatedEvent(self._simulation))
        self._claims.append(claim)
        if not self._shares:
            self._shares = True
            self._simulation.spawn(self._share_out)
        claim.event.wait_until(until)
        if claim.missing:
            self._claims.remove(claim)
        return count - claim.missing

    def _accrue(self) -> None:
        now = self._simulation.now
        left = self._left + (now - self._updated_at) * self._a_second
        self._left = min(self._most_kept, max(0.0, left))
        self._updated_at = now

    def _share_out(self) -> None:
        while self._claims:
            self._accrue()
            while self._claims and self._left >= 1:
                self._give_each(max(1, int(self._left) // len(self._claims)))
            self._simulation.sleep(SHARE_INTERVAL_S)
        self._shares = False

    def _give_each(self, count: int) -> None:
        """Give so much to each in turn, as far as it goes; who comes last is the first the next time."""
        for _ in range(min(len(self._claims), int(self._left))):
            claim = self._claims.popleft()
            given = min(count, claim.missing)
            claim.missing -= given
            self._left -= given
            if claim.missing:
                self._claims.append(claim)
            else:
                claim.event.set()
