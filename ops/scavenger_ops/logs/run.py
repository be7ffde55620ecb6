"""The command `scavenger logs`: the lines of the function's log, from a time on."""

import time
from collections.abc import Iterable, Iterator

from rich.console import Console

from scavenger_ops.command import show_json, stderr_console
from scavenger_ops.logs.as_json import to_json
from scavenger_ops.logs.line import LogLine, read_line
from scavenger_ops.logs.reading import Event, FunctionLog, find_log, follow
from scavenger_ops.logs.screen import LogReport, show_lines, show_screen
from scavenger_ops.process import is_output_lost
from scavenger_ops.screen import open_console

POLL_INTERVAL_S = 2.0
# Wider than any line.
UNWRAPPED = 100_000


def run(called: str, since_s: int, *, only_problems: bool, follows: bool, as_json: bool) -> None:
    """Show the lines of the log of the function with this name or ARN. Raises ExplainedError."""
    log, since_ms = find_log(called, only_problems=only_problems), max(0, _now_ms() - 1000 * since_s)
    if follows:
        _show_as_they_come(log, since_ms, only_problems=only_problems, as_json=as_json)
    elif as_json:
        _write_lines(_shown(log.read(since_ms), only_problems=only_problems))
    else:
        _show_report(log, since_ms, only_problems=only_problems)


def _show_report(log: FunctionLog, since_ms: int, *, only_problems: bool) -> None:
    with stderr_console.status("Reading the log"):
        events = list(log.read(since_ms))
    lines = list(_shown(events, only_problems=only_problems))
    report = LogReport(log.name, log.region, log.group, since_ms, lines, len(events) - len(lines), only_problems)
    show_screen(report, _open_console())


def _show_as_they_come(log: FunctionLog, since_ms: int, *, only_problems: bool, as_json: bool) -> None:
    """Show lines until a signal ends the process, or nobody reads them any more."""
    events = follow(log.read, since_ms, _now_ms, _wait)
    lines = _shown(events, only_problems=only_problems)
    if as_json:
        _write_lines(lines)
    else:
        stderr_console.print(f"Following {log.group} in {log.region}. Ctrl-C ends it.", style="dim", markup=False)
        show_lines(lines, _open_console())


def _shown(events: Iterable[Event], *, only_problems: bool) -> Iterator[LogLine]:
    for event in events:
        line = read_line(event["timestamp"], event["message"])
        if line and (line.is_problem or not only_problems):
            yield line


def _write_lines(lines: Iterable[LogLine]) -> None:
    for line in lines:
        show_json(to_json(line), in_a_line=True)


def _open_console() -> Console:
    console = open_console()
    if not console.is_terminal:
        # In a file or a pipe, each line is one line, so that it can be searched.
        console.width = UNWRAPPED
    return console


def _now_ms() -> int:
    return int(1000 * time.time())


def _wait() -> bool:
    """Wait for the next poll. Return False if the output is lost, so that there is nobody to poll for."""
    time.sleep(POLL_INTERVAL_S)
    return not is_output_lost()
