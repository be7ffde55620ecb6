"""The first task of a run: refuses what cannot work, and splits the table into segments."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reconciler.aws.clients import connect
from reconciler.comparison import Comparison
from reconciler.executions import running_executions
from reconciler.explained_error import RefusedError
from reconciler.pipeline import Pipeline
from reconciler.questions import find_questions
from reconciler.rows import check_requests
from reconciler.run_options import RunOptions, read_options
from reconciler.sample import AgelessTableError, check_ages
from reconciler.segments import choose_segments, choose_workers
from reconciler.telemetry import logger
from reconciler.units import units_a_second
from reconciler.worker import open_comparison
from reconciler.worker_settings import WorkerSettings

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


def prepare(event: Mapping[str, Any], settings: WorkerSettings, pipeline: Pipeline) -> dict[str, Any]:
    """Return what all workers need (`run`), the numbers of the segments, and how many workers run at a time.

    Raises RefusedError if the run cannot work: its input is malformed, another run is in progress, only a person can
    answer whether rows may be deleted, or no row has an age.
    """
    options = read_options(event["input"], settings)
    _refuse_second_run(event)
    tables, rule = pipeline.tables, pipeline.match_rule
    _refuse_unanswered(pipeline, options)
    units = units_a_second(tables, options.max_read_units, options.max_write_units)
    segments = choose_segments(pipeline.scanned)
    workers = choose_workers(units, segments, settings.max_concurrency, is_applied=options.apply)
    run = {
        "fingerprint": pipeline.fingerprint(),
        "apply": options.apply,
        "older_than_s": options.older_than_s,
        "age_attribute": options.age_attribute,
        "is_by_message": rule.is_by_message,
        # Only figures of the configured age can be compared with those of other runs, and with the alarm's threshold.
        "is_reported": (options.older_than_s, options.age_attribute) == (settings.older_than_s, settings.age_attribute),
        "segments": segments,
        "units": list(units.share(workers)),
    }
    with open_comparison(pipeline, run, ()) as comparison:
        _check(comparison, options)
    # Neighbouring segments may be in one partition. In a random order, the workers use the units of many.
    return {"run": run, "segments": random.sample(range(segments), segments), "workers": workers}


def _check(comparison: Comparison, options: RunOptions) -> None:
    """Send each frequent kind of request, and look whether rows have an age. A missing permission ends the run here."""
    check_requests(comparison)
    try:
        told = check_ages(comparison, is_confirmed=options.confirmed)
    except AgelessTableError as error:
        raise AgelessTableError(f"{error} For scheduled runs: age_attribute and older_than_in_seconds.") from error
    if told:
        logger.warning(told)


def _refuse_unanswered(pipeline: Pipeline, options: RunOptions) -> None:
    if not options.apply or options.confirmed:
        return
    if pipeline.is_dry_run:
        raise RefusedError(
            f"Function {' and '.join(pipeline.match_rule.functions)} deletes nothing (dry_run), so neither does this "
            'run. Set dry_run to false, or count with {"apply": false}. Or, if only the function should delete '
            "nothing: scavenger reconcile --on-aws --apply --yes."
        )
    staging, messages = pipeline.tables.staging.table.name, pipeline.tables.messages.table.name
    asked = [f"{each.what} {each.to_do}" for each in find_questions(staging, messages, pipeline.match_rule)]
    if asked:
        raise RefusedError(
            f"{' '.join(asked)} Only a person can answer this: scavenger reconcile --on-aws --apply asks."
        )


def _refuse_second_run(event: Mapping[str, Any]) -> None:
    """Raise RefusedError if an earlier execution runs: two would take twice the capacity.

    The list is eventually consistent, so two that start at the same time may both run. They delete the same rows with
    the same condition, which does no harm.
    """
    client: SFNClient = connect("stepfunctions")
    own = event["execution_arn"]
    # 2026-11-30T22:00:00.123Z, as the context object has it.
    began_at = datetime.fromisoformat(event["started_at"])
    for arn, started_at in running_executions(client, event["state_machine_arn"]):
        if arn != own and (started_at, arn) < (began_at, own):
            raise RefusedError(
                f"Execution {arn.rpartition(':')[2]} of the same state machine has been running since "
                f"{started_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC. Wait until it ends, or stop it: "
                f"aws stepfunctions stop-execution --execution-arn {arn}"
            )
