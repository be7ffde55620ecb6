"""A test run on AWS knows who it is, waits for what AWS does late, writes all items, and says what it costs."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from aws import waiting
from aws.account import AccountError, Aws, connect
from aws.conftest import LAST_MINUTE, pytest_terminal_summary
from aws.cost import estimated_cents
from aws.function_log import total
from aws.items import write
from aws.probes.question import NOT_AS_ASSUMED
from aws.run_names import make_run_id, name_of
from aws.waiting import wait_for

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ci/tester"


class FakeAccount:
    """STS and IAM of an account: who asks, and the only role that there is."""

    def __init__(self, arn: str) -> None:
        self.arn = arn

    def client(self, *_: object, **__: object) -> "FakeAccount":
        """Return a client of any service."""
        return self

    def get_caller_identity(self) -> Mapping[str, str]:
        """Answer as STS."""
        return {"Arn": self.arn, "Account": ACCOUNT}

    def get_role(self, *, RoleName: str) -> Any:  # noqa: N803 - AWS's name
        """Answer as IAM."""
        assert ROLE.endswith(f"/{RoleName}")
        return {"Role": {"Arn": ROLE}}

    region_name = None


@pytest.mark.parametrize(
    ("arn", "principal"),
    [
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/tester/session", ROLE),
        (f"arn:aws:iam::{ACCOUNT}:user/ops/ann", f"arn:aws:iam::{ACCOUNT}:user/ops/ann"),
    ],
)
def test_a_run_is_the_role_or_the_user_that_the_failure_bucket_lets_in(
    monkeypatch: pytest.MonkeyPatch, arn: str, principal: str
) -> None:
    """The ARN of a role's session does not have the role's path."""
    monkeypatch.setattr("boto3.Session", lambda: FakeAccount(arn))
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    aws = connect("abc123")
    assert (aws.principal_arn, aws.account, aws.region, aws.is_local) == (principal, ACCOUNT, "eu-west-1", False)
    assert (aws.environment["AWS_REGION"], aws.environment["AWS_DEFAULT_REGION"]) == ("eu-west-1", "eu-west-1")


@pytest.mark.parametrize("arn", [f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:sts::{ACCOUNT}:federated-user/ann"])
def test_other_principals_are_refused(monkeypatch: pytest.MonkeyPatch, arn: str) -> None:
    """They could not read the failure bucket."""
    monkeypatch.setattr("boto3.Session", lambda: FakeAccount(arn))
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    with pytest.raises(AccountError, match=f"{arn} is neither a role nor a user"):
        connect("abc123")


def test_a_name_fits_into_that_of_a_bucket() -> None:
    """The longest suffix has three characters."""
    name = name_of(make_run_id(), "exa")
    bucket = f"{name}-failures-{ACCOUNT}-ap-southeast-2"
    assert (len(name), len(bucket) <= 63) == (25, True)


def test_a_wait_ends_when_its_condition_holds_and_fails_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what it waited for."""
    monkeypatch.setattr(waiting, "POLL_S", 0)
    answers = iter([False, False, True])
    wait_for("the third answer is there", lambda: next(answers))
    with pytest.raises(AssertionError, match="0 s have passed, and this is not true: it is there"):
        wait_for("it is there", lambda: False, timeout_s=0)


class SmallTable:
    """A table that takes three items of each request."""

    def __init__(self) -> None:
        self.items: list[object] = []

    def batch_write_item(self, *, RequestItems: dict[str, list[Any]]) -> Any:  # noqa: N803 - AWS's name
        """Answer as DynamoDB."""
        ((table, requests),) = RequestItems.items()
        assert 0 < len(requests) <= 25
        self.items += [request["PutRequest"]["Item"] for request in requests[:3]]
        return {"UnprocessedItems": {table: requests[3:]} if requests[3:] else {}}


@pytest.mark.parametrize("count", [0, 1, 60])
def test_items_are_written_again_until_the_table_has_all(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """A batch of writes may be done in part."""
    monkeypatch.setattr(waiting, "POLL_S", 0)
    table, items = SmallTable(), [{"id": {"N": str(number)}} for number in range(count)]
    write(Aws({}, "", "", "", is_local=True, run_id="", client=lambda _: table), "t", items)
    assert sorted(map(str, table.items)) == sorted(map(str, items))


def test_a_run_costs_cents() -> None:
    """As the documentation says, within the minutes that it says."""
    assert 1 <= estimated_cents() <= 20
    assert LAST_MINUTE == 20


def test_figures_are_added_up() -> None:
    """Those of all invocations."""
    assert total([{"deleted": 1}, {"deleted": 2}], "deleted") == 3


class FakeTerminal:
    """A terminal of pytest. Its reports have answers that were recorded, by the outcome of their test."""

    def __init__(self, **answers: Mapping[str, str]) -> None:
        self.answers = answers
        self.lines: list[str] = []

    def getreports(self, outcome: str) -> list[SimpleNamespace]:
        """Return the reports of an outcome, as pytest names it."""
        return [SimpleNamespace(user_properties=[*self.answers.get(outcome, {}).items()])]

    def write_line(self, line: str, **_: bool) -> None:
        """Keep a line."""
        self.lines.append(line)

    section = write_line


def test_the_end_of_a_run_shows_last_which_answers_differ() -> None:
    """Those of a test that failed afterwards, too."""
    other = f"{NOT_AS_ASSUMED}: 2 instead of 1."
    terminal: Any = FakeTerminal(passed={"color": other, "size": "as assumed"}, failed={"shape": other})
    pytest_terminal_summary(terminal)
    assert terminal.lines == [
        "size: as assumed",
        "answers of AWS that are not as assumed: 2",
        f"color: {other}",
        f"shape: {other}",
    ]


def test_the_end_of_a_run_as_assumed_has_no_warning() -> None:
    """It only lists the answers."""
    terminal: Any = FakeTerminal(passed={"size": "as assumed"})
    pytest_terminal_summary(terminal)
    assert terminal.lines == ["size: as assumed"]
