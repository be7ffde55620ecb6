"""Reads the facts of a deployment from AWS: as many as the caller is allowed to read, and within seconds."""

import time
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from reconciler.aws.clients import connect
from reconciler.aws.errors import AwsError
from reconciler.explained_error import ExplainedError, NoAwsError
from reconciler.function_name import FunctionName, check_account, no_function, parse_function_name

from scavenger_ops.status.alarms import choose_alarms
from scavenger_ops.status.background_read import seconds_until, start_read
from scavenger_ops.status.cloudwatch import UnknownMetric
from scavenger_ops.status.fact_requests import start_requests
from scavenger_ops.status.facts import AlarmFacts, Facts, MappingFacts, MetricFacts
from scavenger_ops.status.kept_metrics import metrics_not_kept
from scavenger_ops.status.log import log_facts
from scavenger_ops.status.metric_queries import metric_query
from scavenger_ops.status.pending_fact import PendingFact, result_of
from scavenger_ops.status.problem import Unknown
from scavenger_ops.status.request_context import StatusClients
from scavenger_ops.status.rows import rows_of_metrics

# Together with the start of the process, the answer comes within 15 s, even if everything hangs.
TOTAL_S = 10.0
# Credentials may come from a program (credential_process), which has no time-out of its own.
CONNECT_S = 6.0
# The requests that only need the function's name. If all of them fail, nothing can be read.
_FIRST = ("function", "mappings", "concurrency", "alarms", "metrics of the function")


def read_facts(name: str) -> Facts:
    """Return everything that can be known about the deployment whose function has that name.

    `unknown` in the facts has what AWS does not answer. Raises ExplainedError if the function does not exist, or if
    nothing can be read, for example without credentials.
    """
    ends_at = time.monotonic() + TOTAL_S
    clients = _connect(time.monotonic() + CONNECT_S)
    region = clients.functions.meta.region_name
    parsed, at = parse_function_name(name, region), datetime.now(UTC)
    pending = start_requests(clients, parsed.plain, at, ends_at)
    unknown: list[Unknown] = []
    answers = {key: result_of(fact, unknown, ends_at) for key, fact in pending.items() if key in _FIRST}
    _check_first_answers(pending, parsed, region)
    if answers["function"]:
        check_account(answers["function"].arn, parsed)
    answers |= {key: result_of(fact, unknown, ends_at) for key, fact in pending.items() if key not in _FIRST}
    return _facts(Facts(parsed.plain, region, at), answers, unknown)


def _connect(ends_at: float) -> StatusClients:
    """Return the clients. They need credentials, which may never come. Raises ExplainedError."""

    def make() -> StatusClients:
        return StatusClients(*(connect(service) for service in ("lambda", "dynamodb", "s3", "cloudwatch", "logs")))

    try:
        return start_read(make).result(timeout=seconds_until(ends_at))
    except TimeoutError as error:
        raise NoAwsError(
            f"No credentials came within {CONNECT_S:.0f} s. Check the profile (AWS_PROFILE), and its "
            "credential_process if it has one."
        ) from error


def _check_first_answers(pending: Mapping[str, PendingFact], name: FunctionName, region: str) -> None:
    """Raise ExplainedError if the function does not exist, or nothing about it can be read: one error, one reason."""
    errors = [_error(pending[key]) for key in _FIRST]
    of_function = errors[_FIRST.index("function")]
    if isinstance(of_function, AwsError) and of_function.is_absence:
        raise no_function(name, region) from of_function
    is_denied = isinstance(of_function, AwsError) and of_function.is_denial
    if all(errors) and not is_denied and isinstance(of_function, ExplainedError):
        raise of_function
    if all(isinstance(error, TimeoutError) for error in errors):
        raise NoAwsError(
            f"AWS did not answer within {TOTAL_S:.0f} s. Check that this machine can reach it, and check the Region "
            "(AWS_REGION), endpoint (AWS_ENDPOINT_URL) and proxy (HTTPS_PROXY)."
        )


def _error(fact: PendingFact) -> BaseException | None:
    """Return why a fact could not be read, or None if it could."""
    return fact.future.exception() if fact.future.done() else TimeoutError()


def _facts(facts: Facts, answers: Mapping[str, Any], unknown: list[Unknown]) -> Facts:
    """Return the facts with everything that the answers have."""
    facts = replace(
        facts,
        function=answers["function"],
        concurrency=answers["concurrency"],
        mappings=_with_tables(answers["mappings"], answers["messages tables"]),
        staging_table=answers["staging table"],
        bucket=answers["bucket"],
        quarantine_reasons=answers["quarantine reasons"],
        log=log_facts(answers["log"]) if answers["log"] else None,
        metrics=_metrics([answers[key] for key in answers if key.startswith("metrics of ")], unknown),
        metrics_not_kept=metrics_not_kept(),
    )
    return replace(facts, all_alarms=_alarms(facts, answers["alarms"]), unknown=tuple(unknown))


def _with_tables(
    mappings: tuple[MappingFacts, ...] | None, tables: Mapping[str, Any] | None
) -> tuple[MappingFacts, ...] | None:
    if mappings is None:
        return None
    return tuple(replace(each, messages_table=(tables or {}).get(each.messages_table_name)) for each in mappings)


def _metrics(answers: list[Mapping[str, Any] | None], unknown: list[Unknown]) -> MetricFacts:
    series = {field: answer for by_field in answers for field, answer in (by_field or {}).items()}
    for field, answer in series.items():
        if isinstance(answer, UnknownMetric):
            permission = "cloudwatch:GetMetricData" if answer.is_denial else None
            what, reason = f"metric {metric_query(field).name}", f"GetMetricData returned {answer.status}."
            unknown.append(Unknown(rows_of_metrics([field]), what, permission, reason))
    known = {field.name: series.get(field.name) for field in fields(MetricFacts)}
    return MetricFacts(**{name: None if isinstance(each, UnknownMetric) else each for name, each in known.items()})


def _alarms(facts: Facts, alarms: Any) -> tuple[AlarmFacts, ...] | None:  # noqa: ANN401 - as CloudWatch has them
    if alarms is None:
        return None
    mappings = facts.mappings or ()
    names = [facts.name, facts.staging_table_name, *(each.messages_table_name for each in mappings)]
    names += [facts.settings.service_name if facts.settings else None, *(each.uuid for each in mappings)]
    is_complete = facts.settings is not None and facts.mappings is not None
    return choose_alarms(alarms, facts.name, [name for name in names if name], is_complete=is_complete)
