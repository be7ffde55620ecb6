"""The real function (its handler) behind the model of its mapping, in simulated time."""

import io
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, cast

import pytest
from scavenger import batch_delete, concurrency_limiter, failure_bucket, telemetry
from scavenger.handler import Handler, make_handler
from scavenger.settings import KeyedTable, Settings
from scavenger.table_error import TableError
from scavenger_ops.mapping_model.simulated_function import FunctionError
from support.context import make_context
from support.events import KEY_TYPES
from support.failure_bucket import FakeBucket

from model.simulated_clock import Killed, SimulatedClock, SimulatedInFlight
from model.staging_table import StagingTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Event = dict[str, Any]


class RealFunction:
    """The real handler, invoked in simulated time. `log` keeps what it logs."""

    def __init__(  # noqa: PLR0913 - the settings of a function
        self,
        clock: SimulatedClock,
        table: StagingTable,
        bucket: FakeBucket,
        *,
        timeout_s: float,
        max_in_flight: int,
        match_attributes: Mapping[str, str] | None = None,
        event_names: Collection[str] = ("INSERT",),
    ) -> None:
        self.bucket = bucket
        self.log = io.StringIO()
        self._clock = clock
        self._table = table
        self._timeout_s = timeout_s
        settings = Settings(
            KeyedTable("staging", KEY_TYPES),
            "failures",
            max_in_flight,
            match_attributes=match_attributes or {},
            event_names=event_names,
        )
        self._start = partial(make_handler, settings, cast("DynamoDBClient", table))
        # Execution environments without an invocation at the moment.
        self._idle: list[Handler] = []

    @contextmanager
    def in_place(self, jitter: Random | None = None) -> Iterator[None]:
        """Replace time, threads and the failure bucket by simulated ones, and the source of the jitter if there is one.

        Python's own source of random numbers is shared with all threads of the process, so no seed makes it repeatable.
        """
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()):
            patch.setattr(batch_delete, "InFlight", partial(SimulatedInFlight, self._clock))
            patch.setattr(concurrency_limiter, "time", self._clock)
            patch.setattr(failure_bucket, "s3_client", lambda: self.bucket)
            patch.setattr(telemetry.logger.registered_handler, "stream", self.log)
            if jitter:
                patch.setattr(concurrency_limiter, "random", jitter)
            yield
        assert self._table.flaws == [], "the function sent a request that is not valid"

    def invoke(self, event: Event, dies_after_s: float = float("inf")) -> object:
        """Invoke the handler as Lambda does. It is killed at its timeout, or after `dies_after_s` if that is earlier.

        Raises FunctionError if it is killed or raises TableError.
        """
        context = make_context(self._timeout_s, self._clock.monotonic)
        try:
            with self._clock.invocation(min(self._timeout_s, dies_after_s)), self._environment() as handle:
                return handle(event, context)
        except (Killed, TableError) as error:
            raise FunctionError from error

    @contextmanager
    def _environment(self) -> Iterator[Handler]:
        """Yield an idle execution environment, or start one. If the handler is killed in it, it is not used again."""
        handle = self._idle.pop() if self._idle else self._start()
        try:
            yield handle
        except TableError:
            self._idle.append(handle)
            raise
        self._idle.append(handle)

    def summaries(self) -> list[dict[str, Any]]:
        """Return the summary lines of the log."""
        lines = map(json.loads, self.log.getvalue().splitlines())
        return [line for line in lines if line["message"] == "Batch done"]
