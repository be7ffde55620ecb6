"""The `redrive` command: sends the records of the failure bucket to the function, and removes what is done."""

from contextlib import suppress

from scavenger_ops.aws.ask import Stopped
from scavenger_ops.command import EXIT_NOT_OK, EXIT_OK, CommandError, show
from scavenger_ops.deployments import read_parts
from scavenger_ops.interruption import stopped_by_signals
from scavenger_ops.redrive.function import find_target
from scavenger_ops.redrive.objects import open_bucket, redrive
from scavenger_ops.redrive.report import RedriveReport


def run(  # noqa: PLR0913 - one option each
    function: str, bucket: str | None, prefix: str, besides: str | None, *, is_dry_run: bool, as_json: bool
) -> int:
    """Redrive, show the report, and return the exit code: 1 if an object is still there, or was not tried.

    Raises CommandError, after showing the report of what was done until then.
    """
    target = find_target(function, besides, is_dry_run=is_dry_run)
    source, report = open_bucket(bucket or _bucket_of(function), prefix), RedriveReport()
    with stopped_by_signals() as stop, suppress(Stopped):
        objects = source.list_objects(stop)
        report.found = len(objects)
        try:
            for result in redrive(source, objects, target, stop, is_dry_run=is_dry_run):
                report.add(result)
        finally:
            show(report.to_lines(), report.to_json(), as_json=as_json)
    return EXIT_NOT_OK if report.still_there or report.not_tried else EXIT_OK


def _bucket_of(function: str) -> str:
    bucket = read_parts(function).bucket
    if not bucket:
        raise CommandError(
            f"Function {function} has no failure bucket (create_failure_bucket = false), so there is nothing to "
            "redrive. If its records are in another bucket, name it: --bucket."
        )
    return bucket
