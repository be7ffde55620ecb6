"""The errors that a command shows when AWS, or a proxy in between, returns an error."""

import json
import re
from typing import Any

import pytest
from reconciler.aws import ask
from reconciler.aws.ask import FIRST_REQUESTS
from reconciler.aws.clients import connect
from reconciler.aws.errors import AwsError
from reconciler.linking_functions import find_linking_functions
from scavenger_ops.cli import app
from support.endpoint import endpoint
from support.redrive_aws import Kind, RedriveAws, redrive_aws
from typer.testing import CliRunner

COMMANDS = {
    "status": ["status", "--name", "scavenger"],
    "logs": ["logs", "--name", "scavenger"],
    "redrive": ["redrive", "--bucket", "failures", "--function", "scavenger"],
    "reconcile": ["reconcile", "--staging", "staging", "--messages", "messages"],
}
# Nothing listens there.
NO_SERVER = "http://127.0.0.1:9"
SECRET = "FwoGZXIvYXdzEJr//////////wEaDKcF+3L8kX9"
SIGNATURE = (
    "The request signature we calculated does not match the signature you provided.\n\nThe Canonical String for this "
    f"request should have been\n'POST\n/\n\nhost:example.org\nx-amz-security-token:{SECRET}\n'"
)
ANSWERS = {
    "a signature that does not match": json.dumps({"__type": "InvalidSignatureException", "message": SIGNATURE}),
    "a page": f"<html><head><title>403 Forbidden</title></head>\n<body>{SECRET}</body></html>",
    "a long line": f"no {'x' * 5000} {SECRET}",
}
# Credentials that AWS refuses, and a proxy's page: AWS could not be asked. To the last, AWS itself said no.
CODES = dict(zip(ANSWERS.values(), (3, 3, 1), strict=True))


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_an_error_shows_one_line_and_no_credential(
    command: list[str], answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of the response does not matter."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with endpoint(403, answer.encode()) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        ran = CliRunner().invoke(app, command)
    assert ran.exit_code == CODES[answer]
    assert SECRET not in ran.output
    assert "<" not in ran.output
    assert max(map(len, ran.output.splitlines())) < 600


@pytest.mark.parametrize("name", ["", " ", "\n", "orders\n", "or\x1bders", "or\tders", "\udcff"])
@pytest.mark.parametrize(
    ("command", "option"),
    [(command, option) for command, words in COMMANDS.items() for option in words if option.startswith("--")]
    + [("redrive", "--of")],
)
def test_an_impossible_name_is_wrong_usage(command: str, option: str, name: str) -> None:
    """No request is sent for it, and it is not shown as it is."""
    ran = CliRunner().invoke(app, [*COMMANDS[command], option, name])
    assert ran.exit_code == 2, ran.output
    assert "a name must have at least one character" in " ".join(ran.output.replace("│", " ").split())
    assert "\x1b" not in ran.output


@pytest.fixture
def _time_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count the backoff between requests, but skip it."""
    monkeypatch.setattr(ask, "_wait", lambda *_: None)


def seconds_spent(said: str) -> int:
    """Return after how many seconds a request failed."""
    found = re.search(r"after \d+ attempts in (\d+) s", said)
    assert found, said
    return int(found[1])


@pytest.mark.usefixtures("_time_is_skipped")
@pytest.mark.parametrize("command", ["logs", "redrive", "reconcile"])
def test_a_first_request_that_fails_ends_the_command_soon(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody is waiting, and no work is lost yet."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", NO_SERVER)
    ran = CliRunner().invoke(app, COMMANDS[command])
    assert ran.exit_code == 3
    assert seconds_spent(ran.stderr) <= FIRST_REQUESTS.total_timeout_s


@pytest.mark.usefixtures("_time_is_skipped")
@pytest.mark.parametrize("kind", ["mappings", "list"])
def test_redrives_next_requests_fail_as_soon(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is the case until the objects are listed."""
    with redrive_aws(RedriveAws(faults={kind: "drop"})) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        ran = CliRunner().invoke(app, COMMANDS["redrive"])
    assert ran.exit_code == 3
    assert seconds_spent(ran.stderr) <= FIRST_REQUESTS.total_timeout_s


@pytest.mark.usefixtures("_time_is_skipped")
def test_reconciles_requests_about_functions_fail_as_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """That is the case before it compares anything."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", NO_SERVER)
    tables: Any = None
    with pytest.raises(AwsError) as raised:
        find_linking_functions(connect("lambda"), tables)
    assert seconds_spent(str(raised.value)) <= FIRST_REQUESTS.total_timeout_s
