"""The names and units of the function's metrics. They are apart from what writes them, which needs Powertools."""

METRICS_NAMESPACE = "StagingScavenger"

# Log field -> name and unit of the metric.
METRICS = {
    "received": ("Received", "Count"),
    "deleted": ("Deleted", "Count"),
    "would_delete": ("WouldDelete", "Count"),
    "superseded": ("Superseded", "Count"),
    "duplicates": ("Duplicates", "Count"),
    "ignored": ("Ignored", "Count"),
    "quarantined": ("Quarantined", "Count"),
    "failed": ("Failed", "Count"),
    "requests": ("Requests", "Count"),
    "unprocessed": ("Unprocessed", "Count"),
    "write_units": ("WriteUnits", "Count"),
    "oldest_record_age_s": ("OldestRecordAge", "Seconds"),
}
