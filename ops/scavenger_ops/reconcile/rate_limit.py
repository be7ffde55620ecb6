"""Holds what several threads take from a table to so many units a second."""

import threading
import time


class RateLimit:
    """Lets units be taken at an even rate, without a burst at the start or after a pause."""

    def __init__(self, units_a_second: float) -> None:
        self.units_a_second = units_a_second
        self._lock = threading.Lock()
        self._free_at = time.monotonic()

    def take(self, units: float, stop: threading.Event) -> bool:
        """Wait for the turn of so many units; give False, having taken none, if it is to stop before that."""
        with self._lock:
            turn = max(self._free_at, time.monotonic())
            self._free_at = turn + units / self.units_a_second
        if not stop.wait(turn - time.monotonic()):
            return True
        self.correct(-units)
        return False

    def correct(self, units: float) -> None:
        """Note that what was taken came to so many units more, or less if it is negative."""
        with self._lock:
            self._free_at += units / self.units_a_second
