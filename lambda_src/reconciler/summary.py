"""The last task of a run: adds up the segments, writes the metrics, and returns the output of the execution."""

import time
from collections.abc import Mapping
from typing import Any

from reconciler.progress import ComparisonProgress, seconds_since
from reconciler.row_age import AGES
from reconciler.rows import (
    AGELESS,
    CHANGED,
    DELETABLE,
    DELETED,
    ONLY_IN_STAGING,
    SUPERSEDED,
    WITHOUT_ROW,
    YOUNG,
)
from reconciler.segment_counts import add_up
from reconciler.telemetry import logger, write_metrics


def summarise(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the output of the execution, and write its figures to the log and as metrics.

    If messages were scanned, or the rows that no message matches have no age, it is not known which are unprocessed. If
    a segment failed, not all are known. Then, and if the run had another age than the configured one, their metrics are
    not written, so that a run that does not know them does not end an alarm.
    """
    run = event["run"]
    total, failed = add_up(event["results"], run["segments"])
    oldest_s = seconds_since(total.oldest_unprocessed_at, time.time())
    is_known = not run["is_by_message"] and _have_ages(total)
    output = {
        "rows": total.counts.total() - total.counts[WITHOUT_ROW],
        "deleted": total.counts[DELETED],
        "deletable": total.counts[DELETABLE],
        "superseded": total.counts[SUPERSEDED],
        "changed": total.counts[CHANGED],
        "young": total.counts[YOUNG],
        "unprocessed": total.unprocessed if is_known else None,
        "oldest_unprocessed_s": round(oldest_s) if is_known and oldest_s is not None else None,
        "failed_segments": failed,
    }
    logger.info("Run done", extra={**output, "read_units": total.read_units, "write_units": total.write_units})
    known = {"unprocessed": total.unprocessed, "oldest_unprocessed_s": round(oldest_s or 0)}
    is_reported = is_known and run["is_reported"] and not failed
    write_metrics(**(known if is_reported else {}), failed_segments=len(failed))
    return output


def _have_ages(total: ComparisonProgress) -> bool:
    """Return whether a row that no message matches has an age, or there is none: otherwise the attribute is wrong."""
    ageless = total.counts[ONLY_IN_STAGING + AGELESS]
    return not ageless or total.unprocessed > 0 or any(total.counts[ONLY_IN_STAGING + name] for name, _ in AGES)
