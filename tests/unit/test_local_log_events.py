"""Each line of a log on the local AWS has an ID of its own, so that a reader can tell equal lines apart."""

from typing import Any

import pytest
from ministack.services import cloudwatch_logs
from scavenger_ops.local.log_events import append, install

LINE = {"timestamp": 1, "message": "again", "ingestionTime": 1}


def new_stream() -> dict[str, Any]:
    """Return a log stream of MiniStack's without events."""
    return {"events": [], "firstEventTimestamp": None, "lastEventTimestamp": None, "lastIngestionTime": None}


def test_equal_lines_have_different_ids() -> None:
    """Also those of one call."""
    stream = new_stream()
    append(stream, [LINE, LINE])
    append(stream, [LINE])
    assert len({event["eventId"] for event in stream["events"]}) == 3


def test_an_id_stays() -> None:
    """PutLogEvents has given it already."""
    stream = new_stream()
    append(stream, [LINE | {"eventId": "own"}])
    assert stream["events"] == [LINE | {"eventId": "own"}]


def test_ministack_appends_with_this_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is installed."""
    monkeypatch.setattr(cloudwatch_logs, "_append_log_events", None)
    install()
    assert vars(cloudwatch_logs)["_append_log_events"] is append
