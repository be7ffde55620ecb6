"""What the local AWS models otherwise than AWS is listed once, and the page has the same list."""

import re
from typing import get_args

import pytest
from scavenger_ops.local.limits import (
    KEPT_METRICS,
    MISSING_METRICS,
    PAGE,
    VARIABLE,
    is_local,
    keeps_metric,
    page,
)
from scavenger_ops.status.metric_queries import Owner, fields_of, metric_query
from scavenger_ops.toolchain import ROOT

WRITER = re.compile(r'namespace\s+= "([A-Za-z/]+)"\n\s+dimensions = .*\n\s+metrics\s+= (\{.*\}|\{[^}]*\})')


def used_metrics() -> set[tuple[str, str]]:
    """Return namespace and name of each metric that status, an alarm or the dashboard reads."""
    text = (ROOT / "modules/monitoring/main.tf").read_text()
    written = {
        (namespace, name) for namespace, block in WRITER.findall(text) for name in re.findall(r'\["(\w+)"', block)
    }
    queries = map(metric_query, fields_of(get_args(Owner)))
    return written | {(query.namespace, query.name) for query in queries}


def test_the_page_is_up_to_date() -> None:
    """Run `make docs` if it is not."""
    assert page() == PAGE.read_text()


def test_every_metric_in_use_is_either_kept_or_missing() -> None:
    """Status would say nothing about any other one."""
    kept, missing = (
        {(namespace, name) for namespace, names in metrics.items() for name in names}
        for metrics in (KEPT_METRICS, MISSING_METRICS)
    )
    assert kept & missing == set()
    assert used_metrics() - kept - missing == set()
    assert len(used_metrics()) > len(missing)
    assert missing - used_metrics() == set()


@pytest.mark.parametrize(
    ("namespace", "name", "is_kept"),
    [
        ("AWS/Lambda", "IteratorAge", True),
        ("StagingScavenger", "Deleted", True),
        ("AWS/DynamoDB", "WriteThrottleEvents", False),
        ("AWS/Logs", "IncomingBytes", False),
        ("Somebody/Else", "Errors", False),
    ],
)
def test_a_command_can_ask_for_a_metric(namespace: str, name: str, *, is_kept: bool) -> None:
    """It then says that there can be no data."""
    assert keeps_metric(namespace, name) is is_kept


def test_a_command_knows_that_it_talks_to_the_local_aws() -> None:
    """A variable of the environment says it."""
    assert is_local({VARIABLE: "1"})
    assert not is_local({})
