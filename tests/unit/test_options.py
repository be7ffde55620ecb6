"""A name is taken from where it is given, and Region and profile are those of the options."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import typer
from scavenger_ops import program
from scavenger_ops.cli import app
from scavenger_ops.options import choose_name, complete_name, given_name, read_duration, read_name, use_aws
from scavenger_ops.toolchain import BIN
from support.endpoint import endpoint
from support.listed_functions import function, lambda_api

SCAVENGER = str(BIN / "scavenger")
# Lambda says that the function does not exist, so the error has the name that the command asked for.
ABSENT = (404, b'{"Code": "ResourceNotFoundException", "Message": "none"}')


def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run the command, and return its exit code, output and errors."""
    ran = subprocess.run(
        [SCAVENGER, *arguments], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    return ran.returncode, ran.stdout, ran.stderr


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["chosen"], {}),
        (["--name", "chosen"], {}),
        ([], {"SCAVENGER_NAME": "chosen"}),
        (["chosen"], {"SCAVENGER_NAME": "other"}),
        (["--name", "chosen"], {"SCAVENGER_NAME": "other"}),
        (["chosen", "--name", "chosen"], {}),
    ],
    ids=repr,
)
@pytest.mark.parametrize("command", ["status", "logs", "redrive", "reconcile"])
def test_the_name_is_taken_from_where_it_is_given(
    command: str, arguments: list[str], environment: Mapping[str, str]
) -> None:
    """The command line comes before the environment."""
    with endpoint(*ABSENT) as url:
        _, _, errors = run(command, *arguments, AWS_ENDPOINT_URL=url, **environment)
    assert "chosen" in errors
    assert "other" not in errors


@pytest.mark.parametrize("command", ["status", "logs", "redrive", "reconcile"])
def test_without_a_name_the_only_deployment_is_meant(command: str) -> None:
    """Without one, the error says so."""
    with lambda_api([]) as url:
        code, _, errors = run(command, AWS_ENDPOINT_URL=url, SCAVENGER_NAME="")
    assert (code, "There is no deployment in us-east-1" in errors) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [(["a", "--name", "b"], {}), ([""], {}), ([], {"SCAVENGER_NAME": "\x1b"})],
    ids=["two names", "an empty one", "an unprintable one"],
)
def test_a_name_that_is_none_is_wrong_usage(arguments: list[str], environment: Mapping[str, str]) -> None:
    """No request is sent for it."""
    code, _, errors = run("status", *arguments, AWS_ENDPOINT_URL="http://127.0.0.1:9", **environment)
    assert (code, errors.startswith("Usage: ")) == (2, True)


def test_region_and_profile_are_those_of_the_options(tmp_path: Path) -> None:
    """A profile's credentials are used although the environment has others, as in the AWS CLI."""
    (tmp_path / "config").write_text("[profile theirs]\naws_access_key_id = THEIRS\naws_secret_access_key = x\n")
    script = (
        "import sys\nfrom scavenger_ops.options import use_aws\nuse_aws(*sys.argv[1:])\n"
        "import boto3\ns = boto3.Session()\nprint(s.region_name, s.get_credentials().access_key)"
    )
    environment = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_REGION": "us-west-2"}
    for arguments, expected in ((["eu-west-1", "theirs"], "eu-west-1 THEIRS"), (["", ""], "us-west-2 testing")):
        ran = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            env={**os.environ, **environment, "AWS_ACCESS_KEY_ID": "testing"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout.strip() == expected


@pytest.mark.parametrize(("shell", "instruction"), [("bash", "complete_bash"), ("zsh", "complete_zsh")])
def test_the_shell_completes_names(shell: str, instruction: str) -> None:
    """It asks in the Region of the command line."""
    line = "scavenger status --region eu-west-1 or"
    environment = {"_SCAVENGER_COMPLETE": instruction, "COMP_WORDS": line, "COMP_CWORD": "4"}
    with lambda_api([function("orders"), function("payments")]) as url:
        _, output, errors = run(AWS_ENDPOINT_URL=url, _TYPER_COMPLETE_ARGS=line, **environment)
    assert "orders" in output, (shell, errors)
    assert "payments" not in output


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("status", "orders", "--region", "atlantis-1"), 3),
        (("status", "orders", "--profile", "there-is-none"), 3),
        (("status", "orders", "--region", ""), 2),
    ],
    ids=repr,
)
def test_settings_that_lead_nowhere_have_one_line(arguments: tuple[str, ...], code: int) -> None:
    """It says what to do."""
    ended, _, errors = run(*arguments, AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_EC2_METADATA_DISABLED="true")
    assert (ended, "Traceback" in errors) == (code, False), errors
    if code == 3:
        assert errors.count("\n") == 1


@pytest.fixture
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the AWS settings of the tests."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "SCAVENGER_NAME"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("_no_settings")
def test_an_option_is_a_setting_for_all_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boto3 does not read AWS_REGION. The keys in the environment are not those of the profile."""
    use_aws(None, None)
    assert "AWS_DEFAULT_REGION" not in os.environ
    assert "AWS_ACCESS_KEY_ID" in os.environ
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    use_aws(None, None)
    assert os.environ["AWS_DEFAULT_REGION"] == "us-west-2"
    use_aws("eu-west-1", "theirs")
    assert os.environ["AWS_REGION"] == os.environ["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert os.environ["AWS_PROFILE"] == "theirs"
    assert os.environ.keys().isdisjoint({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})
    assert program.scavenger("status").endswith("status --region eu-west-1 --profile theirs")


@pytest.mark.usefixtures("_no_settings")
def test_the_name_is_the_first_that_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """If none is, that of the only deployment. Nothing is asked for a name that is given."""
    with lambda_api([function("only")]) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        assert choose_name(None, None) == "only"
    monkeypatch.setenv("SCAVENGER_NAME", "of-environment")
    assert choose_name(None, None) == "of-environment"
    assert choose_name(None, "option") == choose_name("option", "option") == "option"
    assert choose_name("argument", None) == "argument"
    with pytest.raises(typer.BadParameter, match=r"'b' and NAME, 'a', differ"):
        choose_name("a", "b")


@pytest.mark.usefixtures("_no_settings")
@pytest.mark.parametrize("name", ["", " ", "a\x1b[31m"])
def test_a_name_must_be_printable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in the environment, where only an empty one is as none."""
    with pytest.raises(typer.BadParameter, match="only printable ones"):
        read_name(name)
    monkeypatch.setenv("SCAVENGER_NAME", name)
    if name:
        with pytest.raises(typer.BadParameter, match="only printable ones"):
            given_name()
    else:
        assert given_name() is None


@pytest.mark.usefixtures("_no_settings")
def test_names_that_begin_so_complete_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are asked for in the Region of the command line. No answer completes nothing."""
    context = typer.Context(typer.main.get_command(app))
    context.params = {"region": "eu-west-1"}
    with lambda_api([function("orders"), function("payments"), function("order", handler="other.handler")]) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        assert complete_name(context, "or") == ["orders"]
        assert complete_name(context, "") == ["orders", "payments"]
    assert os.environ["AWS_REGION"] == "eu-west-1"
    assert complete_name(context, "") == []


def test_a_duration_is_one_or_wrong_usage() -> None:
    """The error says what one looks like."""
    assert read_duration("15m") == 900
    with pytest.raises(typer.BadParameter, match="such as 90s"):
        read_duration("yesterday")


@pytest.mark.parametrize("command", ["status", "logs", "redrive", "reconcile"])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("orders", "There is no function orders in us-east-1. Use the name of the deployment's function"),
        ("a/b", "'a/b' is not the name or ARN of a function."),
        ("arn:aws:lambda:eu-west-1:000000000000:function:orders", "Function orders is in eu-west-1, but"),
    ],
    ids=["absent", "no name", "another Region"],
)
def test_each_command_says_the_same_of_a_wrong_name(command: str, name: str, said: str) -> None:
    """An operator should not have to know which request failed."""
    with endpoint(*ABSENT) as url:
        code, _, errors = run(command, name, AWS_ENDPOINT_URL=url)
    assert (code, errors.startswith(f"error: {said}")) == (1, True), errors


def test_a_wrong_name_in_the_environment_is_named() -> None:
    """Nobody would look for it there."""
    code, _, errors = run("status", SCAVENGER_NAME=" ")
    assert (code, "Invalid value for SCAVENGER_NAME" in errors) == (2, True), errors
