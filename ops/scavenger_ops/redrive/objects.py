"""Takes what is in the failure bucket back to the function, and removes it once it is done."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from scavenger.redaction import redact

from scavenger_ops.aws.ask import FIRST_REQUESTS, RetryPolicy, Stopped, ask
from scavenger_ops.aws.clients import connect
from scavenger_ops.aws.errors import OTHER_FORM, AwsError
from scavenger_ops.command import CommandError, progress
from scavenger_ops.listing import list_pages
from scavenger_ops.redrive.failure_object import MOST_BYTES, FailureObject, UnreadableObjectError, read_failure_object
from scavenger_ops.redrive.function import RedriveTarget, complete_arn, send

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Each takes one of the function's concurrent executions, and write units of the staging table.
WORKERS = 4
# If the function or S3 fails on so many objects in a row, it will not be the objects' fault.
MOST_FAILURES_IN_A_ROW = 5
# A quarantined object of many records has a reason for each, most of them the same.
MOST_REASONS = 3

PAGE = {"KeyCount": int, "Contents?": [{"Key": str, "Size": int}]}
DELETED = {"ResponseMetadata": {"HTTPStatusCode": HTTPStatus.NO_CONTENT}}


class RedriveStatus(StrEnum):
    """The result of an object."""

    REDRIVEN = "redriven"
    # Another redrive was faster.
    GONE = "gone"
    # Not all of its records are done, or S3 did not give or remove it.
    LEFT = "left"
    # It is of another function, or not one of its records is of the function's stream.
    FOREIGN = "foreign"
    UNREADABLE = "unreadable"
    # It would be tried, were this no dry run.
    WAITING = "waiting"


class RedriveResult(NamedTuple):
    """The result of an object, why it is still there, and how many of the function's records are in it and done."""

    name: str
    status: RedriveStatus
    reason: str = ""
    condition: str = ""
    records: int = 0
    done: int = 0
    # The function or S3 failed on it, and might fail on any other.
    has_failed: bool = False


class ListedObject(NamedTuple):
    """An object as the bucket lists it; the size is in bytes."""

    name: str
    size: int


class FailureBucket(NamedTuple):
    """The failure bucket, and which of its objects are meant."""

    s3: "S3Client"
    name: str
    prefix: str

    def list_objects(self, stop: threading.Event) -> list[ListedObject]:
        """List the objects, without what the console shows as empty folders. Raises AwsError, and Stopped."""
        retry_policy = FIRST_REQUESTS._replace(stop=stop)
        pages = list_pages(self.s3, PAGE, retry_policy, self.name, self.prefix)
        found = [ListedObject(each["Key"], each["Size"]) for page in pages for each in page.get("Contents", ())]
        return [each for each in found if each.size or not each.name.endswith("/")]

    def read(self, listed: ListedObject, stop: threading.Event) -> FailureObject | None:
        """Read an object, if it is still there.

        Raises UnreadableError, AwsError if S3 does not give it, CommandError where none may be read, and Stopped.
        """
        if listed.size > MOST_BYTES:
            raise UnreadableObjectError(f"it has {listed.size:,} bytes, more than any event of Lambda's can take")
        # A page in its place has another length, and no ETag.
        form = {"ETag": str, "ContentLength": listed.size, "Body": bytes}
        try:
            answer = ask(self.s3.get_object, form, RetryPolicy(stop=stop), Bucket=self.name, Key=listed.name)
        except AwsError as error:
            if error.fault.name == "NoSuchKey":
                return None
            if error.is_denial:
                raise CommandError(
                    f"You may not read {listed.name} in bucket {self.name} ({error.fault}). Have your role or "
                    "user named in failure_bucket_operator_arns, and by IAM be allowed s3:GetObject and "
                    "s3:DeleteObject there, and kms:Decrypt if it has a key of its own."
                ) from error
            raise
        body: bytes = answer["Body"]  # type: ignore[assignment]  # `ask` has read the stream
        return read_failure_object(body)

    def remove(self, name: str) -> None:
        """Remove an object, if it is still there. Raises AwsError unless S3 confirms it."""
        ask(self.s3.delete_object, DELETED, RetryPolicy(), Bucket=self.name, Key=name)


def open_bucket(name: str, prefix: str) -> FailureBucket:
    """Make what it takes to read the bucket."""
    return FailureBucket(connect("s3"), name, prefix)


def redrive(
    bucket: FailureBucket,
    objects: Sequence[ListedObject],
    target: RedriveTarget,
    stop: threading.Event,
    *,
    is_dry_run: bool,
) -> Iterator[RedriveResult]:
    """Take each object back to the function, several at a time, and give the results as they come.

    An object is removed when the function has done all of its records, and not before; so this may be stopped at any
    time, repeated, and run beside another. Raises CommandError where one after the other fails.
    """
    failures_in_a_row = 0
    last_failure = ""
    with progress("objects", len(objects)) as advance:
        take = partial(_take, bucket, target, stop, is_dry_run=is_dry_run)
        for result in _in_threads(take, objects, stop):
            yield result
            advance(1)
            failures_in_a_row = failures_in_a_row + 1 if result.has_failed else 0
            if failures_in_a_row == MOST_FAILURES_IN_A_ROW:
                last_failure = f"On {result.name}: {result.reason}"
                stop.set()
    if last_failure:
        raise CommandError(
            f"It failed on {MOST_FAILURES_IN_A_ROW} objects in a row. {last_failure} See what is wrong with "
            f"`.venv/bin/scavenger status --name {target.name}`, fix it, and run this again."
        )


def _in_threads(
    take: Callable[[ListedObject], RedriveResult], objects: Iterable[ListedObject], stop: threading.Event
) -> Iterator[RedriveResult]:
    """Take the objects, a few at a time; once it is to stop, begin no other.

    What a thread raises is raised when the others are done, so that nothing is done that is not given.
    """
    pool = ThreadPoolExecutor(WORKERS)
    waiting, under_way, faults = iter(objects), set[Future[RedriveResult]](), list[BaseException]()
    try:
        while True:
            while len(under_way) < WORKERS and not stop.is_set() and (found := next(waiting, None)):
                under_way.add(pool.submit(take, found))
            if not under_way:
                break
            try:
                answered, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            except KeyboardInterrupt:
                yield from [future.result() for future in under_way if future.done() and not future.exception()]
                raise
            for future in answered:
                fault = future.exception()
                if fault is None:
                    yield future.result()
                elif not isinstance(fault, Stopped):
                    faults.append(fault)
                    stop.set()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    if faults:
        raise faults[0]


def _take(
    bucket: FailureBucket, target: RedriveTarget, stop: threading.Event, listed: ListedObject, *, is_dry_run: bool
) -> RedriveResult:
    """Take one object back to the function, and remove it if all of it is done."""
    try:
        found = bucket.read(listed, stop)
        if found is None:
            return RedriveResult(listed.name, RedriveStatus.GONE)
        return _deliver(bucket, target, stop, listed, found, is_dry_run=is_dry_run)
    except UnreadableObjectError as error:
        return RedriveResult(listed.name, RedriveStatus.UNREADABLE, f"{error}.")
    except RecursionError:
        # JSON is read some levels deeper than it is written; an item of DynamoDB's has 32 at most.
        return RedriveResult(listed.name, RedriveStatus.UNREADABLE, "it is nested too deeply.")
    except AwsError as error:
        return RedriveResult(
            listed.name, RedriveStatus.LEFT, f"S3 did not give it. {error}", has_failed=_may_meet_all(error)
        )


def _deliver(  # noqa: PLR0913 - what _take was told, and what it found
    bucket: FailureBucket,
    target: RedriveTarget,
    stop: threading.Event,
    listed: ListedObject,
    found: FailureObject,
    *,
    is_dry_run: bool,
) -> RedriveResult:
    # Whatever that function reads now, it may delete from another table, or what another filter lets through.
    if found.function and not target.takes_objects_of(found.function):
        return RedriveResult(
            listed.name, RedriveStatus.FOREIGN, _describe_owner(found.function, target), found.condition
        )
    inserts, strangers = found.inserts(target.tables), found.strangers(target.tables)
    if strangers and not inserts:
        return RedriveResult(
            listed.name, RedriveStatus.FOREIGN, _describe_strangers(strangers, target), found.condition
        )
    if is_dry_run:
        return RedriveResult(listed.name, RedriveStatus.WAITING, "", found.condition, len(inserts))
    sent = send(target, inserts, stop)
    reason, has_failed = sent.reason, sent.has_failed
    if sent.done == len(inserts):
        reason, has_failed = _finish(bucket, target, listed, strangers)
    status = RedriveStatus.LEFT if reason else RedriveStatus.REDRIVEN
    reason = _with_quarantine(reason, found)
    return RedriveResult(listed.name, status, reason, found.condition, len(inserts), sent.done, has_failed)


def _finish(
    bucket: FailureBucket, target: RedriveTarget, listed: ListedObject, strangers: Sequence[object]
) -> tuple[str, bool]:
    """Remove an object whose inserts are all done, and return why it is still there, if so, and whether S3 failed."""
    if strangers:
        return _describe_strangers(strangers, target), False
    try:
        bucket.remove(listed.name)
    except AwsError as error:
        return f"All of it is done, but S3 did not remove it. {error}", True
    return "", False


def _may_meet_all(error: AwsError) -> bool:
    """Return whether S3 might not give any other object either: it has said nothing of this one, as of an archive."""
    return error.fault.cause != "unknown" or error.fault.name == OTHER_FORM


def _describe_owner(function: str, target: RedriveTarget) -> str:
    return (
        f"It is of function {redact(complete_arn(function, target.arn))}: name that one with --function. If "
        f"{target.name} has taken its place, and deletes from the same staging table, name it with --of."
    )


def _describe_strangers(strangers: Sequence[object], target: RedriveTarget) -> str:
    return (
        f"{len(strangers):,} of its records are no changes of {' or '.join(sorted(target.tables))}, "
        f"which {target.name} reads."
    )


def _with_quarantine(reason: str, found: FailureObject) -> str:
    """Add why the function has quarantined it, if it has: that will not have passed by itself."""
    if not reason or not found.reasons:
        return reason
    reasons = sorted(set(found.reasons))
    more = f"; and {len(reasons) - MOST_REASONS:,} more" if len(reasons) > MOST_REASONS else ""
    return f"{reason} It was quarantined because: {'; '.join(reasons[:MOST_REASONS])}{more}."
