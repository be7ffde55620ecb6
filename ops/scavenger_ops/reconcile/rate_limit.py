"""Holds what several threads take from a table to so many units a second."""

import threading
import time


class RateLimit:
    """Lets items be taken at an even rate of units, without a burst at the start or after a pause.

    How many units an item takes is a guess at first, and then what the last ones took.
    """

    def __init__(self, units_a_second: float, units_an_item: float) -> None:
        self._units_a_second = units_a_second
        self._units_an_item = units_an_item
        self._lock = threading.Lock()
        self._free_at = time.monotonic()

    def reserve(self, items: float, stop: threading.Event) -> float | None:
        """Wait for the turn of so many items, and give the units that were set aside for them.

        Gives nothing, and sets nothing aside, if it is to stop before that.
        """
        with self._lock:
            units = items * self._units_an_item
            turn = max(self._free_at, time.monotonic())
            self._free_at = turn + units / self._units_a_second
        if not stop.wait(turn - time.monotonic()):
            return units
        self._add(-units)
        return None

    def charge(self, items: float, reserved: float, units: float) -> None:
        """Note how many items there were, and what they took of the units that were set aside, or beyond them."""
        # Of nothing, nothing is learned.
        if items and units:
            self._units_an_item = units / items
        self._add(units - reserved)

    def items_in(self, seconds: float) -> float:
        """Give how many items can be taken in that time."""
        return self._units_a_second * seconds / self._units_an_item

    def _add(self, units: float) -> None:
        with self._lock:
            self._free_at += units / self._units_a_second
