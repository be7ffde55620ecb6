"""Redrive counts only confirmed work as done, whatever the responses are, and always ends."""

import json
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

import pytest
from reconciler.aws.ask import RetryPolicy
from scavenger_ops.cli import app
from scavenger_ops.redrive import bucket, function
from support.redrive_aws import FUNCTION, OBJECT, Answer, Kind, RedriveAws, redrive_aws
from support.schemas import check_result
from typer.testing import CliRunner

PAGE = b"<html><head><title>Log in</title></head><body>to the network</body></html>"
FAULTS: dict[str, Answer] = {
    "a page": (200, PAGE),
    "a page that denies": (403, PAGE),
    "nothing": (200, b""),
    "an empty object": (200, b"{}"),
    "null": (200, b"null"),
    "too deep": (200, b"[" * 100_000),
    "an error page": (503, PAGE),
    "silence": "silence",
    "half": "half",
    "drip": "drip",
    "a dropped connection": "drop",
}
KINDS: tuple[Kind, ...] = ("configuration", "mappings", "list", "get", "invoke", "delete")
# The response to a delete has no body.
CASES = {
    f"{kind}: {what}": (kind, fault)
    for kind in KINDS
    for what, fault in FAULTS.items()
    if kind != "delete" or fault not in ("half", "drip")
}


@pytest.fixture(autouse=True)
def _short_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "RetryPolicy", partial(RetryPolicy, 0.5, 0.5))
    monkeypatch.setattr(function, "FIRST_REQUESTS", RetryPolicy(0.5, 0.5))
    monkeypatch.setattr(bucket, "FIRST_REQUESTS", RetryPolicy(0.5, 0.5))
    monkeypatch.setattr(function, "ANSWER_RESERVE_S", 0)


def redrive(aws: RedriveAws, monkeypatch: pytest.MonkeyPatch, *more: str, name: str = "scavenger") -> Any:
    """Run the command. Only a silent server times out, however slow this machine is."""

    class Answers(SimpleQueue[Any]):
        def get(self, block: bool = True, timeout: float | None = None) -> Any:  # noqa: FBT001, FBT002 - as the queue
            while True:
                try:
                    return super().get(block, 0.01)
                except Empty:
                    if timeout is None or aws.is_silent.is_set():
                        raise

    monkeypatch.setattr("reconciler.aws.ask.SimpleQueue", Answers)
    with redrive_aws(aws) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        ran = CliRunner().invoke(app, ["redrive", name, "--bucket", "failures", "--json", *more])
    result = json.loads(ran.stdout)
    check_result("redrive" if "verdict" in result else "error", result)
    return ran


@pytest.mark.parametrize(("kind", "fault"), CASES.values(), ids=CASES)
def test_unconfirmed_work_is_not_done(kind: Kind, fault: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is one line, and a second run finishes the work."""
    aws = RedriveAws({"one": OBJECT}, {kind: fault})
    ran = redrive(aws, monkeypatch)
    result = json.loads(ran.stdout)
    assert isinstance(ran.exception, SystemExit)
    assert aws.objects == {"one": OBJECT}
    if kind in ("configuration", "mappings", "list"):
        assert result["error"]["exit_code"] == ran.exit_code
        assert ran.exit_code in (1, 3)
        assert ran.stderr == f"error: {result['error']['message']}\n"
        assert len(ran.stderr.splitlines()) == 1
    else:
        assert (ran.exit_code, result["is_done"], result["error"]) == (1, False, None)
        assert (result["counts"]["found"], result["counts"]["left"]) == (1, 1)
        assert result["records_done"] == (1 if kind == "delete" else 0)
        (left,) = result["objects"]
        assert 0 < len(left["problem"]) < 600
        assert left["remediation"]
    assert ran.stderr.count("error: ") <= 1
    aws.faults.clear()
    aws.end.clear()
    aws.is_silent.clear()
    assert redrive(aws, monkeypatch).exit_code == 0
    assert aws.objects == {}


def test_an_incomplete_list_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects that are not listed would never be redriven."""
    listed = b"<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>true</IsTruncated></ListBucketResult>"
    ran = redrive(RedriveAws(faults={"list": (200, listed)}), monkeypatch)
    assert ran.exit_code == json.loads(ran.stdout)["error"]["exit_code"] == 3
    assert "it has more pages, but no token for them" in ran.stderr


def test_an_empty_bucket_is_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has failed."""
    ran = redrive(RedriveAws(), monkeypatch)
    result = json.loads(ran.stdout)
    assert (ran.exit_code, result["counts"]["found"], result["is_done"]) == (0, 0, True)
    assert result["verdict"] == "The failure bucket is empty."


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("get", "silence"),
        ("get", "drip"),
        ("invoke", "silence"),
        ("invoke", "drip"),
        ("invoke", "drop"),
        ("delete", "silence"),
    ],
)
def test_without_responses_few_objects_are_tried(kind: Kind, fault: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each attempt may be an invocation, and all together would take hours."""
    aws = RedriveAws({f"{number:03}": OBJECT for number in range(100)}, {kind: fault})
    ran = redrive(aws, monkeypatch)
    assert ran.exit_code == 1
    assert "error: 5 objects failed in a row." in ran.stderr
    result = json.loads(ran.stdout)
    assert result["error"]["message"] in ran.stderr
    assert result["counts"]["not_tried"] >= 90
    assert aws.asked["invoke"] <= 2 * 8
    assert len(aws.objects) == 100


def test_expired_credentials_end_the_run_with_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to do."""
    aws = RedriveAws({f"{number:03}": OBJECT for number in range(40)})
    right = aws.answer
    of_s3 = b"<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"
    of_lambda = b'{"code": "ExpiredTokenException", "message": "The provided token has expired."}'

    def answer(kind: Kind, path: str) -> tuple[int, bytes]:
        if aws.asked["get"] <= 20:
            return right(kind, path)
        return (403, of_lambda) if kind == "invoke" else (400, of_s3)

    monkeypatch.setattr(aws, "answer", answer)
    ran = redrive(aws, monkeypatch)
    result = json.loads(ran.stdout)
    assert ran.exit_code == result["error"]["exit_code"]
    assert "sign in again" in ran.stderr
    assert result["counts"]["redriven"] == 40 - len(aws.objects)
    assert result["counts"]["not_tried"] > 0
    monkeypatch.setattr(aws, "answer", right)
    assert redrive(aws, monkeypatch).exit_code == 0
    assert aws.objects == {}


@pytest.mark.parametrize(
    "name", ["scavenger", FUNCTION, f"{FUNCTION}:live", "000000000000:function:scavenger", "scavenger:$LATEST"]
)
def test_the_function_may_be_named_in_every_form_of_lambda(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its mapping may invoke an alias. The command invokes what was named."""
    aws = RedriveAws({"one": OBJECT})
    assert redrive(aws, monkeypatch, name=name).exit_code == 0
    assert [path.split("/")[3] for path in aws.invoked] == [name]


def test_the_same_name_in_another_account_is_another_function(monkeypatch: pytest.MonkeyPatch) -> None:
    """The listed mappings are those of this account."""
    aws = RedriveAws({"one": OBJECT})
    arn = FUNCTION.replace("000000000000", "111111111111")
    configuration = {"FunctionName": "scavenger", "FunctionArn": arn, "Timeout": 1}
    aws.faults["configuration"] = (200, json.dumps(configuration).encode())
    ran = redrive(aws, monkeypatch, name=arn)
    assert ran.exit_code == 1
    assert "has no event source mapping" in ran.stderr


def test_an_object_nested_too_deeply_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may fail anywhere between reading and sending."""
    deep = [b'{"payload": {"Records": [' + b"[" * depth + b"]" * depth + b"]}}" for depth in (900, 960, 990, 5_000)]
    aws = RedriveAws({str(number): body for number, body in enumerate(deep)})
    ran = redrive(aws, monkeypatch)
    assert ran.exit_code == 1
    assert json.loads(ran.stdout)["counts"]["not_tried"] == 0
    assert len(aws.objects) == 4


def test_control_characters_in_a_name_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 accepts any character in a key."""
    aws = RedriveAws({"a\n\x1b[2Jb": b"none"})
    with redrive_aws(aws) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        ran = CliRunner().invoke(app, ["redrive", "scavenger", "--bucket", "failures"])
    assert "\x1b" not in ran.output


@pytest.mark.parametrize("of", ["old-name", "old-name:live", FUNCTION.replace("scavenger", "old-name")])
def test_objects_of_another_function_are_redriven_only_if_it_is_named(of: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """That function may have no mapping now: it may be about to get one again."""
    context = {"functionArn": FUNCTION.replace("scavenger", "old-name")}
    aws = RedriveAws({"one": json.dumps(json.loads(OBJECT) | {"requestContext": context}).encode()})
    ran = redrive(aws, monkeypatch)
    assert (ran.exit_code, json.loads(ran.stdout)["counts"]["foreign"], aws.invoked) == (1, 1, [])
    assert list(aws.objects) == ["one"]
    assert redrive(aws, monkeypatch, "--of", of).exit_code == 0
    assert aws.objects == {}
