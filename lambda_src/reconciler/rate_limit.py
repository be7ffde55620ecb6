"""Limits the capacity units that several threads take from a table in a second."""

import threading
import time


class RateLimit:
    """Spreads items evenly over time, without a burst at the start or after a pause.

    The units of an item are a guess at first, and then what the last items took.
    """

    def __init__(self, units_a_second: float, units_an_item: float) -> None:
        self._units_a_second = units_a_second
        self._units_an_item = units_an_item
        self._lock = threading.Lock()
        self._free_at = time.monotonic()

    def reserve(self, items: float, stop: threading.Event) -> float | None:
        """Reserve the units for so many items, wait until they may be used, and return them.

        Return None, and reserve nothing, if `stop` is set before that.
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
        """Charge the units that so many items really took, in place of those that were reserved for them."""
        # Without items or units there is nothing to learn.
        if items and units:
            self._units_an_item = units / items
        self._add(units - reserved)

    def items_in(self, seconds: float) -> float:
        """Return how many items can be taken in so many seconds."""
        return self._units_a_second * seconds / self._units_an_item

    def _add(self, units: float) -> None:
        with self._lock:
            self._free_at += units / self._units_a_second
