"""What is not known although AWS answered: pure functions of the facts."""

from collections.abc import Iterator

from scavenger_ops.status.alarm_problems import find_unknown_alarms
from scavenger_ops.status.causes import FUNCTION_STATES
from scavenger_ops.status.facts import Facts, TableFacts
from scavenger_ops.status.mapping_problems import MAPPING_STATES, TRANSIENT_MAPPING_STATES
from scavenger_ops.status.problem import RowName, Unknown
from scavenger_ops.status.series import MetricSeries
from scavenger_ops.status.table_problems import TABLE_STATES
from scavenger_ops.status.thresholds import TRANSIENT_STATE_S
from scavenger_ops.text import duration

_UPDATE_STATES = ("Successful", "Failed", "InProgress")


def find_unknowns(facts: Facts) -> list[Unknown]:
    """Find what is not known although AWS answered: the answer is unexpected, or something else contradicts it."""
    tables = [(mapping.messages_table, "Messages") for mapping in facts.mappings or ()]
    return [
        *_function(facts),
        *_mappings(facts),
        *_tables([*tables, (facts.staging_table, "Staging")]),
        *_uncounted_events(facts),
        *_missing_log(facts),
        *_other_buckets(facts),
        *find_unknown_alarms(facts),
    ]


def _function(facts: Facts) -> Iterator[Unknown]:
    function = facts.function
    if function is None:
        return
    if function.settings is None:
        about: tuple[RowName, ...] = ("function", "inserts", "deletes", "throttling", "errors", "staging table")
        reason = f"They are encrypted with a key that you are not allowed to use ({function.settings_fault})."
        yield Unknown(about, "the function's settings", "kms:Decrypt", reason)
    if function.state not in FUNCTION_STATES:
        yield Unknown(("function",), f"whether function {facts.name} works", None, _odd("state", function.state))
    if function.last_update_status not in _UPDATE_STATES:
        reason = _odd("status", function.last_update_status)
        yield Unknown(("function",), f"the last update of function {facts.name}", None, reason)


def _mappings(facts: Facts) -> Iterator[Unknown]:
    for mapping in facts.mappings or ():
        what = f"whether event source mapping {mapping.uuid} works"
        for_s = (facts.at - mapping.changed_at).total_seconds()
        if mapping.state not in MAPPING_STATES:
            yield Unknown(("event source mapping",), what, None, _odd("state", mapping.state))
        elif mapping.state in TRANSIENT_MAPPING_STATES and for_s > TRANSIENT_STATE_S:
            reason = f"It has been {mapping.state} for {duration(for_s)}. This usually takes minutes."
            yield Unknown(("event source mapping",), what, None, reason)


def _tables(tables: list[tuple[TableFacts | None, str]]) -> Iterator[Unknown]:
    for table, role in tables:
        if table and table.status not in TABLE_STATES:
            about: RowName = "staging table" if role == "Staging" else "event source mapping"
            yield Unknown((about,), f"whether table {table.name} works", None, _odd("status", table.status))


def _uncounted_events(facts: Facts) -> Iterator[Unknown]:
    """Find mappings that count no events, or may count none: there are no metrics then of what they read and drop.

    If Lambda does not say whether a mapping counts events, data points show that it does.
    """
    if "polled" in facts.metrics_not_kept:
        return
    polled = facts.metrics.polled or MetricSeries()
    for mapping in facts.mappings or ():
        if mapping.counts_events or (mapping.counts_events is None and polled.of(mapping.uuid).points):
            continue
        problem = (
            "Lambda does not say whether the mapping counts events."
            if mapping.counts_events is None
            else "The mapping counts no events."
        )
        what = f"what event source mapping {mapping.uuid} reads, sends to the failure bucket and drops"
        reason = f"{problem} To let Terraform set metrics_config, apply your configuration (terraform apply)."
        yield Unknown(("inserts", "retries exhausted"), what, None, reason)


def _missing_log(facts: Facts) -> Iterator[Unknown]:
    """Find that an invoked function has no log group. It has none of its own before the first invocation."""
    if facts.function and facts.log and not facts.log.exists and (facts.metrics.invocations or MetricSeries()).total:
        reason = (
            f"There is no log group {facts.function.log_group_name}. To let Terraform create it again, apply your "
            "configuration (terraform apply)."
        )
        yield Unknown(("errors",), "why invocations of the last hour failed, if any did", None, reason)


def _other_buckets(facts: Facts) -> Iterator[Unknown]:
    others = sorted({name for name in facts.mapping_bucket_names if name} - {facts.bucket_name})
    if others:
        reason = f"Status only reads {facts.bucket_name}, which the function names. The mapping names another bucket."
        yield Unknown(("failure bucket",), f"what waits in {', '.join(others)}", None, reason)


def _odd(what: str, value: str | None) -> str:
    if value is None:
        return f"AWS did not return a {what}."
    return f"Its {what} is {value!r}, which this version does not know."
