"""Which metrics that status reads the AWS at hand does not keep: the local AWS does not keep all of them."""

from dataclasses import fields

from scavenger_ops.local.limits import is_local, keeps_metric
from scavenger_ops.status.facts import MetricFacts
from scavenger_ops.status.metric_queries import metric_query


def metrics_not_kept() -> tuple[str, ...]:
    """Return the fields of MetricFacts that have no data because the AWS at hand never keeps these metrics."""
    queries = {field.name: metric_query(field.name) for field in fields(MetricFacts)} if is_local() else {}
    return tuple(name for name, query in queries.items() if not keeps_metric(query.namespace, query.name))
