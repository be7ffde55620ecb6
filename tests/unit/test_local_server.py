"""The server of the local AWS sends each response in one piece, and runs with all fixes."""

import asyncio
import pkgutil
import runpy
import sys
from importlib import import_module
from types import ModuleType

import pytest
from hypercorn.asyncio import run
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData
from ministack import app
from scavenger_ops import local
from scavenger_ops.local import server

HEAD = b"HTTP/1.1 200 \r\ncontent-length: 2\r\n\r\n"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """Return what is sent to the client."""
    sent: list[Event] = []

    async def send(_: TCPServer, event: Event) -> None:
        sent.append(event)

    monkeypatch.setattr(TCPServer, "protocol_send", send)
    return sent


def send(*events: Event) -> None:
    """Send events over one connection."""
    connection = server.UnsplitResponses.__new__(server.UnsplitResponses)

    async def send_all() -> None:
        for event in events:
            await connection.protocol_send(event)

    asyncio.run(send_all())


def test_a_head_waits_for_the_body(sent: list[Event]) -> None:
    """Both are one piece. What follows is sent as it comes, and the next response anew."""
    send(*map(RawData, (HEAD, b"{", b"}", HEAD, b"[]")))
    assert sent == [RawData(HEAD + b"{"), RawData(b"}"), RawData(HEAD + b"[]")]


def test_a_head_waits_for_the_end_of_a_response_without_a_body(sent: list[Event]) -> None:
    """Hypercorn then sends empty data."""
    send(RawData(HEAD))
    assert sent == []
    send(RawData(HEAD), RawData(b""))
    assert sent == [RawData(HEAD)]


def test_an_interim_response_is_sent_at_once(sent: list[Event]) -> None:
    """The client waits for it before it sends the body of its request."""
    interim = RawData(b"HTTP/1.1 100 \r\n\r\n")
    send(interim, RawData(HEAD), RawData(b"{}"))
    assert sent == [interim, RawData(HEAD + b"{}")]


def test_other_events_are_passed_on(sent: list[Event]) -> None:
    """Such as the end of the connection."""
    send(Closed())
    assert sent == [Closed()]


def test_the_program_runs_ministack_with_all_fixes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of each module that has some. It speaks HTTP/1.1 only, and takes no other port than its own."""
    installed: list[str] = []
    fixes = [name for _, name, _ in pkgutil.iter_modules(local.__path__) if hasattr(import_of(name), "install")]
    for name in fixes:
        monkeypatch.setattr(import_of(name), "install", lambda name=name: installed.append(name))
    for owner, name in ((run, "TCPServer"), (Config, "alpn_protocols"), (app, "_port_is_bindable")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    monkeypatch.setattr(app, "main", lambda: installed.append("started"))
    monkeypatch.delitem(sys.modules, server.__name__)
    runpy.run_module(server.__name__, run_name="__main__")
    assert (sorted(installed[:-1]), installed[-1]) == (sorted(fixes), "started")
    assert "mapping" in fixes
    assert run.TCPServer.__name__ == "UnsplitResponses"  # type: ignore[attr-defined]
    assert Config().alpn_protocols == ["http/1.1"]
    assert not vars(app)["_port_is_bindable"]("127.0.0.1", 443)


def import_of(name: str) -> ModuleType:
    """Return a module of the local AWS."""
    return import_module(f"{local.__name__}.{name}")
