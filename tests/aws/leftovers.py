"""Finds and removes what runs of the tests left on AWS: `make clean-aws`.

A run destroys what it made. This is for a run whose process, computer or state is gone. Something is a run's if its
name is one of run_names.py and, where AWS has tags, if it also has the run's tag. Roles, buckets and dashboards are
those of all Regions, and everything else is of one.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from scavenger_ops.duration import parse_duration

from aws.account import AccountError, environment_clients
from aws.kinds import KINDS, Clients, Kind, Listed, is_absence
from aws.run_names import NO_RUN_ID, is_run_id
from aws.waiting import SOON_S, wait_for

# A run takes 20 minutes at most, and some more to destroy.
OLDER_THAN: Final = "2h"
# Parts of the codes with which AWS refuses to remove what it is just making, changing or using.
_BUSY: Final = ("InUse", "Conflict", "Aborted", "ConcurrentModification", "NotEmpty")


class Leftover(NamedTuple):
    """Something that a run made."""

    kind: str
    name: str


class Wanted(NamedTuple):
    """What is to be removed: what a run made, or, without its ID, what any run made before a time."""

    run_id: str | None
    before: datetime

    def includes(self, listed: Listed) -> bool:
        """Return whether something that a service lists is to be removed."""
        of = listed.run_id()
        return bool(of) and (of == self.run_id or (self.run_id is None and listed.changed <= self.before))


def find_leftovers(clients: Clients, run_id: str) -> list[Leftover]:
    """Return what a run made. Raises what boto3 raises."""
    wanted = Wanted(run_id, datetime.now(UTC))
    return [Leftover(kind.name, each.name) for kind in KINDS for each in kind.listed(clients) if wanted.includes(each)]


def clean(clients: Clients, wanted: Wanted, *, is_dry_run: bool) -> int:
    """Remove what is wanted, or only say what that is. Say each thing, and return the exit code."""
    found = problems = 0
    for kind in KINDS:
        try:
            left = [each for each in kind.listed(clients) if wanted.includes(each)]
        except (ClientError, BotoCoreError) as error:
            _say(f"{kind.name}: it is not known what is left: {error}")
            problems += 1
            continue
        found += len(left)
        for each in left:
            problem = "" if is_dry_run else _remove(clients, kind, each.key)
            problems += bool(problem)
            done = f"is still there: {problem}" if problem else "would be removed" if is_dry_run else "removed"
            _say(f"{kind.name} {each.name}: {done}")
    _say(
        f"{found} found, {problems} problems." if problems else f"{found} found{'' if is_dry_run else ' and removed'}."
    )
    return 1 if problems else 0


def _remove(clients: Clients, kind: Kind, key: str) -> str:
    """Remove something, also if it is busy for a while. Return why it is still there; an empty text if it is gone."""
    problem = ""

    def is_decided() -> bool:
        nonlocal problem
        problem, code = "", ""
        try:
            kind.remove(clients, key)
        except ClientError as error:
            problem, code = "" if is_absence(error) else str(error), error.response["Error"]["Code"]
        except BotoCoreError as error:
            problem = str(error)
        return not any(part in code for part in _BUSY)

    with suppress(AssertionError):
        wait_for("it can be removed", is_decided, SOON_S)
    return problem


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _duration(text: str) -> int:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _run_id(text: str) -> str:
    if not is_run_id(text):
        raise argparse.ArgumentTypeError(NO_RUN_ID % text)
    return text


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="aws.leftovers", description="Remove what test runs left on AWS.")
    parser.add_argument("--run", metavar="ID", type=_run_id, help="only what this run made, however new it is")
    parser.add_argument(
        "--older-than",
        metavar="TIME",
        type=_duration,
        default=OLDER_THAN,
        help=f"only what is older (default: {OLDER_THAN})",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return the exit code: 1 if something is left, 2 for wrong options, 3 without AWS."""
    options = _options(arguments)
    try:
        clients, region = environment_clients()
        identity = clients("sts").get_caller_identity()
    except (AccountError, BotoCoreError, ClientError) as error:
        _say(f"AWS could not be asked: {error}")
        return 3
    _say(f"AWS account {identity['Account']}, {region}, as {identity['Arn']}")
    before = datetime.now(UTC) - timedelta(seconds=options.older_than)
    return clean(clients, Wanted(options.run, before), is_dry_run=options.dry_run)


if __name__ == "__main__":
    sys.exit(main())
