"""scavenger logs shows the log of a deployment's function, or says what to do if there is none."""

import json
import subprocess
import sys
import time
from typing import Any

import pytest
from scavenger_ops.cli import app
from scavenger_ops.logs.known_fields import KNOWN_FIELDS
from scavenger_ops.logs.reading import PROBLEMS_PATTERN
from scavenger_ops.toolchain import BIN
from support.log_api import GROUP, LogApi, log_api
from support.log_events import DENIED, LEFT_OUT, SHOWN, STOPPED, SUMMARY, events
from support.schemas import check_result, read_schema
from typer.testing import CliRunner

ALL = events(*(told for told, _ in SHOWN.values()), *LEFT_OUT.values(), "text")


def logs(api: LogApi, *arguments: str, name: str = "orders") -> Any:
    """Run the command, and return its result."""
    with log_api(api) as url:
        return CliRunner(env={"AWS_ENDPOINT_URL": url, "COLUMNS": "120"}).invoke(app, ["logs", name, *arguments])


def test_the_first_line_says_how_many_lines_have_problems() -> None:
    """The lines come after it, those of all pages."""
    ran = logs(LogApi([events(SUMMARY), [], events(STOPPED, since_ms=1_795_946_500_000)]))
    verdict, day, *lines = ran.stdout.splitlines()
    assert ran.exit_code == 0
    assert verdict.startswith("✗ orders · us-east-1 · 1 line with problems since ")
    assert (day, len(lines)) == ("2026-11-29, times in UTC", 2)
    assert lines[1] == f"10:01:40  ERROR     Deletes stopped: {DENIED}"


def test_a_log_without_problems_is_good() -> None:
    """The verdict says since when."""
    ran = logs(LogApi([events(SUMMARY)]))
    assert ran.stdout.startswith("✓ orders · us-east-1 · no problems in the log since 20")


@pytest.mark.parametrize(
    ("pages", "expected"),
    [((), f"Log group {GROUP} is empty since then."), (tuple(LEFT_OUT.values()), "metrics and starts and ends")],
)
def test_a_log_without_lines_says_so(pages: tuple[dict[str, Any], ...], expected: str) -> None:
    """It names the window and the log group, and how to see more."""
    ran = logs(LogApi([events(*pages)]), "--since", "5m")
    assert ran.exit_code == 0
    assert ran.stdout.startswith("? orders · us-east-1 · no lines in the log since 20")
    assert expected in ran.stdout
    assert "--since" in ran.stdout


def test_errors_alone_are_asked_for_and_shown() -> None:
    """Also if AWS, like the local AWS, does not know the filter pattern."""
    api = LogApi([ALL])
    ran = logs(api, "--errors", "--json")
    assert [json.loads(line)["is_problem"] for line in ran.stdout.splitlines()] == [True] * 8
    assert api.requests[0]["filterPattern"] == PROBLEMS_PATTERN


def test_a_log_without_errors_is_good_with_errors_alone() -> None:
    """Nothing else was read."""
    assert logs(LogApi(), "--errors").stdout.startswith("✓ orders · us-east-1 · no problems in the log since 20")


def test_a_log_of_text_is_filtered_here() -> None:
    """A filter pattern for JSON would find nothing in it."""
    api = LogApi([events("START RequestId: a", "[ERROR] no", "text")], log_format="Text")
    assert "1 line with problems" in logs(api, "--errors").stdout
    assert "filterPattern" not in api.requests[0]


def test_the_log_begins_where_since_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour ago, if it says nothing. An age of centuries is the beginning of all times."""
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    for arguments, since_s in (((), 3600), (("--since", "2d"), 2 * 86_400), (("--since", "999999999d"), 1_000_000)):
        api = LogApi()
        assert logs(api, *arguments).exit_code == 0
        assert api.requests[0] == {"logGroupName": GROUP, "startTime": 1000 * (1_000_000 - since_s)}


def test_the_log_group_is_lambdas_own_if_the_function_names_none() -> None:
    """Its name is that of the function."""
    api = LogApi(group=None)
    logs(api)
    assert api.requests[0]["logGroupName"] == "/aws/lambda/orders"


def test_each_line_of_json_has_the_documented_form() -> None:
    """All lines that are shown, with every known field."""
    lines = [json.loads(line) for line in logs(LogApi([ALL]), "--json").stdout.splitlines()]
    assert len(lines) == len(SHOWN) + 1
    for line in lines:
        check_result("logs", line)
    known = {name for fields in KNOWN_FIELDS.values() for name in fields}
    of_lambda = {"error_type", "status", "duration_ms", "max_memory_used_mb"}
    assert read_schema("logs")["properties"]["fields"]["properties"].keys() == known | of_lambda


@pytest.mark.parametrize(
    ("api", "name", "expected", "code"),
    [
        (LogApi(fault="ResourceNotFoundException"), "orders", f"log group {GROUP} does not exist", 1),
        (LogApi(fault="AccessDeniedException"), "orders", "Allow your role or user logs:FilterLogEvents.", 1),
        (LogApi(fault="ExpiredTokenException"), "orders", "sign in again", 3),
        (LogApi(), "other", "function other", 1),
    ],
)
def test_an_error_says_what_to_do(api: LogApi, name: str, expected: str, code: int) -> None:
    """With --json, it is the last line, and of the form of all errors."""
    ran = logs(api, name=name)
    assert (ran.exit_code, ran.stdout) == (code, "")
    assert expected in ran.stderr
    ran = logs(api, "--json", name=name)
    (line,) = ran.stdout.splitlines()
    check_result("error", json.loads(line))
    assert (ran.exit_code, json.loads(line)["error"]["exit_code"]) == (code, code)


@pytest.mark.parametrize("since", ["yesterday", "1", "1w", ""])
def test_a_wrong_age_is_wrong_usage(since: str) -> None:
    """The error says what an age looks like."""
    ran = logs(LogApi(), "--since", since)
    assert ran.exit_code == 2
    assert "such as 90s, 15m, 1h or 2d" in " ".join(ran.stderr.split())


def following(url: str, *arguments: str) -> subprocess.Popen[str]:
    """Start the command, which follows the log."""
    return subprocess.Popen(
        [sys.executable, BIN / "scavenger", "logs", "orders", "--follow", *arguments],
        env={
            "AWS_ENDPOINT_URL": url,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_following_shows_new_lines_at_once_until_ctrl_c() -> None:
    """It then ends with 130. A line that was shown is not shown again."""
    now_ms = int(1000 * time.time())
    api = LogApi([events(SUMMARY, since_ms=now_ms)])
    with log_api(api) as url, following(url, "--json") as process:
        assert process.stdout
        assert json.loads(process.stdout.readline())["message"] == "Batch done"
        api.pages = [events(SUMMARY, STOPPED, since_ms=now_ms)]
        assert json.loads(process.stdout.readline())["message"] == "Deletes stopped"
        process.send_signal(2)
        assert process.wait(timeout=30) == 130
        assert process.stdout.read() == ""


def test_following_ends_when_nobody_reads_any_more() -> None:
    """As in a pipe into head."""
    now_ms = int(1000 * time.time())
    api = LogApi([events(SUMMARY, since_ms=now_ms)])
    with log_api(api) as url, following(url) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        api.pages = [events(SUMMARY, STOPPED, since_ms=now_ms)]
        assert process.wait(timeout=60) == 1
        assert "error" not in process.stderr.read()
