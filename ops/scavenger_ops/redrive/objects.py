"""Takes what is in the failure bucket back to the function, and removes it once it is done."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import boto3

from scavenger_ops.command import CommandError, progress
from scavenger_ops.redrive.failure_object import MOST_BYTES, FailureObject, UnreadableError, read_failure_object
from scavenger_ops.redrive.function import Target, send

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Each takes one of the function's concurrent executions, and write units of the staging table.
WORKERS = 4
# With so many objects in a row of which not one record is done, it will not be the objects' fault.
MOST_FAILURES_IN_A_ROW = 5
# The function's own condition, beside Lambda's.
QUARANTINED = "Quarantined"


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


class Listed(NamedTuple):
    """An object as the bucket lists it; the size is in bytes."""

    name: str
    size: int


class Bucket(NamedTuple):
    """The failure bucket, and which of its objects are meant."""

    s3: "S3Client"
    name: str
    prefix: str

    def list_objects(self) -> list[Listed]:
        """List the objects, without what the console shows as empty folders."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=self.prefix)
        found = [Listed(each["Key"], each["Size"]) for page in pages for each in page.get("Contents", [])]
        return [each for each in found if each.size or not each.name.endswith("/")]

    def read(self, listed: Listed) -> FailureObject | None:
        """Read an object, if it is still there. Raises UnreadableError."""
        if listed.size > MOST_BYTES:
            raise UnreadableError(f"it has {listed.size:,} bytes, more than any event of Lambda's can take")
        try:
            return read_failure_object(self.s3.get_object(Bucket=self.name, Key=listed.name)["Body"].read())
        except self.s3.exceptions.NoSuchKey:
            return None

    def remove(self, name: str) -> None:
        """Remove an object; that it is gone already is no error."""
        self.s3.delete_object(Bucket=self.name, Key=name)


def open_bucket(name: str, prefix: str) -> Bucket:
    """Make what it takes to read the bucket."""
    return Bucket(boto3.client("s3"), name, prefix)


def redrive(
    bucket: Bucket, objects: Sequence[Listed], target: Target, stop: threading.Event, *, is_dry_run: bool
) -> Iterator[Result]:
    """Take each object back to the function, several at a time, and give what became of it.

    An object is removed when the function has done all of its records, and not before; so this may be stopped at any
    time, repeated, and run beside another. Raises CommandError where the function does nothing at all.
    """
    failures_in_a_row = 0
    with progress("objects", len(objects)) as advance:
        take = partial(_take, bucket, target, stop, is_dry_run=is_dry_run)
        for result in _in_threads(take, objects, stop):
            yield result
            advance(1)
            failures_in_a_row = 0 if result.done else failures_in_a_row + _is_failure(result)
            if failures_in_a_row == MOST_FAILURES_IN_A_ROW and not stop.is_set():
                raise CommandError(
                    f"{MOST_FAILURES_IN_A_ROW} objects in a row, and not one record of them done. Of {result.name}: "
                    f"{result.reason} See what is wrong with `scavenger status --name {target.name}`, mend it, and run "
                    "this again."
                )


def _in_threads(take: Callable[[Listed], Result], objects: Iterable[Listed], stop: threading.Event) -> Iterator[Result]:
    """Take the objects, a few at a time; once it is to stop, begin no other."""
    pool = ThreadPoolExecutor(WORKERS)
    under_way: set[Future[Result]] = set()
    waiting = iter(objects)
    try:
        while True:
            while len(under_way) < WORKERS and not stop.is_set() and (found := next(waiting, None)):
                under_way.add(pool.submit(take, found))
            if not under_way:
                return
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    finally:
        # Whatever ends this, the threads are to begin nothing more.
        if under_way:
            stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _take(bucket: Bucket, target: Target, stop: threading.Event, listed: Listed, *, is_dry_run: bool) -> Result:
    """Take one object back to the function, and remove it if all of it is done."""
    try:
        found = bucket.read(listed)
    except UnreadableError as error:
        return Result(listed.name, Fate.UNREADABLE, f"{error}.")
    if found is None:
        return Result(listed.name, Fate.GONE)
    inserts, strangers = found.inserts(target.tables), found.strangers(target.tables)
    if strangers and not inserts:
        return Result(listed.name, Fate.FOREIGN, _describe_strangers(strangers, target), found.condition)
    if is_dry_run:
        return Result(listed.name, Fate.WAITING, "", found.condition, len(inserts))
    done, reason = send(target, inserts, stop)
    if not reason and strangers:
        reason = _describe_strangers(strangers, target)
    elif not reason:
        bucket.remove(listed.name)
    fate = Fate.LEFT if reason else Fate.REDRIVEN
    return Result(listed.name, fate, _with_quarantine(reason, found), found.condition, len(inserts), done)


def _is_failure(result: Result) -> bool:
    """Say whether the function has failed on it, where it might have done; of what it has quarantined none is done."""
    return result.fate == Fate.LEFT and result.condition != QUARANTINED


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
