"""A log that is followed is shown as it comes."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console
from scavenger_ops.cli import app
from scavenger_ops.logs import run as logs_run
from support.log_api import GROUP, LogApi, log_api
from support.log_events import STOPPED, SUMMARY, events
from typer.testing import CliRunner

SINCE_MS = 1_800_000_000_000
Follow = Callable[..., Any]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> LogApi:
    """Return a log with a line, to which the first wait adds another one. After the second, nobody reads any more."""
    api = LogApi([events(SUMMARY, since_ms=SINCE_MS)])
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        assert seconds == logs_run.POLL_INTERVAL_S
        assert len(waits) <= 2, "the command polls for ever"
        api.pages = [events(SUMMARY, STOPPED, since_ms=SINCE_MS)]

    monkeypatch.setattr(time, "sleep", wait)
    monkeypatch.setattr(time, "time", lambda: SINCE_MS / 1000 + 60)
    monkeypatch.setattr(logs_run, "is_output_lost", lambda: len(waits) in {0, 2})
    return api


def follow(api: LogApi, *arguments: str) -> Any:
    """Run the command until its output is lost."""
    with log_api(api) as url:
        runner = CliRunner(env={"AWS_ENDPOINT_URL": url, "COLUMNS": "60"})
        return runner.invoke(app, ["logs", "orders", "--follow", "--since", "5m", *arguments])


def test_each_line_is_shown_once(api: LogApi) -> None:
    """The first message says what is followed. In a pipe, each line is one line."""
    ran = follow(api)
    assert (ran.exit_code, len(api.requests)) == (0, 2)
    assert ran.stderr == f"Following {GROUP} in us-east-1. Ctrl-C ends it.\n"
    lines = [line for line in ran.stdout.splitlines() if "Batch done" in line or "ERROR" in line]
    assert ["Deletes stopped" in line for line in lines] == [False, True]
    assert len(lines[1]) > 80


def test_json_is_a_line_each(api: LogApi) -> None:
    """Without any other text."""
    ran = follow(api, "--json")
    assert ran.stderr == ""
    assert [json.loads(line)["message"] for line in ran.stdout.splitlines()] == ["Batch done", "Deletes stopped"]


def test_only_problems_are_followed_with_errors(api: LogApi) -> None:
    """Also if AWS sends other lines."""
    ran = follow(api, "--errors", "--json")
    assert [json.loads(line)["message"] for line in ran.stdout.splitlines()] == ["Deletes stopped"]


def test_a_terminal_has_its_own_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long lines are wrapped there."""
    for is_terminal, width in ((True, 60), (False, logs_run.UNWRAPPED)):
        console = Console(width=60, force_terminal=is_terminal)
        monkeypatch.setattr(logs_run, "open_console", lambda console=console: console)
        assert logs_run._open_console().width == width  # noqa: SLF001 - there is no other
