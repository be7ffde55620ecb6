"""The command: takes what is in the failure bucket back to the function, and removes it once it is done."""

from scavenger_ops.command import DONE, LEFT, leave, show, stopped_by_signals
from scavenger_ops.redrive.function import find_target
from scavenger_ops.redrive.objects import Result, open_bucket, redrive
from scavenger_ops.redrive.report import STILL_THERE, to_json, to_lines


def run(bucket: str, function: str, prefix: str, *, is_dry_run: bool, as_json: bool) -> int:
    """Redrive, say what came of it, and give the exit code: 1 if an object that was tried is still there.

    Raises CommandError, after it has said what was done until then.
    """
    target, source = find_target(function), open_bucket(bucket, prefix)
    objects, results = source.list_objects(), list[Result]()
    with stopped_by_signals() as stop:
        try:
            # One by one: each counts, should the next not come.
            for result in redrive(source, objects, target, stop, is_dry_run=is_dry_run):
                results.append(result)
        except KeyboardInterrupt:
            _show(results, len(objects), as_json=as_json)
            leave(LEFT)
        except BaseException:
            _show(results, len(objects), as_json=as_json)
            raise
        _show(results, len(objects), as_json=as_json)
    is_left = len(results) < len(objects) or any(result.fate in STILL_THERE for result in results)
    return LEFT if is_left else DONE


def _show(results: list[Result], found: int, *, as_json: bool) -> None:
    show(to_lines(results, found), to_json(results, found), as_json=as_json)
