"""The requests in flight: threads send them, and one thread waits for their answers."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

Request = TypeVar("Request")
Reply = TypeVar("Reply")

# An answer that arrives a byte at a time meets no time-out, and nothing ends the thread that reads it. With up to this
# many such threads, an invocation still has all the threads that it needs.
SPARE_THREADS = 8


@cache
def _threads(most: int) -> ThreadPoolExecutor:
    """Return the threads, which all invocations share. If each invocation had its own, each could leave some behind."""
    return ThreadPoolExecutor(most + SPARE_THREADS, thread_name_prefix="in-flight")


class InFlight(Generic[Request, Reply]):
    """Up to `most` requests in flight at the same time, each sent by a thread of its own."""

    def __init__(self, most: int) -> None:
        self._pool = _threads(most)
        self._requests: dict[Future[Reply], Request] = {}
        # Each future puts itself here when it is done. Looking through all futures each time takes more CPU.
        self._answered: SimpleQueue[Future[Reply]] = SimpleQueue()

    def __len__(self) -> int:
        """Return the number of requests that are not answered yet."""
        return len(self._requests)

    def requests(self) -> list[Request]:
        """Return the requests that are not answered yet."""
        return list(self._requests.values())

    def start(self, request: Request, send: Callable[[], Reply]) -> None:
        """Send a request in a thread."""
        future = self._pool.submit(send)
        self._requests[future] = request
        future.add_done_callback(self._answered.put)

    def wait(self, timeout_s: float) -> list[tuple[Request, Reply]]:
        """Wait until a request is answered or the time is over. Return the answered requests, each with its reply.

        Raises what `send` raised.
        """
        if not self._requests:
            time.sleep(max(0.0, timeout_s))
            return []
        answered: list[Future[Reply]] = []
        with suppress(Empty):
            answered.append(self._answered.get(timeout=max(0.0, timeout_s)))
            while True:
                answered.append(self._answered.get_nowait())
        return [(self._requests.pop(future), future.result()) for future in answered]

    def close(self) -> None:
        """Drop the requests: those that no thread has started are not sent, and the others are not waited for."""
        for request in self._requests:
            request.cancel()
