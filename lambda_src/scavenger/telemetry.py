"""What an invocation tells: one summary line in the log, and the same figures as metrics."""

import logging
import time

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from scavenger.batch_delete import DeleteResult
from scavenger.records import ParsedBatch

METRICS_NAMESPACE = "StagingScavenger"

# Field of the log line: name and unit of the metric.
METRICS = {
    "received": ("Received", MetricUnit.Count),
    "deleted": ("Deleted", MetricUnit.Count),
    "would_delete": ("WouldDelete", MetricUnit.Count),
    "duplicates": ("Duplicates", MetricUnit.Count),
    "ignored": ("Ignored", MetricUnit.Count),
    "quarantined": ("Quarantined", MetricUnit.Count),
    "failed": ("Failed", MetricUnit.Count),
    "requests": ("Requests", MetricUnit.Count),
    "unprocessed": ("Unprocessed", MetricUnit.Count),
    "write_units": ("WriteUnits", MetricUnit.Count),
    "oldest_record_age_s": ("OldestRecordAge", MetricUnit.Seconds),
}

# Both name the function by POWERTOOLS_SERVICE_NAME. Lambda reads a line's level only beside a timestamp of this form.
# Source: monitoring-cloudwatchlogs-log-level.html.
logger = Logger(use_rfc3339=True)
metrics = Metrics(namespace=METRICS_NAMESPACE)


def announce(batch: ParsedBatch) -> None:
    """Name, at debug level, the keys that are to be deleted.

    Before the deletions: what they raise, or the end of the time, must not keep it from being said.
    """
    if logger.log_level <= logging.DEBUG:
        for deletion in batch.deletions:
            logger.debug("Delete asked for", key=deletion.key, sequence_number=deletion.sequence_number)


def count_deleted(batch: ParsedBatch, deletes: DeleteResult) -> int:
    """Return how many rows were deleted; of a dry run, how many would have been."""
    return len(batch.deletions) - len(deletes.not_deleted) - len(deletes.rejected)


def report(
    batch: ParsedBatch, deletes: DeleteResult, *, quarantined: int, failed: int, is_dry_run: bool = False
) -> None:
    """Write the summary line and the metrics of an invocation; no attribute of an item is in either.

    Received is deleted + duplicates + ignored + quarantined + failed; in a dry run, it is would_delete instead of
    deleted. Faults are in the line alone, by their names.
    """
    done = count_deleted(batch, deletes)
    figures = {
        "received": batch.received,
        "deleted": 0 if is_dry_run else done,
        **({"would_delete": done} if is_dry_run else {}),
        "duplicates": batch.duplicates,
        "ignored": batch.ignored,
        "quarantined": quarantined,
        "failed": failed,
        "requests": deletes.requests,
        "unprocessed": deletes.unprocessed,
        "write_units": deletes.write_units,
    }
    if batch.oldest_created_at is not None:
        figures["oldest_record_age_s"] = round(max(0.0, time.time() - batch.oldest_created_at), 3)
    logger.info("Batch done", extra={**figures, "faults": deletes.faults})
    for field, value in figures.items():
        name, unit = METRICS[field]
        metrics.add_metric(name, unit, value)
    metrics.flush_metrics()
