"""Which metrics the AWS at hand keeps: the local AWS does not keep all of them."""

import os
from dataclasses import fields

from scavenger_ops.status.facts import MetricFacts
from scavenger_ops.status.metric_queries import metric_query

# What MiniStack makes of each invocation.
_KEPT = {("AWS/Lambda", name) for name in ("Invocations", "Errors", "Throttles", "Duration")}


def is_local() -> bool:
    """Return whether the AWS at hand is the local one."""
    return bool(os.environ.get("SCAVENGER_LOCAL_AWS"))


def keeps_metric(namespace: str, name: str) -> bool:
    """Return whether the local AWS keeps this metric."""
    return (namespace, name) in _KEPT


def metrics_not_kept() -> tuple[str, ...]:
    """Return the fields of MetricFacts that have no data because the AWS at hand never keeps these metrics."""
    queries = {field.name: metric_query(field.name) for field in fields(MetricFacts)} if is_local() else {}
    return tuple(name for name, query in queries.items() if not keeps_metric(query.namespace, query.name))
