"""The `verify` command: proves that a deployment deletes a row because of its message."""

from contextlib import suppress
from functools import partial
from threading import Event
from uuid import uuid4

from reconciler.aws.ask import WATCH_INTERVAL_S, Stopped
from reconciler.explained_error import ExplainedError

from scavenger_ops.command import say
from scavenger_ops.interruption import stopped_for_clean_up
from scavenger_ops.result import show_result
from scavenger_ops.status.background_read import start_read
from scavenger_ops.status.fact_reader import read_facts
from scavenger_ops.status.report import StatusReport
from scavenger_ops.status.report import make_report as make_status_report
from scavenger_ops.verify.as_json import to_json
from scavenger_ops.verify.clean_up import clean_up, words_after_signal
from scavenger_ops.verify.confirmation import confirm, say_what_is_written
from scavenger_ops.verify.deployment import VerifiedDeployment, read_verified_deployment
from scavenger_ops.verify.items import make_items
from scavenger_ops.verify.message_file import read_items
from scavenger_ops.verify.options import VerifyOptions, choose_timeout_s, command_again
from scavenger_ops.verify.report import VerifyReport
from scavenger_ops.verify.screen import show_screen
from scavenger_ops.verify.verification import carry_out, make_verification


def run(name: str, options: VerifyOptions, *, as_json: bool) -> int:
    """Verify, show the report, and return the exit code: 1 if the row was not deleted, or if something is left.

    Raises ExplainedError if nothing was begun. A later error is part of the report.
    """
    deployment = read_verified_deployment(name)
    timeout_s = choose_timeout_s(options.timeout_s, deployment.batching_window_s)
    marker, file = uuid4().hex, options.message_file
    items = read_items(deployment, file, marker) if file else make_items(deployment, marker)
    verification = make_verification(deployment, items, Event())
    say_what_is_written(verification)
    if not options.is_confirmed:
        confirm()
    report = _begin_report(deployment, options, timeout_s)
    with stopped_for_clean_up(partial(words_after_signal, verification)) as verification.stop:
        try:
            with suppress(Stopped):
                report.deleted_after_s = carry_out(verification, timeout_s)
                report.is_timed_out = report.deleted_after_s is None
        except ExplainedError as error:
            report.error = error
        finally:
            # Also after a defect of this program.
            report.written_to = [own.table.name for own in verification.written]
            report.left = clean_up(verification)
            if report.is_timed_out:
                try:
                    report.status = _find_cause(report.function, verification.stop)
                except ExplainedError as error:
                    report.status_error = error
            show_result(to_json(report), partial(show_screen, report), report.error, as_json=as_json)
    return report.exit_code


def _begin_report(deployment: VerifiedDeployment, options: VerifyOptions, timeout_s: int) -> VerifyReport:
    tables = deployment.tables
    return VerifyReport(
        function=deployment.function,
        region=tables.client.meta.region_name,
        staging=tables.staging.table.name,
        messages=tables.messages.table.name,
        again=command_again(deployment.function, options),
        timeout_s=timeout_s,
        batching_window_s=deployment.batching_window_s,
        unread=deployment.unread,
    )


def _find_cause(function: str, stop: Event) -> StatusReport:
    """Return what status finds, because the row was not deleted. Raises ExplainedError, also if the user stops it."""
    say("Looking for the cause, as scavenger status does.")
    reading = start_read(lambda: make_status_report(read_facts(function)))
    while not reading.done():
        if stop.wait(WATCH_INTERVAL_S):
            raise ExplainedError("You stopped the search for it.")
    return reading.result()
