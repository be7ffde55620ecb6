"""`make clean-aws` goes on after an error, waits for what is busy, and knows each kind that a run makes."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aws import leftovers, waiting
from aws.kinds import KINDS, Clients, Kind, Listed
from aws.leftovers import Wanted, clean
from aws.run_names import name_of
from botocore.exceptions import ClientError, EndpointConnectionError
from scavenger_ops.toolchain import ROOT

RUN = "012abc"
NAME = name_of(RUN)
NOW = datetime(2026, 12, 1, tzinfo=UTC)
KIND_OF = {
    "aws_cloudwatch_dashboard": "dashboard",
    "aws_cloudwatch_log_group": "log group",
    "aws_cloudwatch_metric_alarm": "alarm",
    "aws_dynamodb_table": "table",
    "aws_iam_role": "role",
    "aws_lambda_event_source_mapping": "event source mapping",
    "aws_lambda_function": "function",
    "aws_s3_bucket": "bucket",
    "aws_sfn_state_machine": "state machine",
}
# What goes with its role or bucket, or is nothing of AWS. The tests set no schedule.
NOT_FOUND = {
    *("aws_iam_role_policy", "aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket_ownership_controls"),
    *("aws_s3_bucket_policy", "aws_s3_bucket_public_access_block"),
    *("aws_s3_bucket_server_side_encryption_configuration", "aws_scheduler_schedule", "terraform_data"),
}


def error(code: str) -> ClientError:
    """Return an error of AWS."""
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Delete")


class Things:
    """Things of a kind, of which there is one. Each attempt to remove it meets the next of these errors, if any."""

    def __init__(self, *errors: Exception, name: str = NAME, changed: datetime = NOW) -> None:
        self.errors = list(errors)
        self.names = [name]
        self.changed = changed

    def listed(self, _: Clients) -> Iterator[Listed]:
        """List what there is."""
        yield from (Listed(name, name, self.changed) for name in self.names)

    def remove(self, _: Clients, key: str) -> None:
        """Remove it."""
        if self.errors:
            raise self.errors.pop(0)
        self.names.remove(key)


class Unlisted(Things):
    """Things of a kind that cannot be listed."""

    def listed(self, _: Clients) -> Iterator[Listed]:
        """Refuse."""
        raise error("AccessDenied")


Clean = Callable[..., int]


@pytest.fixture
def clean_all(monkeypatch: pytest.MonkeyPatch) -> Clean:
    """Return a function that cleans an account with these things, each of a kind of its own."""
    monkeypatch.setattr(waiting, "POLL_S", 0)

    def clean_all(*things: Things, run_id: str | None = RUN) -> int:
        kinds = [Kind(f"kind {number}", each.listed, each.remove) for number, each in enumerate(things)]
        monkeypatch.setattr(leftovers, "KINDS", kinds)
        return clean(lambda _: None, Wanted(run_id, NOW), is_dry_run=False)

    return clean_all


def test_the_rest_is_removed_after_an_error(clean_all: Clean, capsys: pytest.CaptureFixture[str]) -> None:
    """It says what is left, and why."""
    denied, silent, other = Things(error("AccessDenied")), Things(EndpointConnectionError(endpoint_url="x")), Things()
    assert clean_all(denied, silent, other) == 1
    assert (denied.names, silent.names, other.names) == ([NAME], [NAME], [])
    first, second, third, total = capsys.readouterr().out.splitlines()
    assert first.startswith(f"kind 0 {NAME}: is still there: An error occurred (AccessDenied)")
    assert second.startswith(f"kind 1 {NAME}: is still there: Could not connect")
    assert (third, total) == (f"kind 2 {NAME}: removed", "3 found, 2 problems.")


def test_the_rest_is_removed_if_a_kind_cannot_be_listed(clean_all: Clean, capsys: pytest.CaptureFixture[str]) -> None:
    """It is a failure, because something may be left."""
    other = Things()
    assert clean_all(Unlisted(), other) == 1
    assert other.names == []
    assert capsys.readouterr().out.startswith("kind 0: it is not known what is left: An error occurred (AccessDenied)")


@pytest.mark.parametrize(
    "code",
    [
        *("ResourceInUseException", "ResourceConflictException", "DeleteConflict", "OperationAborted"),
        *("OperationAbortedException", "ConcurrentModification", "BucketNotEmpty"),
    ],
)
def test_what_is_busy_is_tried_again(clean_all: Clean, code: str) -> None:
    """A Terraform that was left alone may still be making, changing or destroying it."""
    busy = Things(error(code), error(code))
    assert clean_all(busy) == 0
    assert busy.names == []


def test_what_stays_busy_is_left(
    clean_all: Clean, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After some minutes, it says why."""
    monkeypatch.setattr(leftovers, "SOON_S", 0)
    assert clean_all(Things(*[error("ResourceInUseException")] * 1000)) == 1
    assert "is still there: An error occurred (ResourceInUseException)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "code",
    ["NoSuchEntity", "NoSuchBucket", "ResourceNotFoundException", "ResourceNotFound", "StateMachineDoesNotExist"],
)
def test_what_is_gone_is_removed(clean_all: Clean, code: str) -> None:
    """Somebody else was faster."""
    assert clean_all(Things(error(code))) == 0


@pytest.mark.parametrize(
    ("run_id", "removed"),
    [(RUN, ["new", "old"]), ("fedcba", []), (None, ["old", "of another run"])],
)
def test_a_run_that_is_named_may_be_new(clean_all: Clean, run_id: str | None, removed: list[str]) -> None:
    """Without a name, what is old goes, whichever run made it."""
    things = {
        "new": Things(changed=NOW.replace(hour=1)),
        "old": Things(),
        "of another run": Things(name=name_of("987654")),
        "not of a run": Things(name="orders"),
    }
    assert clean_all(*things.values(), run_id=run_id) == 0
    assert [what for what, each in things.items() if not each.names] == removed


def resource_types(folder: Path) -> set[str]:
    """Return the types of the resources in a folder's Terraform files."""
    files = folder.rglob("*.tf")
    return {found for file in files for found in re.findall(r'^resource "(\w+)"', file.read_text(), re.MULTILINE)}


def test_each_resource_that_a_run_can_make_is_found() -> None:
    """Let clean-aws find a type that is new to the modules, or say here why it need not."""
    assert set(KIND_OF.values()) == {kind.name for kind in KINDS}
    assert resource_types(ROOT / "modules") | resource_types(ROOT / "tests/aws") == {*KIND_OF, *NOT_FOUND}
