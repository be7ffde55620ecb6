"""A lane: one of the parallelization_factor concurrent batches of a shard.

It collects the records of some items and delivers one batch at a time, in order.

Source: invocation-eventsourcemapping.html and with-ddb.html (what ends a window, when the next one begins, the order).
"""

from collections.abc import Iterable

from scavenger_ops.mapping_model.batch_buffer import BatchBuffer
from scavenger_ops.mapping_model.delivery import Delivery
from scavenger_ops.mapping_model.record_batch import RecordBatch
from scavenger_ops.mapping_model.record_run import RecordRun
from scavenger_ops.mapping_model.simulation import SimulatedEvent


class Lane:
    """Collects records into batches. A failing batch blocks those behind it."""

    def __init__(self, shard_id: str, delivery: Delivery) -> None:
        self._shard_id = shard_id
        self._simulation = delivery.simulation
        self._settings = delivery.settings
        self._delivery = delivery
        self._waiting = BatchBuffer(delivery.settings.batch_size)
        self._event = SimulatedEvent(delivery.simulation)
        self._window_start = delivery.simulation.now
        self._works = False
        self._enabled = True

    @property
    def idle(self) -> bool:
        """Whether nothing remains to deliver."""
        return not self._waiting and not self._works

    def add(self, runs: Iterable[RecordRun]) -> None:
        """Add records that the mapping has read."""
        for run in runs:
            self._waiting.add(run)
        self._resume()

    def disable(self) -> None:
        """Stop invoking. An invocation that is running finishes."""
        self._enabled = False
        self._event.set()

    def enable(self) -> None:
        """Resume after the last record that is done, with a new window."""
        self._enabled = True
        self._window_start = self._simulation.now
        self._resume()

    def _resume(self) -> None:
        if self._works:
            self._event.set()
        elif self._waiting:
            self._works = True
            self._simulation.spawn(self._work)

    def _work(self) -> None:
        while self._waiting and self._enabled:
            self._collect()
            self._deliver(RecordBatch(self._waiting.take_batch()))
            self._window_start = self._simulation.now
        self._works = False

    def _collect(self) -> None:
        """Wait until the window is over or the batch is full, whichever comes first."""
        end = self._window_end()
        while self._enabled and self._simulation.now < end and not self._waiting.is_full:
            self._event.wait_until(end)

    def _window_end(self) -> float:
        window = self._settings.maximum_batching_window_in_seconds
        now = self._simulation.now
        if not window:
            return now
        # An assumption: while no record comes, one window follows the other.
        passed = (now - self._window_start) // window
        return self._window_start + (passed + 1) * window

    def _deliver(self, batch: RecordBatch) -> None:
        """Deliver a batch and the parts that it is split into, in order."""
        todo = [batch]
        while todo and self._enabled:
            if todo[0].not_before > self._simulation.now:
                self._simulation.sleep_until(todo[0].not_before)
            else:
                todo[:1] = self._delivery.try_once(self._shard_id, todo[0])
        # A disabled mapping resumes after its last processed record, so the remaining records are collected again.
        if todo:
            self._waiting.put_back([run for part in todo for run in part.runs])
