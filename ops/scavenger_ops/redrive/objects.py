"""Sends the records of the failure bucket back to the function, and removes each object that is done."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from typing import NamedTuple

from reconciler.aws.ask import WATCH_INTERVAL_S, Stopped
from reconciler.aws.errors import OTHER_FORM, AwsError
from reconciler.explained_error import ExplainedError
from scavenger.redaction import redact

from scavenger_ops.command import progress_bar
from scavenger_ops.program import scavenger
from scavenger_ops.redrive.bucket import BECOME_OPERATOR, FailureBucket
from scavenger_ops.redrive.failure_object import FailureObject, UnreadableObjectError
from scavenger_ops.redrive.function import RedriveTarget, complete_arn, send
from scavenger_ops.redrive.remedies import (
    RUN_AGAIN,
    after_sending,
    for_foreign_records,
    for_other_owner,
    for_unreadable,
)
from scavenger_ops.redrive.result import ListedObject, ObjectRemedy, RedriveResult, RedriveStatus, join_reasons

# Each uses one of the function's concurrent executions, and write units of the staging table.
WORKERS = 4
# If the function or S3 fails for so many objects in a row, the cause is not in the objects.
MOST_FAILURES_IN_A_ROW = 5


class RedriveRun(NamedTuple):
    """From where to where a redrive goes, and the event that stops it."""

    bucket: FailureBucket
    target: RedriveTarget
    stop: threading.Event
    is_dry_run: bool


def redrive(
    bucket: FailureBucket,
    objects: Sequence[ListedObject],
    target: RedriveTarget,
    stop: threading.Event,
    *,
    is_dry_run: bool,
) -> Iterator[RedriveResult]:
    """Send each object's records to the function, several objects at a time, and yield the results as they come.

    An object is removed only when the function has handled all of its records. So a redrive can be stopped at any time,
    repeated, and run in parallel. Raises ExplainedError after MOST_FAILURES_IN_A_ROW failures in a row.
    """
    if not objects:
        return
    failures_in_a_row, last_failure = 0, ""
    with progress_bar("objects", len(objects)) as advance:
        redrive_one = partial(_redrive_one, RedriveRun(bucket, target, stop, is_dry_run))
        for result in _in_threads(redrive_one, objects, stop):
            yield result
            advance(1)
            failures_in_a_row = failures_in_a_row + 1 if result.has_failed else 0
            if failures_in_a_row == MOST_FAILURES_IN_A_ROW:
                last_failure = f"Object {result.name}: {result.problem}"
                stop.set()
    if last_failure:
        raise ExplainedError(
            f"{MOST_FAILURES_IN_A_ROW} objects failed in a row. {last_failure} Find the cause with "
            f"`{scavenger('status', target.called)}`, fix it, then run this again."
        )


def _in_threads(
    redrive_one: Callable[[ListedObject], RedriveResult], objects: Iterable[ListedObject], stop: threading.Event
) -> Iterator[RedriveResult]:
    """Redrive WORKERS objects at a time, and yield the results. After a stop, start no other.

    An exception of a thread is raised after the others have ended, so that no result is lost.
    """
    pool = ThreadPoolExecutor(WORKERS)
    waiting, under_way, errors = iter(objects), set[Future[RedriveResult]](), list[BaseException]()
    try:
        while True:
            while len(under_way) < WORKERS and not stop.is_set() and (found := next(waiting, None)):
                under_way.add(pool.submit(redrive_one, found))
            if not under_way:
                break
            try:
                # In steps: a signal that arrives on another thread does not wake this one, which has to handle it.
                answered, under_way = wait(under_way, WATCH_INTERVAL_S, FIRST_COMPLETED)
            except KeyboardInterrupt:
                yield from [future.result() for future in under_way if future.done() and not future.exception()]
                raise
            for future in answered:
                error = future.exception()
                if error is None:
                    yield future.result()
                elif not isinstance(error, Stopped):
                    errors.append(error)
                    stop.set()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    if errors:
        raise errors[0]


def _redrive_one(run: RedriveRun, listed: ListedObject) -> RedriveResult:
    """Send one object's records to the function, and remove the object if all are done."""
    bucket, name = run.bucket, listed.name
    try:
        found = bucket.read(listed, run.stop)
        return _deliver(run, name, found) if found else RedriveResult(name, RedriveStatus.GONE)
    except UnreadableObjectError as error:
        problem = f"It is no failure object: {error}."
    except RecursionError:
        # Python parses JSON of some more levels than it can write. An item of DynamoDB has at most 32.
        problem = "It is no failure object: its JSON is nested too deeply."
    except AwsError as error:
        problem = f"S3 did not return it. {error}"
        return RedriveResult(name, RedriveStatus.LEFT, problem, RUN_AGAIN, has_failed=_may_affect_all(error))
    return RedriveResult(name, RedriveStatus.UNREADABLE, problem, for_unreadable(bucket.name, name))


def _deliver(run: RedriveRun, name: str, found: FailureObject) -> RedriveResult:
    """Send an object's records to the function, unless the object belongs to another one, or this is a dry run."""
    bucket, target = run.bucket, run.target
    reasons = tuple(sorted(set(found.reasons)))
    foreign_object = RedriveResult(name, RedriveStatus.FOREIGN, condition=found.condition, reasons=reasons)
    # That function may delete from another table, or have another filter, whatever it reads now.
    if found.function and not target.takes_objects_of(found.function):
        problem = f"It belongs to function {redact(complete_arn(found.function, target.arn))}."
        return foreign_object._replace(problem=problem, remedy=for_other_owner(found.function, target, bucket.name))
    changes, foreign = found.changes(target.tables, target.event_names), found.foreign_records(target.tables)
    if foreign and not changes:
        problem = _describe_foreign_records(foreign, target)
        return foreign_object._replace(problem=problem, remedy=for_foreign_records(bucket.name))
    waiting = foreign_object._replace(status=RedriveStatus.WAITING, records=len(changes))
    return waiting if run.is_dry_run else _send(run, waiting, changes, foreign)


def _send(
    run: RedriveRun, waiting: RedriveResult, changes: Sequence[object], foreign: Sequence[object]
) -> RedriveResult:
    """Send the changes that the function handles, and remove the object if all are done and it has no other records."""
    sent = send(run.target, changes, run.stop)
    problem, remedy, has_failed = sent.reason, after_sending(run.target, sent), sent.has_failed
    if sent.done == len(changes):
        problem, remedy, has_failed = _finish(run, waiting.name, foreign)
    result = waiting._replace(done=sent.done, has_failed=has_failed)
    if not problem:
        return result._replace(status=RedriveStatus.REDRIVEN)
    return result._replace(status=RedriveStatus.LEFT, problem=_with_quarantine(problem, waiting), remedy=remedy)


def _finish(run: RedriveRun, name: str, foreign: Sequence[object]) -> tuple[str, ObjectRemedy, bool]:
    """Remove an object whose changes are all done.

    Return why it is still there (or ""), what to do about that, and whether S3 failed.
    """
    if foreign:
        return _describe_foreign_records(foreign, run.target), for_foreign_records(run.bucket.name), False
    try:
        run.bucket.remove(name)
    except AwsError as error:
        told = f"{error.fault}. {BECOME_OPERATOR}" if error.is_denial else str(error)
        return f"All of its records are done, but S3 did not remove it. {told}", RUN_AGAIN, True
    return "", ObjectRemedy(), False


def _may_affect_all(error: AwsError) -> bool:
    """Return whether other objects may fail too. An unknown error, as of an archived object, is only about this one."""
    return error.fault.cause != "unknown" or error.fault.name == OTHER_FORM


def _describe_foreign_records(foreign: Sequence[object], target: RedriveTarget) -> str:
    return (
        f"{len(foreign):,} of its records are not changes of {' or '.join(sorted(target.tables))}, "
        f"which {target.name} reads."
    )


def _with_quarantine(problem: str, result: RedriveResult) -> str:
    """Append why the function quarantined the records, if it did: such a cause does not pass by itself."""
    if not result.reasons:
        return problem
    return f"{problem} It was quarantined because: {join_reasons(result.reasons)}."
