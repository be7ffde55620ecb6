"""Background threads are reused."""

import threading
from queue import SimpleQueue

from reconciler.aws.background import run_in_background


def test_background_threads_are_reused() -> None:
    """A thread that still waits for a response is left alone, and another one does the work."""
    end, threads = threading.Event(), SimpleQueue[int]()

    def wait() -> None:
        threads.put(threading.get_ident())
        end.wait()

    run_in_background(wait)
    left = threads.get()
    used = []
    # Sometimes the next piece of work comes before the thread is idle again, and gets a new thread.
    for _ in range(100):
        run_in_background(lambda: threads.put(threading.get_ident()))
        used.append(threads.get())
    end.set()
    assert left not in used
    assert len(set(used)) < len(used)
