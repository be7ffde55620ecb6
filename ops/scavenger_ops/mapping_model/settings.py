"""The settings of an event source mapping."""

from dataclasses import dataclass
from typing import Any

UNLIMITED = -1
# Lambda polls each shard four times a second. Source: with-ddb.html.
POLL_INTERVAL_S = 0.25


@dataclass(frozen=True)
class MappingSettings:
    """The settings of a mapping, with the names of AWS and Terraform. The defaults are those of this project.

    `report_batch_item_failures` stands for ReportBatchItemFailures, the only value of function_response_types.
    """

    batch_size: int = 100
    maximum_batching_window_in_seconds: int = 60
    parallelization_factor: int = 1
    maximum_retry_attempts: int = 10
    maximum_record_age_in_seconds: int = 72_000
    bisect_batch_on_function_error: bool = True
    report_batch_item_failures: bool = True
    filter_patterns: tuple[dict[str, Any], ...] = ({"eventName": ["INSERT"]},)
