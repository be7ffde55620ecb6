"""Threads that the process does not wait for in the end, so that what hangs in one can be left."""

import threading
from collections.abc import Callable
from queue import SimpleQueue

Work = Callable[[], None]

# Of the threads that have nothing to do. To start one for each request takes a fifth of the request's CPU.
_idle: list[SimpleQueue[Work]] = []


def run_in_background(work: Work) -> None:
    """Run something that raises nothing in a thread of its own."""
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
