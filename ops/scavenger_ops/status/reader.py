"""Reads the facts of a deployment from AWS: as many as the caller may, and within seconds."""

import time
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from scavenger_ops.aws.clients import connect
from scavenger_ops.aws.errors import AwsError
from scavenger_ops.command import CommandError
from scavenger_ops.status.alarms import choose_alarms
from scavenger_ops.status.cloudwatch import NotTold, metric_of
from scavenger_ops.status.facts import Alarm, Facts, Metrics, Trigger, Unknown
from scavenger_ops.status.name import Name, check_account, parse_name
from scavenger_ops.status.reading import begin, seconds_until
from scavenger_ops.status.readings import Clients, Reading, begin_all, result_of
from scavenger_ops.status.rows import rows_of_metrics

# With what it takes to start, the answer is there within 15 s, whatever hangs.
TOTAL_S = 10.0
# Credentials may come from a program (credential_process), which has no time-out of its own.
CONNECT_S = 6.0
# What takes the function's name alone. Where all of it fails, nothing can be read.
_FIRST = ("function", "triggers", "concurrency", "alarms", "metrics of the function")


def read_facts(name: str) -> Facts:
    """Read all that can be known of the deployment whose function has that name.

    What AWS does not tell is noted in the facts. Raises CommandError if there is no such function, or if nothing at all
    can be read: without credentials, for one.
    """
    ends_at = time.monotonic() + TOTAL_S
    clients = _connect(time.monotonic() + CONNECT_S)
    region = clients.functions.meta.region_name
    parsed, at = parse_name(name, region), datetime.now(UTC)
    readings = begin_all(clients, parsed.plain, at, ends_at)
    unknown: list[Unknown] = []
    told = {key: result_of(reading, unknown, ends_at) for key, reading in readings.items() if key in _FIRST}
    _refuse(readings, parsed, region)
    if told["function"]:
        check_account(told["function"].arn, parsed)
    told |= {key: result_of(reading, unknown, ends_at) for key, reading in readings.items() if key not in _FIRST}
    return _facts(Facts(parsed.plain, region, at), told, unknown)


def _connect(ends_at: float) -> Clients:
    """Make the clients, which takes credentials, and those may never come."""

    def make() -> Clients:
        return Clients(connect("lambda"), connect("dynamodb"), connect("s3"), connect("cloudwatch"))

    try:
        return begin(make).result(timeout=seconds_until(ends_at))
    except TimeoutError as error:
        raise CommandError(
            f"There were no credentials within {CONNECT_S:.0f} s. See what gives them: the profile (AWS_PROFILE), and "
            "its credential_process if it has one."
        ) from error


def _refuse(readings: Mapping[str, Reading], name: Name, region: str) -> None:
    """Raise CommandError if there is no such function, or nothing can be read of it; once, with one reason."""
    faults = [_fault(readings[key]) for key in _FIRST]
    of_function = faults[_FIRST.index("function")]
    if isinstance(of_function, AwsError) and of_function.is_absence:
        raise CommandError(
            f"There is no function {name.plain} in {region}. Give the name that the deployment has (output "
            "function_name of its configuration), and its Region and account by the AWS settings."
        ) from of_function
    is_denied = isinstance(of_function, AwsError) and of_function.is_denial
    if all(faults) and not is_denied and isinstance(of_function, CommandError):
        raise of_function


def _fault(reading: Reading) -> BaseException | None:
    """Return why something could not be read; None if it could."""
    return reading.future.exception() if reading.future.done() else TimeoutError()


def _facts(facts: Facts, told: Mapping[str, Any], unknown: list[Unknown]) -> Facts:
    """Put together what was told."""
    facts = replace(
        facts,
        function=told["function"],
        concurrency=told["concurrency"],
        triggers=_with_tables(told["triggers"], told["messages tables"]),
        staging_table=told["staging table"],
        bucket=told["bucket"],
        metrics=_metrics([told[key] for key in told if key.startswith("metrics of ")], unknown),
    )
    return replace(facts, all_alarms=_alarms(facts, told["alarms"]), unknown=tuple(unknown))


def _with_tables(triggers: tuple[Trigger, ...] | None, tables: Mapping[str, Any] | None) -> tuple[Trigger, ...] | None:
    if triggers is None:
        return None
    return tuple(replace(each, messages_table=(tables or {}).get(each.messages_table_name)) for each in triggers)


def _metrics(told: list[Mapping[str, Any] | None], unknown: list[Unknown]) -> Metrics:
    series = {field: answer for answers in told for field, answer in (answers or {}).items()}
    for field, answer in series.items():
        if isinstance(answer, NotTold):
            permission = "cloudwatch:GetMetricData" if answer.is_denial else None
            what, reason = f"metric {metric_of(field).name}", f"GetMetricData told {answer.status}."
            unknown.append(Unknown(rows_of_metrics([field]), what, permission, reason))
    known = {field.name: series.get(field.name) for field in fields(Metrics)}
    return Metrics(**{name: None if isinstance(each, NotTold) else each for name, each in known.items()})


def _alarms(facts: Facts, alarms: Any) -> tuple[Alarm, ...] | None:  # noqa: ANN401 - as CloudWatch has them
    if alarms is None:
        return None
    triggers = facts.triggers or ()
    names = [facts.name, facts.staging_table_name, *(each.messages_table_name for each in triggers)]
    names += [facts.settings.service_name if facts.settings else None, *(each.uuid for each in triggers)]
    is_complete = facts.settings is not None and facts.triggers is not None
    return choose_alarms(alarms, facts.name, [name for name in names if name], is_complete=is_complete)
