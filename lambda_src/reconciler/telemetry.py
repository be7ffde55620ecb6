"""What a task of the state machine logs, and the metrics of a run."""

from aws_lambda_powertools import Logger, Metrics
from scavenger.metric_names import METRICS_NAMESPACE

from reconciler.metric_names import RUN_METRICS

# Both take the name of the deployment from POWERTOOLS_SERVICE_NAME. Lambda reads a line's level only if its timestamp
# has this form. Source: monitoring-cloudwatchlogs-log-level.html.
logger = Logger(use_rfc3339=True)
metrics = Metrics(namespace=METRICS_NAMESPACE)


def write_metrics(**figures: float) -> None:
    """Write metrics of a run, by the names of RUN_METRICS."""
    for field, value in figures.items():
        name, unit = RUN_METRICS[field]
        metrics.add_metric(name, unit, value)
    metrics.flush_metrics()
