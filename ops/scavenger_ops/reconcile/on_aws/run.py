"""Runs `reconcile --on-aws`: starts an execution of the state machine, follows it, and shows the report."""

import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from reconciler.aws.ask import Stopped
from reconciler.aws.clients import connect
from reconciler.explained_error import ExplainedError
from reconciler.pipeline import Pipeline, find_pipeline

from scavenger_ops.command import say
from scavenger_ops.interruption import stopped_by_signals
from scavenger_ops.reconcile.as_json import to_json
from scavenger_ops.reconcile.confirmation import confirm, say_match_rule
from scavenger_ops.reconcile.on_aws.execution import Execution
from scavenger_ops.reconcile.on_aws.follow import follow
from scavenger_ops.reconcile.on_aws.report import make_report
from scavenger_ops.reconcile.on_aws.state_machine import find_reconciler, how_to_go_on, refuse_second_run, start
from scavenger_ops.reconcile.options import OptionsOnAws
from scavenger_ops.reconcile.screen import show_screen
from scavenger_ops.result import show_result

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


def run_on_aws(deployment: str, options: OptionsOnAws, *, as_json: bool) -> int:
    """Compare the tables of a deployment on AWS, show the report, and return the exit code, as `reconcile.run.run`.

    Raises ExplainedError if nothing could be compared. After Ctrl-C, the execution goes on.
    """
    client: SFNClient = connect("stepfunctions")
    reconciler = find_reconciler(deployment)
    refuse_second_run(client, reconciler)
    # One connection: the rows are read on AWS.
    pipeline = find_pipeline(reconciler.function_name, 1)
    tables, match_rule = pipeline.tables, pipeline.match_rule
    say_match_rule(tables, match_rule)
    is_confirmed = options.is_confirmed or (options.is_applied and confirm(tables, match_rule))
    with stopped_by_signals(told="") as stop, suppress(Stopped):
        execution = Execution(start(client, reconciler, options, is_confirmed=is_confirmed))
        say(f"Started {execution.arn}. Ctrl-C leaves it running.")
        _follow(client, execution, pipeline, stop)
    report = make_report(deployment, options, pipeline, execution)
    show_result(to_json(report), partial(show_screen, report), report.error, as_json=as_json)
    return report.exit_code


def _follow(client: "SFNClient", execution: Execution, pipeline: Pipeline, stop: threading.Event) -> None:
    """Follow the execution. If this ends before the execution does, say how to see and stop it."""
    what = "messages" if pipeline.match_rule.is_by_message else "rows"
    try:
        follow(client, execution, what, pipeline.scanned.rows, stop)
    except (Stopped, KeyboardInterrupt, ExplainedError):
        say(f"The run continues on AWS.\n{how_to_go_on(execution.arn)}")
        raise
