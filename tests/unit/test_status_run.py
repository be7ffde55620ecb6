"""scavenger status shows a report or JSON, and its exit code says whether all is well."""

import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from reconciler.explained_error import NoAwsError
from rich.console import Console
from scavenger_ops.cli import app
from scavenger_ops.status import run as status_run
from scavenger_ops.status.facts import Facts
from scavenger_ops.status.report import StatusReport
from support.schemas import check_result
from support.status_facts import HEALTHY
from typer.testing import CliRunner

ILL = replace(HEALTHY, concurrency=0)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the deployments that were read. All are healthy, but for the one called ill."""
    asked: list[str] = []

    def read(name: str) -> Facts:
        asked.append(name)
        if name == "nowhere":
            raise NoAwsError("AWS did not answer.")
        return ILL if name == "ill" else HEALTHY

    monkeypatch.setattr(status_run, "read_facts", read)
    # A watch has no end.
    monkeypatch.setattr(status_run, "watch", lambda *_: pytest.fail("it is watched"))
    monkeypatch.delenv("SCAVENGER_NAME", raising=False)
    return asked


def status(*arguments: str) -> Any:
    """Run the command."""
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, ["status", *arguments])


@pytest.mark.parametrize(
    ("name", "code", "verdict"), [("orders", 0, "✓ orders"), ("ill", 1, "✗ orders · us-east-1 · 1 problem")]
)
def test_the_screen_and_the_exit_code_say_the_same(asked: list[str], name: str, code: int, verdict: str) -> None:
    """The deployment is read once."""
    ran = status(name)
    assert (ran.exit_code, asked) == (code, [name])
    assert ran.stdout.startswith(verdict)


@pytest.mark.parametrize(("name", "code"), [("orders", 0), ("ill", 1)])
def test_json_has_the_same_exit_code(asked: list[str], name: str, code: int) -> None:
    """It has the documented form."""
    ran = status("--name", name, "--json")
    result = json.loads(ran.stdout)
    check_result("status", result)
    assert (ran.exit_code, result["is_well"], asked) == (code, code == 0, [name])


def test_an_error_is_not_a_state(asked: list[str]) -> None:
    """Its exit code is that of the error, also with --json."""
    ran = status("nowhere")
    assert (ran.exit_code, ran.stdout, ran.stderr) == (3, "", "error: AWS did not answer.\n")
    ran = status("nowhere", "--json")
    assert (ran.exit_code, asked) == (3, ["nowhere"] * 2)
    assert json.loads(ran.stdout)["error"] == {"message": "AWS did not answer.", "exit_code": 3}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [(("--json",), "a screen that is drawn again is not JSON"), ((), "standard output is not a terminal")],
)
def test_only_a_screen_can_be_watched(asked: list[str], arguments: tuple[str, ...], reason: str) -> None:
    """Nothing is read without one."""
    ran = status("orders", "--watch", *arguments)
    assert (ran.exit_code, asked) == (2, [])
    assert reason in " ".join(ran.stderr.replace("│", "").split())


def test_a_watched_deployment_is_read_for_each_screen(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Until a signal ends the process."""
    shown: list[bool] = []

    def watch(read: Callable[[], StatusReport], _: Console) -> None:
        shown.extend(read().is_well for _ in range(2))
        raise SystemExit(130)

    monkeypatch.setattr(status_run, "watch", watch)
    with pytest.raises(SystemExit):
        status_run.run("ill", as_json=False, is_watched=True)
    assert (shown, asked) == ([False, False], ["ill", "ill"])


def test_the_option_watches(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal."""
    seen: list[object] = []

    def run(name: str, **options: bool) -> int:
        seen.append((name, options))
        return 0

    monkeypatch.setattr(status_run, "run", run)
    monkeypatch.setattr("scavenger_ops.status.cli.sys", SimpleNamespace(stdout=SimpleNamespace(isatty=lambda: True)))
    assert status("orders", "--watch", "--region", "eu-west-1").exit_code == 0
    assert (seen, asked) == ([("orders", {"as_json": False, "is_watched": True})], [])
