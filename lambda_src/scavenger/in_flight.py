"""The requests that are under way: threads send them, and one thread waits for their answers."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

Request = TypeVar("Request")
Reply = TypeVar("Reply")

# An answer that comes a byte at a time meets no time-out, and nothing ends the thread that reads it. Beside so many of
# those, an invocation still has all the threads that it needs.
SPARE_THREADS = 8


@cache
def _threads(most: int) -> ThreadPoolExecutor:
    """Return the threads that all invocations share. With its own, each invocation could leave some behind."""
    return ThreadPoolExecutor(most + SPARE_THREADS, thread_name_prefix="in-flight")


class InFlight(Generic[Request, Reply]):
    """Up to so many requests under way at the same time, each sent by a thread of its own."""

    def __init__(self, most: int) -> None:
        self._pool = _threads(most)
        self._requests: dict[Future[Reply], Request] = {}
        # Each future puts itself here when it is done: to look through all of them each time takes more CPU.
        self._answered: SimpleQueue[Future[Reply]] = SimpleQueue()

    def __len__(self) -> int:
        """Give the number of requests that are not answered yet."""
        return len(self._requests)

    def requests(self) -> list[Request]:
        """Give the requests that are not answered yet."""
        return list(self._requests.values())

    def start(self, request: Request, send: Callable[[], Reply]) -> None:
        """Let a thread send a request."""
        future = self._pool.submit(send)
        self._requests[future] = request
        future.add_done_callback(self._answered.put)

    def wait(self, timeout_s: float) -> list[tuple[Request, Reply]]:
        """Wait until a request is answered or the time is over, and give what was answered.

        Raises what sending raised.
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
        """Let go of the requests: what no thread has begun is not sent, and what is being sent is not waited for."""
        for request in self._requests:
            request.cancel()
