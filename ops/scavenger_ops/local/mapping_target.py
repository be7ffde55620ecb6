"""What a mapping on the local AWS invokes, and where it sends the records that it discards.

Sources: monitoring-metrics-types.html, services-dynamodb-errors.html.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from ministack.core.lambda_runtime import execution_credentials
from ministack.services import cloudwatch, lambda_svc

from scavenger_ops.mapping_model.delivery import Condition
from scavenger_ops.mapping_model.event import encode, event_of
from scavenger_ops.mapping_model.failure_record import FailureDestination
from scavenger_ops.mapping_model.invocation_result import InvocationResult
from scavenger_ops.mapping_model.record_batch import RecordBatch
from scavenger_ops.mapping_model.record_run import RecordRun
from scavenger_ops.mapping_model.responses import read_response
from scavenger_ops.mapping_model.settings import UNLIMITED, MappingSettings
from scavenger_ops.mapping_model.simulation import Simulation

BUCKET_ARN = "arn:aws:s3:::"


@dataclass(frozen=True)
class MappingTarget:
    """A mapping and its function, as MiniStack stores them."""

    mapping: dict[str, Any]
    function: dict[str, Any]

    def settings(self) -> MappingSettings:
        """Return the mapping's settings, with Lambda's defaults. record_filter.py has the filter."""
        return MappingSettings(
            maximum_retry_attempts=self.mapping.get("MaximumRetryAttempts", UNLIMITED),
            maximum_record_age_in_seconds=self.mapping.get("MaximumRecordAgeInSeconds", UNLIMITED),
            bisect_batch_on_function_error=self.mapping.get("BisectBatchOnFunctionError", False),
            report_batch_item_failures="ReportBatchItemFailures" in self.mapping.get("FunctionResponseTypes", []),
        )

    def invoke(self, _: str, runs: Sequence[RecordRun]) -> InvocationResult:
        """Invoke the function with these records, and return the result."""
        began = time.time()
        answer = lambda_svc._execute_function(self.function, event_of(runs))  # noqa: SLF001 - there is no public function
        if answer.get("throttle"):
            # MiniStack has counted it.
            return InvocationResult("throttled")
        self._count_invocation(began, runs[-1].arrived, is_error=bool(answer.get("error")))
        result = self._read(answer, runs)
        self.count(InvokedEventCount=len(runs), FailedInvokeEventCount=len(runs) - result.done)
        self.mapping["LastProcessingResult"] = "PROBLEM: Function call failed" if answer.get("error") else "OK"
        return result

    def _read(self, answer: dict[str, Any], runs: Sequence[RecordRun]) -> InvocationResult:
        if answer.get("error"):
            return InvocationResult("error")
        if not self.settings().report_batch_item_failures:
            return InvocationResult("success", len(runs))
        return read_response(answer.get("body"), [run.sequence_number for run in runs])

    def discard(self, shard_id: str, batch: RecordBatch, condition: Condition) -> None:
        """Store the records in the failure bucket, with the function's role. Without a bucket, drop them."""
        clock = Simulation()
        clock.now = time.time()
        destination = FailureDestination(clock, self._store, self._config["FunctionArn"], self.mapping["UUID"])
        if not self._bucket:
            self.count(DroppedEventCount=len(batch.runs))
            return
        try:
            destination.discard(shard_id, batch, condition)
        except (ClientError, BotoCoreError) as error:
            lambda_svc.logger.warning("Bucket %s refuses discarded records: %s", self._bucket, error)
            self.count(DroppedEventCount=len(batch.runs))
            self._count_of_function("DestinationDeliveryFailures", 1, "Count")
        else:
            self.count(OnFailureDestinationDeliveredEventCount=len(batch.runs))

    @property
    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = self.function.get("config") or self.function
        return config

    @property
    def _bucket(self) -> str:
        destination: str = self.mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
        return destination.removeprefix(BUCKET_ARN) if destination.startswith(BUCKET_ARN) else ""

    def _store(self, key: str, body: dict[str, Any]) -> None:
        lent = execution_credentials(self._config)
        session = boto3.Session(lent["AWS_ACCESS_KEY_ID"], lent["AWS_SECRET_ACCESS_KEY"], lent["AWS_SESSION_TOKEN"])
        region = self.mapping["EventSourceArn"].split(":")[3]
        s3 = session.client("s3", region, endpoint_url=f"https://127.0.0.1:{os.environ['GATEWAY_PORT']}")
        s3.put_object(Bucket=self._bucket, Key=key, Body=encode(body).encode())

    def _count_invocation(self, began: float, arrived: float, *, is_error: bool) -> None:
        name, duration_ms = self.mapping["FunctionName"], (time.time() - began) * 1000
        lambda_svc._emit_lambda_metrics(name, duration_ms, is_error, False)  # noqa: FBT003, SLF001 - there is no other
        # Records carry whole seconds.
        self._count_of_function("IteratorAge", max(0.0, (began - arrived) * 1000), "Milliseconds")

    def _count_of_function(self, name: str, value: float, unit: str) -> None:
        dimensions = {"FunctionName": self.mapping["FunctionName"]}
        cloudwatch.record_metric("AWS/Lambda", name, value, unit, dimensions)

    def count_nothing(self) -> None:
        """Write zeros, as a mapping that polls without finding anything. Some metrics exist only with a bucket."""
        of_bucket = {"DroppedEventCount": 0, "OnFailureDestinationDeliveredEventCount": 0} if self._bucket else {}
        self.count(
            PolledEventCount=0, FilteredOutEventCount=0, InvokedEventCount=0, FailedInvokeEventCount=0, **of_bucket
        )

    def count(self, **metrics: float) -> None:
        """Write metrics of the mapping, if it counts events."""
        if "EventCount" not in (self.mapping.get("MetricsConfig") or {}).get("Metrics", []):
            return
        for name, value in metrics.items():
            dimensions = {"EventSourceMappingUUID": self.mapping["UUID"]}
            cloudwatch.record_metric("AWS/Lambda", name, value, "Count", dimensions)
