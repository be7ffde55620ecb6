"""Lets a command that deletes data stop in steps after Ctrl-C: finish what is in progress, report, end."""

import signal
import threading
from _thread import start_new_thread
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from scavenger_ops.command import say
from scavenger_ops.signals import SIGNALLED, end_at_once, handle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from signal import _HANDLER

# How long a command waits, after Ctrl-C, for work in progress, before it writes its report.
GRACE_S = 5.0

_STOPPING = "Stopping. Work in progress gets a few seconds to finish; press Ctrl-C again to end it now."


@contextmanager
def stopped_by_signals(told: str = _STOPPING) -> Iterator[threading.Event]:
    """Yield an event that the first Ctrl-C (or SIGTERM, SIGHUP) sets, so that the block can finish its work and stop.

    After GRACE_S, or at a second signal, the block gets a KeyboardInterrupt, so that it can report and end. A third
    signal ends the process at once. After a signal, unless the block raises an error, the process ends with 128 plus
    the number of the first signal. `told` is what the user is told at the first one; nothing if it is empty.
    """
    stop, received = threading.Event(), list[int]()

    def on_signal(number: int, _: FrameType | None) -> None:
        received.append(number)
        if len(received) > 2:  # noqa: PLR2004 - see the docstring
            end_at_once(received[0], None)
        signal.setitimer(signal.ITIMER_REAL, GRACE_S)
        if len(received) > 1:
            raise KeyboardInterrupt
        stop.set()
        if told:
            # In a thread: the interrupted thread may be writing to standard error.
            threading.Thread(target=say, args=(told,), daemon=True).start()

    before = handle(on_signal, signal.SIGALRM)
    try:
        yield stop
    except KeyboardInterrupt:
        if not received:
            raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        _restore(before)
    if received:
        raise SystemExit(SIGNALLED + received[0])


@contextmanager
def stopped_for_clean_up(told: Callable[[int], str]) -> Iterator[threading.Event]:
    """Yield an event that the first signal sets, so that the block can remove what it made. It gets no exception.

    A second signal changes nothing, and a third ends the process at once. `told` returns what the user is told at the
    first and the second one. After a signal, the process ends with 128 plus the number of the first signal.
    """
    stop, received = threading.Event(), list[int]()

    def react(number: int) -> None:
        stop.set()
        say(told(number))

    def on_signal(number: int, _: FrameType | None) -> None:
        received.append(number)
        if len(received) > 2:  # noqa: PLR2004 - see the docstring
            end_at_once(received[0], None)
        # In a thread: the interrupted thread may hold the event's lock, or be writing to standard error.
        start_new_thread(react, (len(received),))

    before = handle(on_signal)
    try:
        yield stop
    finally:
        _restore(before)
    if received:
        raise SystemExit(SIGNALLED + received[0])


def _restore(before: "Mapping[int, _HANDLER]") -> None:
    for number, handler in before.items():
        signal.signal(number, handler)
