"""The `redrive` command: sends the records of the failure bucket to the function, and removes what is done."""

import time
from contextlib import suppress
from functools import partial

from reconciler.aws.ask import Stopped
from reconciler.deployed_function import BUCKET, settings_of
from reconciler.explained_error import ExplainedError

from scavenger_ops.interruption import stopped_by_signals
from scavenger_ops.program import scavenger
from scavenger_ops.redrive.as_json import to_json
from scavenger_ops.redrive.bucket import open_bucket
from scavenger_ops.redrive.function import RedriveTarget, find_target
from scavenger_ops.redrive.objects import redrive
from scavenger_ops.redrive.report import RedriveReport
from scavenger_ops.redrive.screen import show_screen
from scavenger_ops.result import show_result


def run(  # noqa: PLR0913 - one option each
    function: str, bucket: str | None, prefix: str, besides: str | None, *, is_dry_run: bool, as_json: bool
) -> int:
    """Redrive, show the report, and return the exit code: 1 if an object is still there, or was not tried.

    Raises ExplainedError if nothing could be tried. A later error is part of the report.
    """
    target = find_target(function, besides, is_dry_run=is_dry_run)
    source = open_bucket(bucket or _bucket_of(target), prefix)
    given = {"--bucket": bucket, "--prefix": prefix, "--of": besides}
    options = [word for option in given.items() if option[1] for word in option if word]
    region, again = source.s3.meta.region_name, scavenger("redrive", function, *options)
    report = RedriveReport(target.name, region, source.name, prefix, again, is_dry_run, time.time())
    with stopped_by_signals() as stop, suppress(Stopped):
        report.listed = source.list_objects(stop)
        try:
            for result in redrive(source, report.listed, target, stop, is_dry_run=is_dry_run):
                report.add(result)
        except ExplainedError as error:
            report.error = error
        finally:
            show_result(to_json(report), partial(show_screen, report), report.error, as_json=as_json)
    return report.exit_code


def _bucket_of(target: RedriveTarget) -> str:
    bucket = settings_of(target.called, target.environment).get(BUCKET)
    if not bucket:
        raise ExplainedError(
            f"Function {target.called} has no failure bucket (create_failure_bucket = false), so there is nothing to "
            "redrive. If its records are in another bucket, name it: --bucket."
        )
    return bucket
