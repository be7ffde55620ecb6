"""What a command says of an error that AWS, or a proxy before it, has answered."""

import json

import pytest
from scavenger_ops.cli import app
from support.endpoint import endpoint
from typer.testing import CliRunner

COMMANDS = {
    "status": ["status", "--name", "scavenger"],
    "redrive": ["redrive", "--bucket", "failures", "--function", "scavenger"],
    "reconcile": ["reconcile", "--staging", "staging", "--messages", "messages"],
}
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


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_of_an_error_one_line_is_told_and_no_credential(
    command: list[str], answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever else stands in the answer."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with endpoint(403, answer.encode()) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        ran = CliRunner().invoke(app, command)
    assert ran.exit_code == 1
    assert SECRET not in ran.output
    assert "<" not in ran.output
    assert max(map(len, ran.output.splitlines())) < 600


@pytest.mark.parametrize("name", ["", " ", "\n", "orders\n", "or\x1bders", "or\tders", "\udcff"])
@pytest.mark.parametrize(
    ("command", "option"),
    [(command, option) for command, words in COMMANDS.items() for option in words if option.startswith("--")],
)
def test_what_can_be_no_name_is_wrong_usage(command: str, option: str, name: str) -> None:
    """And nothing is asked of AWS for it. It is in no output as it is."""
    ran = CliRunner().invoke(app, [*COMMANDS[command], option, name])
    assert ran.exit_code == 2, ran.output
    assert "a name has at least one character" in " ".join(ran.output.replace("│", " ").split())
    assert "\x1b" not in ran.output
