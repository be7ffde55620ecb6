"""Takes what is in the failure bucket back to the function, and removes it once it is done."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import boto3
from botocore.exceptions import ClientError
from scavenger.redaction import redact

from scavenger_ops.command import CommandError, is_denial, progress
from scavenger_ops.redrive.failure_object import MOST_BYTES, FailureObject, UnreadableError, read_failure_object
from scavenger_ops.redrive.function import Target, send

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Each takes one of the function's concurrent executions, and write units of the staging table.
WORKERS = 4
# If the function fails on so many objects in a row, it will not be the objects' fault.
MOST_FAILURES_IN_A_ROW = 5


class Fate(StrEnum):
    """What became of an object."""

    REDRIVEN = "redriven"
    # Another redrive was faster.
    GONE = "gone"
    # Not all of its records are done.
    LEFT = "left"
    # Not one of its records is of the function's stream.
    FOREIGN = "foreign"
    UNREADABLE = "unreadable"
    # It would be tried, were this no dry run.
    WAITING = "waiting"


class Result(NamedTuple):
    """What became of an object, why it is still there, and how many of the function's records are in it and done."""

    name: str
    fate: Fate
    reason: str = ""
    condition: str = ""
    records: int = 0
    done: int = 0
    # The function failed on it, and might fail on any other.
    has_failed: bool = False


class Listed(NamedTuple):
    """An object as the bucket lists it; the size is in bytes."""

    name: str
    size: int


class Bucket(NamedTuple):
    """The failure bucket, and which of its objects are meant."""

    s3: "S3Client"
    name: str
    prefix: str

    def list_objects(self, stop: threading.Event) -> list[Listed]:
        """List the objects, without what the console shows as empty folders; as many as come until it is to stop."""
        found: list[Listed] = []
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=self.prefix):
            listed = [Listed(each["Key"], each["Size"]) for each in page.get("Contents", [])]
            found += [each for each in listed if each.size or not each.name.endswith("/")]
            if stop.is_set():
                break
        return found

    def read(self, listed: Listed) -> FailureObject | None:
        """Read an object, if it is still there. Raises UnreadableError, and CommandError where none may be read."""
        if listed.size > MOST_BYTES:
            raise UnreadableError(f"it has {listed.size:,} bytes, more than any event of Lambda's can take")
        try:
            return read_failure_object(self.s3.get_object(Bucket=self.name, Key=listed.name)["Body"].read())
        except self.s3.exceptions.NoSuchKey:
            return None
        except ClientError as error:
            if is_denial(error):
                raise CommandError(
                    f"You may not read {listed.name} in bucket {self.name} ({redact(error)}). Have your role or "
                    "user named in failure_bucket_operator_arns, and by IAM be allowed s3:GetObject and "
                    "s3:DeleteObject there, and kms:Decrypt if it has a key of its own."
                ) from error
            raise UnreadableError(f"S3 does not give it ({redact(error)})") from error

    def remove(self, name: str) -> str:
        """Remove an object, if it is still there, and say why it cannot be."""
        try:
            self.s3.delete_object(Bucket=self.name, Key=name)
        except ClientError as error:
            return f"All of it is done, but S3 does not remove it ({redact(error)})."
        return ""


def open_bucket(name: str, prefix: str) -> Bucket:
    """Make what it takes to read the bucket."""
    return Bucket(boto3.client("s3"), name, prefix)


def redrive(
    bucket: Bucket, objects: Sequence[Listed], target: Target, stop: threading.Event, *, is_dry_run: bool
) -> Iterator[Result]:
    """Take each object back to the function, several at a time, and give what became of it.

    An object is removed when the function has done all of its records, and not before; so this may be stopped at any
    time, repeated, and run beside another. Raises CommandError where the function fails on one after the other.
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
            f"The function failed on {MOST_FAILURES_IN_A_ROW} objects in a row. {last_failure} See what is wrong with "
            f"`.venv/bin/scavenger status --name {target.name}`, mend it, and run this again."
        )


def _in_threads(take: Callable[[Listed], Result], objects: Iterable[Listed], stop: threading.Event) -> Iterator[Result]:
    """Take the objects, a few at a time; once it is to stop, begin no other.

    What a thread raises is raised when the others are done, so that nothing is done that is not given.
    """
    pool = ThreadPoolExecutor(WORKERS)
    waiting, under_way, faults = iter(objects), set[Future[Result]](), list[BaseException]()
    try:
        while True:
            while len(under_way) < WORKERS and not stop.is_set() and (found := next(waiting, None)):
                under_way.add(pool.submit(take, found))
            if not under_way:
                break
            answered, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for future in answered:
                if fault := future.exception():
                    faults.append(fault)
                    stop.set()
                else:
                    yield future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    if faults:
        raise faults[0]


def _take(bucket: Bucket, target: Target, stop: threading.Event, listed: Listed, *, is_dry_run: bool) -> Result:
    """Take one object back to the function, and remove it if all of it is done."""
    try:
        found = bucket.read(listed)
    except UnreadableError as error:
        return Result(listed.name, Fate.UNREADABLE, f"{error}.")
    if found is None:
        return Result(listed.name, Fate.GONE)
    if found.function in target.others:
        # It reads the same stream, but deletes from another table, or what another filter lets through.
        reason = f"It is of function {found.function}, which reads the same stream: name that one with --function."
        return Result(listed.name, Fate.FOREIGN, reason, found.condition)
    inserts, strangers = found.inserts(target.tables), found.strangers(target.tables)
    if strangers and not inserts:
        return Result(listed.name, Fate.FOREIGN, _describe_strangers(strangers, target), found.condition)
    if is_dry_run:
        return Result(listed.name, Fate.WAITING, "", found.condition, len(inserts))
    sent = send(target, inserts, stop)
    reason = sent.reason
    if not reason:
        reason = _describe_strangers(strangers, target) if strangers else bucket.remove(listed.name)
    fate = Fate.LEFT if reason else Fate.REDRIVEN
    reason = _with_quarantine(reason, found)
    return Result(listed.name, fate, reason, found.condition, len(inserts), sent.done, sent.has_failed)


def _describe_strangers(strangers: Sequence[object], target: Target) -> str:
    return (
        f"{len(strangers):,} of its records are no changes of {' or '.join(sorted(target.tables))}, "
        f"which {target.name} reads."
    )


def _with_quarantine(reason: str, found: FailureObject) -> str:
    """Add why the function has quarantined it, if it has: that will not have passed by itself."""
    if not reason or not found.reasons:
        return reason
    return f"{reason} It was quarantined because: {'; '.join(sorted(set(map(str, found.reasons))))}."
