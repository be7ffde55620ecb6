"""The names and units of a run's metrics. They are apart from what writes them, which needs Powertools."""

# Figure -> name and unit of the metric.
RUN_METRICS = {
    "unprocessed": ("UnprocessedRows", "Count"),
    "oldest_unprocessed_s": ("OldestUnprocessedAge", "Seconds"),
    "failed_segments": ("FailedSegments", "Count"),
}
