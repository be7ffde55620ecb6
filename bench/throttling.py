"""Measure, in simulated time, what deletes cost on a throttled table: with this function, and with a plain loop.

The function is the real handler behind the tests' model of the event source mapping. The table has a tenth of the write
capacity units (WCU) that the inserts need. It keeps unused units for one second; a real table keeps those of five
minutes, which is easier. It does the deletes of a request in any order. Each row takes one WCU.
"""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

from botocore.exceptions import ClientError
from model.real_function import Event, RealFunction
from model.simulated_clock import Killed, SimulatedClock
from model.staging_table import StagingTable
from scavenger_ops.mapping_model.event_source_mapping import EventSourceMapping
from scavenger_ops.mapping_model.settings import MappingSettings
from scavenger_ops.mapping_model.simulated_function import FunctionError
from scavenger_ops.mapping_model.simulation import Simulation
from support.events import record
from support.failure_bucket import FakeBucket

from bench.report import write_generated_block

LOAD_FACTOR = 10
TIMEOUT_S = 60.0
MAX_IN_FLIGHT = 16
DURATION_S = 300.0


@dataclass(frozen=True)
class ThrottlingScenario:
    """A table's write capacity units a second, and how the stream is read."""

    write_units: int
    shards: int
    parallelization_factor: int
    batch_size: int


@dataclass(frozen=True)
class ThrottlingFigures:
    """The figures of a run. The shares are of all deletes, and of all write capacity units that the table had."""

    repeated: float
    used: float
    cleared_a_second: float
    requests_for_25: float


SCENARIOS = (
    ThrottlingScenario(write_units=5, shards=1, parallelization_factor=1, batch_size=100),
    ThrottlingScenario(write_units=5, shards=4, parallelization_factor=1, batch_size=1000),
    ThrottlingScenario(write_units=100, shards=1, parallelization_factor=1, batch_size=1000),
    ThrottlingScenario(write_units=100, shards=1, parallelization_factor=1, batch_size=10_000),
    ThrottlingScenario(write_units=100, shards=4, parallelization_factor=10, batch_size=1000),
    ThrottlingScenario(write_units=500, shards=5, parallelization_factor=1, batch_size=10_000),
)


def plain_loop(table: StagingTable, clock: SimulatedClock, random: Random) -> Callable[[Event], object]:
    """Return a handler as the documentation of BatchWriteItem suggests: 25 deletes, then the next 25.

    It sends unprocessed items again after exponential backoff with jitter, until all 25 are deleted. When the timeout
    ends, the whole batch has failed, and the mapping tries its halves.
    """

    def invoke(event: Event) -> object:
        try:
            with clock.invocation(TIMEOUT_S):
                keys = [each["dynamodb"]["Keys"] for each in event["Records"]]
                for start in range(0, len(keys), 25):
                    delete(keys[start : start + 25])
        except Killed as error:
            raise FunctionError from error
        return None

    def delete(keys: list[dict[str, Any]]) -> None:
        left: dict[str, Any] = {"staging": [{"DeleteRequest": {"Key": key}} for key in keys]}
        wait_s = 0.05
        while left:
            with suppress(ClientError):
                left = table.batch_write_item(RequestItems=left, ReturnConsumedCapacity="TOTAL")["UnprocessedItems"]
            if left:
                clock.sleep(random.uniform(0, wait_s))
                wait_s = min(2 * wait_s, 20.0)

    return invoke


def measure(scenario: ThrottlingScenario, *, plain: bool = False) -> ThrottlingFigures:
    """Return the figures of five simulated minutes on a throttled table, of the function or of the plain loop."""
    simulation, random = Simulation(), Random(1)  # noqa: S311 - the same each time
    clock = SimulatedClock(simulation)
    table = StagingTable(clock, random, write_units=scenario.write_units)
    function = RealFunction(clock, table, FakeBucket(), timeout_s=TIMEOUT_S, max_in_flight=MAX_IN_FLIGHT)
    mapping = EventSourceMapping(
        simulation,
        MappingSettings(
            batch_size=scenario.batch_size,
            parallelization_factor=scenario.parallelization_factor,
            report_batch_item_failures=not plain,
        ),
        plain_loop(table, clock, random) if plain else function.invoke,
    )

    def insert() -> None:
        """Insert rows at the rate of the load, until there are more than can be deleted in the time."""
        at_once = scenario.shards * scenario.parallelization_factor * scenario.batch_size
        for number in range(int(2 * at_once + 1.5 * DURATION_S * scenario.write_units)):
            if number % scenario.write_units == 0:
                simulation.sleep(1 / LOAD_FACTOR)
            mapping.put(f"shard-{number % scenario.shards}", record(number))

    simulation.spawn(insert)
    # The function's own jitter is the same each time, too.
    with function.in_place(Random(1)):  # noqa: S311 - likewise
        while not table.requests:
            simulation.run(until=simulation.now + 0.01)
        began_at = simulation.now
        simulation.run(until=began_at + DURATION_S)
        simulation.close()
    carried_out, cleared = table.deletes.total(), len(table.deletes)
    return ThrottlingFigures(
        repeated=1 - cleared / carried_out,
        used=carried_out / (scenario.write_units * (DURATION_S + 1)),
        cleared_a_second=cleared / DURATION_S,
        requests_for_25=25 * table.requests / cleared,
    )


def lay_out() -> str:
    """Measure every scenario, and return the Markdown table."""
    lines = [
        "| WCU | shards x factor | batch size | | repeated | used | rows deleted per second | requests per 25 rows |",
        "| --: | --: | --: | --- | --: | --: | --: | --: |",
    ]
    with ProcessPoolExecutor() as pool:
        runs = [
            (scenario, name, pool.submit(measure, scenario, plain=plain))
            for scenario in SCENARIOS
            for name, plain in (("this function", False), ("plain loop", True))
        ]
        for scenario, name, run in runs:
            figures = run.result()
            lines.append(
                f"| {scenario.write_units} | {scenario.shards} x {scenario.parallelization_factor} "
                f"| {scenario.batch_size} | {name} | {figures.repeated:.1%} | {figures.used:.1%} "
                f"| {figures.cleared_a_second:.1f} | {figures.requests_for_25:.1f} |"
            )
            print(lines[-1], flush=True)  # noqa: T201 - progress, since it takes minutes
    return "\n".join(lines)


if __name__ == "__main__":
    write_generated_block("throttling", lay_out())
