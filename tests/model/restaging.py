"""Stages rows again while the function runs, with the same version or another one, as the API does at any moment."""

from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Any

from scavenger_ops.mapping_model.simulation import Simulation

from model.item_identity import identity
from model.scheduled_messages import ODD_ROWS, VERSIONS, Message, make_follow_up
from model.staged_rows import Attributes, StagedRows

# A moment for each span of time in which something goes on: a request, a batch, a window, retries, and a day.
DELAYS_S = (0.0, 0.01, 1.0, 30.0, 600.0, 20_000.0)


class Restaging:
    """Stages rows again, up to a number of times. About half of them are processed, and reported by a new message."""

    def __init__(  # noqa: PLR0913 - what it acts on, and how often
        self,
        simulation: Simulation,
        random: Random,
        rows: StagedRows,
        keys: Sequence[Attributes],
        report: Callable[[Message], None],
        *,
        count: int,
        likelihood: float,
        event_names: Sequence[str],
    ) -> None:
        self._simulation = simulation
        self._random = random
        self._rows = rows
        self._keys = {identity(each): each for each in keys}
        self._report = report
        self._left = count
        self._likelihood = likelihood
        self._event_names = event_names

    def perhaps(self, keys: Sequence[Any]) -> None:
        """Stage one of the rows with these keys again, if chance has it and it is a row of a good message."""
        if self._left and keys and self._random.random() < self._likelihood:
            which = identity(self._random.choice(keys))
            if which in self._keys:
                self._stage(self._keys[which])

    def at_any_time(self) -> None:
        """Stage some rows again, each at a moment of its own."""
        for _ in range(self._left // 3 if self._keys else 0):
            keys = self._random.choice([*self._keys.values()])
            self._simulation.spawn(partial(self._stage, keys, self._random.choice(DELAYS_S)))

    def _stage(self, keys: Attributes, after_s: float = 0.0) -> None:
        """Stage a row again. One that is processed becomes a message later."""
        if after_s:
            self._simulation.sleep(after_s)
        if not self._left:
            return
        self._left -= 1
        if self._random.random() < 0.2:
            self._rows.stage(keys, self._random.choice(ODD_ROWS))
            return
        attributes = self._random.choice(VERSIONS)
        self._rows.stage(keys, attributes)
        if self._random.random() < 0.5:
            message = make_follow_up(keys, attributes, self._random.choice(self._event_names))
            self._simulation.spawn(partial(self._process, message))

    def _process(self, message: Message) -> None:
        self._simulation.sleep(self._random.choice(DELAYS_S))
        self._report(message)
