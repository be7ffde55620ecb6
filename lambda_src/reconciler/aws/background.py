"""Threads that the process does not wait for at its end, so that it can leave a request that hangs."""

import threading
from collections.abc import Callable
from queue import SimpleQueue

Work = Callable[[], None]

# The inboxes of idle threads. A new thread for each request would take a fifth of the request's CPU.
_idle: list[SimpleQueue[Work]] = []


def run_in_background(work: Work) -> None:
    """Run a function, which must not raise, in a thread of its own."""
    try:
        inbox = _idle.pop()
    except IndexError:
        inbox = SimpleQueue()
        threading.Thread(target=_work, args=(inbox,), daemon=True, name="background").start()
    inbox.put(work)


def _work(inbox: SimpleQueue[Work]) -> None:
    while True:
        inbox.get()()
        _idle.append(inbox)
