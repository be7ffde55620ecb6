"""Threads that are used again."""

import threading
from queue import SimpleQueue

from scavenger_ops.aws.background import run_in_background


def test_threads_are_used_again() -> None:
    """Only one that still waits for an answer is left, and another takes its place."""
    end, threads = threading.Event(), SimpleQueue[int]()

    def wait() -> None:
        threads.put(threading.get_ident())
        end.wait()

    run_in_background(wait)
    left = threads.get()
    used = []
    # Now and then the next piece of work comes before the thread is back, and has another.
    for _ in range(100):
        run_in_background(lambda: threads.put(threading.get_ident()))
        used.append(threads.get())
    end.set()
    assert left not in used
    assert len(set(used)) < len(used)
