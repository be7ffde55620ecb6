"""ops/release.py runs one of its two commands, and ends with one line if that fails."""

import signal
import sys
from typing import Any

import pytest
import release
from releasing.git import INTERRUPTIONS
from releasing.messages import ReleaseError


@pytest.fixture
def handled(monkeypatch: pytest.MonkeyPatch) -> dict[int, Any]:
    """Record the handlers of signals, which would stay after the test."""
    handled: dict[int, Any] = {}
    monkeypatch.setattr(signal, "signal", handled.__setitem__)
    return handled


@pytest.mark.parametrize("command", ["make", "check"])
def test_a_command_gets_its_argument(command: str, handled: dict[int, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Signals end it as Ctrl-C does."""
    called: list[str] = []
    monkeypatch.setattr(release, command, called.append)
    monkeypatch.setattr(sys, "argv", ["release.py", command, "v0.2.0"])
    release.main()
    assert called == ["v0.2.0"]
    assert handled == dict.fromkeys(INTERRUPTIONS, signal.default_int_handler)


@pytest.mark.usefixtures("handled")
@pytest.mark.parametrize(
    ("error", "expected"), [(ReleaseError("Do this."), "error: Do this."), (KeyboardInterrupt(), 130)]
)
def test_a_command_that_fails_ends_with_its_reason(
    error: BaseException, expected: str | int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a traceback."""

    def fail(_: str) -> None:
        raise error

    monkeypatch.setattr(release, "make", fail)
    monkeypatch.setattr(sys, "argv", ["release.py", "make", "0.2.0"])
    with pytest.raises(SystemExit) as ended:
        release.main()
    assert ended.value.code == expected
