"""Sends the records of the failure bucket back to the function, and removes each object that is done."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from scavenger.redaction import redact

from scavenger_ops.aws.ask import FIRST_REQUESTS, WATCH_INTERVAL_S, RetryPolicy, Stopped, ask
from scavenger_ops.aws.clients import connect
from scavenger_ops.aws.errors import OTHER_FORM, AwsError
from scavenger_ops.command import CommandError, progress_bar
from scavenger_ops.listing import list_pages
from scavenger_ops.redrive.failure_object import MOST_BYTES, FailureObject, UnreadableObjectError, read_failure_object
from scavenger_ops.redrive.function import RedriveTarget, complete_arn, send

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Each uses one of the function's concurrent executions, and write units of the staging table.
WORKERS = 4
# If the function or S3 fails for so many objects in a row, the cause is not in the objects.
MOST_FAILURES_IN_A_ROW = 5
# A quarantined object has a reason for each of its records, and most are the same.
MOST_REASONS = 3

PAGE = {"KeyCount": int, "Contents?": [{"Key": str, "Size": int}]}
DELETED = {"ResponseMetadata": {"HTTPStatusCode": HTTPStatus.NO_CONTENT}}


class RedriveStatus(StrEnum):
    """What happened to an object."""

    REDRIVEN = "redriven"
    # Another redrive removed it first.
    GONE = "gone"
    # Not all of its records are done, or S3 did not return or remove it.
    LEFT = "left"
    # It belongs to another function, or none of its records is from the function's stream.
    FOREIGN = "foreign"
    UNREADABLE = "unreadable"
    # A dry run found it: without --dry-run it would be sent.
    WAITING = "waiting"


class RedriveResult(NamedTuple):
    """The result of an object: why it is still there, and how many records it has for the function and are done."""

    name: str
    status: RedriveStatus
    reason: str = ""
    condition: str = ""
    records: int = 0
    done: int = 0
    # The function or S3 failed, and may fail for any other object.
    has_failed: bool = False


class ListedObject(NamedTuple):
    """An object as S3 lists it. The size is in bytes."""

    name: str
    size: int


class FailureBucket(NamedTuple):
    """The failure bucket, and the prefix of the objects to redrive."""

    s3: "S3Client"
    name: str
    prefix: str

    def list_objects(self, stop: threading.Event) -> list[ListedObject]:
        """List the objects, without the empty ones that the console creates as folders. Raises AwsError and Stopped."""
        retry_policy = FIRST_REQUESTS._replace(stop=stop)
        pages = list_pages(self.s3, PAGE, retry_policy, self.name, self.prefix)
        found = [ListedObject(each["Key"], each["Size"]) for page in pages for each in page.get("Contents", ())]
        return [each for each in found if each.size or not each.name.endswith("/")]

    def read(self, listed: ListedObject, stop: threading.Event) -> FailureObject | None:
        """Read an object; return None if it no longer exists.

        Raises UnreadableObjectError, AwsError if S3 does not return it, CommandError if access is denied, and Stopped.
        """
        if listed.size > MOST_BYTES:
            raise UnreadableObjectError(f"it has {listed.size:,} bytes, more than an event of Lambda can have")
        # An HTML page in its place has another length, and no ETag.
        form = {"ETag": str, "ContentLength": listed.size, "Body": bytes}
        try:
            answer = ask(self.s3.get_object, form, RetryPolicy(stop=stop), Bucket=self.name, Key=listed.name)
        except AwsError as error:
            if error.fault.name == "NoSuchKey":
                return None
            if error.is_denial:
                raise CommandError(
                    f"You may not read {listed.name} in bucket {self.name} ({error.fault}). Add your role or user to "
                    "failure_bucket_operator_arns, and allow it s3:GetObject and s3:DeleteObject there by IAM, and "
                    "kms:Decrypt if the bucket has a KMS key of its own."
                ) from error
            raise
        body: bytes = answer["Body"]  # type: ignore[assignment]  # `ask` has read the stream
        return read_failure_object(body)

    def remove(self, name: str) -> None:
        """Delete an object, if it still exists. Raises AwsError unless S3 confirms it."""
        ask(self.s3.delete_object, DELETED, RetryPolicy(), Bucket=self.name, Key=name)


def open_bucket(name: str, prefix: str) -> FailureBucket:
    """Return the bucket with a client for it."""
    return FailureBucket(connect("s3"), name, prefix)


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
    repeated, and run in parallel. Raises CommandError after MOST_FAILURES_IN_A_ROW failures in a row.
    """
    failures_in_a_row = 0
    last_failure = ""
    with progress_bar("objects", len(objects)) as advance:
        redrive_one = partial(_redrive_one, bucket, target, stop, is_dry_run=is_dry_run)
        for result in _in_threads(redrive_one, objects, stop):
            yield result
            advance(1)
            failures_in_a_row = failures_in_a_row + 1 if result.has_failed else 0
            if failures_in_a_row == MOST_FAILURES_IN_A_ROW:
                last_failure = f"Object {result.name}: {result.reason}"
                stop.set()
    if last_failure:
        raise CommandError(
            f"{MOST_FAILURES_IN_A_ROW} objects failed in a row. {last_failure} Find the cause with "
            f"`.venv/bin/scavenger status --name {target.name}`, fix it, then run this again."
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


def _redrive_one(
    bucket: FailureBucket, target: RedriveTarget, stop: threading.Event, listed: ListedObject, *, is_dry_run: bool
) -> RedriveResult:
    """Send one object's records to the function, and remove the object if all are done."""
    try:
        found = bucket.read(listed, stop)
        if found is None:
            return RedriveResult(listed.name, RedriveStatus.GONE)
        return _deliver(bucket, target, stop, listed, found, is_dry_run=is_dry_run)
    except UnreadableObjectError as error:
        return RedriveResult(listed.name, RedriveStatus.UNREADABLE, f"{error}.")
    except RecursionError:
        # Python parses JSON of some more levels than it can write. An item of DynamoDB has at most 32.
        return RedriveResult(listed.name, RedriveStatus.UNREADABLE, "its JSON is nested too deeply.")
    except AwsError as error:
        return RedriveResult(
            listed.name, RedriveStatus.LEFT, f"S3 did not return it. {error}", has_failed=_may_affect_all(error)
        )


def _deliver(  # noqa: PLR0913 - the arguments of _redrive_one, and what it found
    bucket: FailureBucket,
    target: RedriveTarget,
    stop: threading.Event,
    listed: ListedObject,
    found: FailureObject,
    *,
    is_dry_run: bool,
) -> RedriveResult:
    # That function may delete from another table, or have another filter, whatever it reads now.
    if found.function and not target.takes_objects_of(found.function):
        return RedriveResult(
            listed.name, RedriveStatus.FOREIGN, _describe_owner(found.function, target), found.condition
        )
    inserts, foreign = found.inserts(target.tables), found.foreign_records(target.tables)
    if foreign and not inserts:
        return RedriveResult(
            listed.name, RedriveStatus.FOREIGN, _describe_foreign_records(foreign, target), found.condition
        )
    if is_dry_run:
        return RedriveResult(listed.name, RedriveStatus.WAITING, "", found.condition, len(inserts))
    sent = send(target, inserts, stop)
    reason, has_failed = sent.reason, sent.has_failed
    if sent.done == len(inserts):
        reason, has_failed = _finish(bucket, target, listed, foreign)
    status = RedriveStatus.LEFT if reason else RedriveStatus.REDRIVEN
    reason = _with_quarantine(reason, found)
    return RedriveResult(listed.name, status, reason, found.condition, len(inserts), sent.done, has_failed)


def _finish(
    bucket: FailureBucket, target: RedriveTarget, listed: ListedObject, foreign: Sequence[object]
) -> tuple[str, bool]:
    """Remove an object whose inserts are all done. Return why it is still there (or ""), and whether S3 failed."""
    if foreign:
        return _describe_foreign_records(foreign, target), False
    try:
        bucket.remove(listed.name)
    except AwsError as error:
        return f"All of its records are done, but S3 did not remove it. {error}", True
    return "", False


def _may_affect_all(error: AwsError) -> bool:
    """Return whether other objects may fail too. An unknown error, as of an archived object, is only about this one."""
    return error.fault.cause != "unknown" or error.fault.name == OTHER_FORM


def _describe_owner(function: str, target: RedriveTarget) -> str:
    return (
        f"It belongs to function {redact(complete_arn(function, target.arn))}: pass that one to --function. If "
        f"{target.name} replaces it and deletes from the same staging table, pass the old one to --of."
    )


def _describe_foreign_records(foreign: Sequence[object], target: RedriveTarget) -> str:
    return (
        f"{len(foreign):,} of its records are not changes of {' or '.join(sorted(target.tables))}, "
        f"which {target.name} reads."
    )


def _with_quarantine(reason: str, found: FailureObject) -> str:
    """Append why the function quarantined the records, if it did: such a cause does not pass by itself."""
    if not reason or not found.reasons:
        return reason
    reasons = sorted(set(found.reasons))
    more = f"; and {len(reasons) - MOST_REASONS:,} more" if len(reasons) > MOST_REASONS else ""
    return f"{reason} It was quarantined because: {'; '.join(reasons[:MOST_REASONS])}{more}."
