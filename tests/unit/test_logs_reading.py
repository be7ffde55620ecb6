"""Following a log shows each event once, also a late one, and the filter finds what the command calls a problem."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from scavenger_ops.logs.line import read_line
from scavenger_ops.logs.reading import MOST_READ_AGAIN_MS, OVERLAP_MS, PROBLEMS_PATTERN, follow
from support.log_events import LEFT_OUT, SHOWN
from support.log_filter import is_found

HOUR_MS = 3_600_000


class FakeLog:
    """A log that gets events between the polls. `since` has the time that each poll reads from."""

    def __init__(self, *polls: list[tuple[str, int]]) -> None:
        self.polls = list(polls)
        self.events: list[dict[str, Any]] = []
        self.since: list[int] = []

    def read(self, since_ms: int) -> Iterator[dict[str, Any]]:
        """Yield the events so far since a time."""
        self.events += [{"eventId": name, "timestamp": at_ms} for name, at_ms in self.polls.pop(0)]
        self.since.append(since_ms)
        yield from sorted(
            (event for event in self.events if event["timestamp"] >= since_ms), key=lambda event: event["timestamp"]
        )

    def follow(self, now_ms: int = HOUR_MS) -> list[str]:
        """Return the events in the order in which they are shown."""
        shown = follow(self.read, 0, lambda: now_ms, lambda: bool(self.polls))
        return [event["eventId"] for event in shown]


def test_each_event_is_shown_once() -> None:
    """Two may have the same time."""
    log = FakeLog([("a", HOUR_MS)], [("b", HOUR_MS), ("c", HOUR_MS + 1)], [])
    assert log.follow() == ["a", "b", "c"]


def test_a_late_event_is_shown() -> None:
    """It is older than one that was shown before."""
    assert FakeLog([("a", HOUR_MS)], [("late", HOUR_MS - OVERLAP_MS)]).follow() == ["a", "late"]


def test_a_quiet_log_is_not_read_from_its_beginning_again() -> None:
    """Each poll reads some minutes at most."""
    log = FakeLog([("a", 1)], [], [])
    log.follow()
    assert log.since == [0, HOUR_MS - MOST_READ_AGAIN_MS, HOUR_MS - MOST_READ_AGAIN_MS]


def test_an_event_from_the_future_hides_none() -> None:
    """The next poll reads from the present time."""
    assert FakeLog([("future", 2 * HOUR_MS)], [("now", HOUR_MS)]).follow() == ["future", "now"]


@pytest.mark.parametrize("told", [*(each for each, _ in SHOWN.values()), *LEFT_OUT.values()], ids=[*SHOWN, *LEFT_OUT])
def test_the_filter_finds_the_problems_and_nothing_else(told: dict[str, Any]) -> None:
    """So AWS sends no more than what --errors shows, and no less."""
    found = read_line(1, json.dumps(told))
    assert is_found(told, PROBLEMS_PATTERN) == bool(found and found.is_problem)
