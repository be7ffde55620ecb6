"""Run the deployment through simulated hours, and record the metrics that are written meanwhile.

Load, write units and throttling are as in `scavenger plan --simulate throttled`. The function is the real handler
behind the model of its event source mapping, so that its own metrics are what it reports itself.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from model.real_function import Event, RealFunction
from model.simulated_clock import SimulatedClock
from model.staging_table import StagingTable
from scavenger import metric_names, telemetry
from scavenger_ops.mapping_model.event_source_mapping import EventSourceMapping
from scavenger_ops.mapping_model.settings import MappingSettings
from scavenger_ops.mapping_model.simulated_function import Invocation
from scavenger_ops.mapping_model.simulation import START, Simulation
from scavenger_ops.plan.capacity import find_capacity
from scavenger_ops.plan.cost import LOG_BYTES_AN_INVOCATION
from scavenger_ops.plan.function_cost import measured
from scavenger_ops.plan.load import PipelineSettings, PlannedLoad, PlannedPipeline
from scavenger_ops.plan.scenario import BEGINS_AFTER_SHARE, DISTURBANCE_S, Disturbance, ScenarioRates
from support.events import record
from support.failure_bucket import FakeBucket

from bench.pictures.metrics import DashboardMetric, MetricSample, Recording

# Long enough to show the time before, during and after the throttling.
DURATION_S = 2 * 3600
BEGINS_S = DURATION_S * BEGINS_AFTER_SHARE
THROTTLED = Disturbance(BEGINS_S, BEGINS_S + DISTURBANCE_S)
INSERTS_A_SECOND = 20
LOAD = PlannedLoad(INSERTS_A_SECOND, INSERTS_A_SECOND, item_bytes=1000, key_bytes=60)
# The defaults, except for write units that are enough for the load.
SETTINGS = PipelineSettings(write_capacity=60)
CAPACITY = find_capacity(PlannedPipeline(LOAD, SETTINGS), measured())
RATES = ScenarioRates(CAPACITY, "throttled", THROTTLED)


class ObservedStagingTable(StagingTable):
    """A staging table that records how many deletes it carried out and throttled, and when."""

    def __init__(self, clock: SimulatedClock) -> None:
        deletes = RATES.deletes_a_second(0.0)
        kept_s = RATES.most_kept_deletes() / deletes
        super().__init__(clock, Random(1), write_units=deletes, kept_s=kept_s)  # noqa: S311 - the same each time
        self.carried_out: list[MetricSample] = []
        self.throttled_deletes: list[MetricSample] = []

    def change(self, deletes_a_second: float) -> None:
        """Change the rate of write units, and lose those that were kept."""
        self._units.change(deletes_a_second)
        self._units.lose_kept()

    def batch_write_item(
        self,
        *,
        RequestItems: dict[str, list[Any]],  # noqa: N803 - boto3's names
        ReturnConsumedCapacity: str,  # noqa: N803
    ) -> dict[str, Any]:
        """Answer a request, and record its deletes."""
        count = not_deleted = len(RequestItems["staging"])
        time_s = self._clock.monotonic() - START
        try:
            answer = super().batch_write_item(RequestItems=RequestItems, ReturnConsumedCapacity=ReturnConsumedCapacity)
            not_deleted = len(answer["UnprocessedItems"].get("staging", ()))
        finally:
            self.carried_out.append(MetricSample(time_s, count - not_deleted))
            # DynamoDB writes no zeros of it.
            if not_deleted:
                self.throttled_deletes.append(MetricSample(time_s, not_deleted))
        return answer


class SimulatedDeployment:
    """A mapping, a function and a staging table in simulated time."""

    def __init__(self) -> None:
        self.simulation = Simulation()
        clock = SimulatedClock(self.simulation)
        self.table = ObservedStagingTable(clock)
        self.function = RealFunction(
            clock,
            self.table,
            FakeBucket(),
            timeout_s=SETTINGS.timeout,
            max_in_flight=SETTINGS.max_requests_in_flight,
        )
        self.mapping = EventSourceMapping(self.simulation, MappingSettings(), self._invoke)
        # The time of arrival, by sequence number.
        self.arrived: dict[str, float] = {}

    def run(self) -> None:
        """Run the simulation for the whole duration."""
        self.simulation.spawn(self._insert)
        self.simulation.spawn(self._throttle)
        # The function's own jitter is the same each time.
        with self.function.in_place(Random(1)), pytest.MonkeyPatch.context() as patch:  # noqa: S311 - see above
            patch.setattr(telemetry, "time", SimpleNamespace(time=lambda: self.simulation.now))
            self.simulation.run(until=START + DURATION_S)
            self.simulation.close()

    def _invoke(self, event: Event) -> object:
        try:
            return self.function.invoke(event)
        finally:
            # The simulated clock counts the time of requests, but not that of the handler's CPU.
            self.simulation.sleep(CAPACITY.cpu_s(len(event["Records"])))

    def _insert(self) -> None:
        for number in range(DURATION_S * INSERTS_A_SECOND):
            if number % INSERTS_A_SECOND == 0:
                self.simulation.sleep(1.0)
            inserted = record(number, ApproximateCreationDateTime=self.simulation.now)
            self.arrived[inserted["dynamodb"]["SequenceNumber"]] = self.simulation.now
            self.mapping.put("shard-0", inserted)

    def _throttle(self) -> None:
        for time_s in (THROTTLED.begins_s, THROTTLED.ends_s):
            self.simulation.sleep_until(START + time_s)
            self.table.change(RATES.deletes_a_second(time_s))


def simulate() -> Recording:
    """Run the deployment, and return the metrics that were written."""
    deployment = SimulatedDeployment()
    deployment.run()
    # Some of the function's own metrics are not written in this run, such as those of a dry run.
    own = {
        DashboardMetric(metric_names.METRICS_NAMESPACE, name): list[MetricSample]()
        for name, _ in metric_names.METRICS.values()
    }
    samples: defaultdict[DashboardMetric, list[MetricSample]] = defaultdict(list, own)
    # The last summary may belong to an invocation that did not end.
    for invocation, summary in zip(deployment.mapping.invocations, deployment.function.summaries(), strict=False):
        for metric, value in _of_lambda(invocation, deployment.arrived):
            samples[metric].append(MetricSample(invocation.time - START, value))
        for metric, value in _of_function(summary):
            samples[metric].append(MetricSample(invocation.ended - START, value))
    for time_s in range(DURATION_S):
        for metric, value in _of_a_second():
            samples[metric].append(MetricSample(time_s, value))
    deleted, throttled = deployment.table.carried_out, deployment.table.throttled_deletes
    samples[DashboardMetric("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "staging")] += deleted
    samples[DashboardMetric("AWS/DynamoDB", "WriteThrottleEvents", "staging")] += throttled
    if deployment.mapping.discarded:
        raise RuntimeError("Lambda discarded records, which these metrics do not show: choose another load.")
    return Recording(samples, DURATION_S)


def _of_lambda(invocation: Invocation, arrived: Mapping[str, float]) -> Iterator[tuple[DashboardMetric, float]]:
    """Return the metrics that Lambda, its mapping and CloudWatch Logs write for an invocation."""
    values = {
        "Invocations": 1,
        "Errors": invocation.status == "error",
        "Throttles": 0,
        "DestinationDeliveryFailures": 0,
        "ConcurrentExecutions": 1,
        "Duration": 1000 * (invocation.ended - invocation.time),
        "IteratorAge": 1000 * (invocation.time - arrived[invocation.sequence_numbers[-1]]),
        "InvokedEventCount": len(invocation.sequence_numbers),
        "FilteredOutEventCount": 0,
        "OnFailureDestinationDeliveredEventCount": 0,
        "DroppedEventCount": 0,
    }
    for name, value in values.items():
        yield DashboardMetric("AWS/Lambda", name), value
    yield DashboardMetric("AWS/Logs", "IncomingBytes"), LOG_BYTES_AN_INVOCATION


def _of_function(summary: Mapping[str, Any]) -> Iterator[tuple[DashboardMetric, float]]:
    """Return the metrics that the function writes for an invocation."""
    for field, (name, _) in metric_names.METRICS.items():
        if field in summary:
            yield DashboardMetric(metric_names.METRICS_NAMESPACE, name), summary[field]


def _of_a_second() -> Iterator[tuple[DashboardMetric, float]]:
    """Return the metrics of inserts and puts, which are the same each second."""
    units = LOAD.write_units(INSERTS_A_SECOND)
    yield DashboardMetric("AWS/Lambda", "PolledEventCount"), INSERTS_A_SECOND
    yield DashboardMetric("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "messages"), units
    yield DashboardMetric("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "staging"), units
    yield DashboardMetric("AWS/DynamoDB", "ProvisionedWriteCapacityUnits", "staging"), SETTINGS.write_capacity
