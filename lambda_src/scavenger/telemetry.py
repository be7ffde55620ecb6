"""What an invocation logs: one summary line, and the same figures as metrics."""

import logging
import time

from aws_lambda_powertools import Logger, Metrics

from scavenger.batch_delete import DeleteResult
from scavenger.metric_names import METRICS, METRICS_NAMESPACE
from scavenger.records import ParsedBatch
from scavenger.settings import Settings

# Both take the function's name from POWERTOOLS_SERVICE_NAME. Lambda reads a line's level only if its timestamp has this
# form.
# Source: monitoring-cloudwatchlogs-log-level.html.
logger = Logger(use_rfc3339=True)
metrics = Metrics(namespace=METRICS_NAMESPACE)


def log_keys(batch: ParsedBatch) -> None:
    """Log the keys to delete, at debug level.

    To be called before the deletes, so that they are logged even if deleting raises or the time is over.
    """
    if logger.log_level <= logging.DEBUG:
        for deletion in batch.deletions:
            logger.debug("Delete asked for", key=deletion.row.key, sequence_number=deletion.sequence_number)


def count_done(batch: ParsedBatch, deletes: DeleteResult) -> int:
    """Return for how many rows nothing is left to do: they are deleted (in a dry run: would be), or superseded."""
    return len(batch.deletions) - len(deletes.not_deleted) - len(deletes.rejected)


def report(batch: ParsedBatch, deletes: DeleteResult, settings: Settings, *, quarantined: int, failed: int) -> None:
    """Write the summary line and the metrics of an invocation. Neither contains an attribute of an item.

    received = deleted + superseded + duplicates + ignored + quarantined + failed; in a dry run, would_delete instead of
    deleted. The function counts superseded rows only if it has match attributes, since CloudWatch charges for each
    metric. The errors by name (`faults`) are only in the log line.
    """
    superseded = len(deletes.superseded)
    deleted = count_done(batch, deletes) - superseded
    figures = {
        "received": batch.received,
        "deleted": 0 if settings.is_dry_run else deleted,
        **({"would_delete": deleted} if settings.is_dry_run else {}),
        **({"superseded": superseded} if settings.match_attributes else {}),
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
