"""The table's stream: it keeps its records for a day."""

from collections.abc import Iterable
from typing import Any

from model.batch import StreamRecord
from model.simulation import Simulation

# Source: Streams.html.
RETENTION_S = 24 * 60 * 60


class Stream:
    """Knows which records are gone from the stream, and notes them."""

    def __init__(self, simulation: Simulation) -> None:
        self.trimmed: list[dict[str, Any]] = []
        self._simulation = simulation

    def without_trimmed(self, records: Iterable[StreamRecord]) -> tuple[StreamRecord, ...]:
        """Give the records that the stream still has; those that it lost go nowhere."""
        kept = []
        for record in records:
            if self._simulation.now - record.arrived > RETENTION_S:
                self.trimmed.append(record.body)
            else:
                kept.append(record)
        return tuple(kept)
