"""The requests that are under way: threads send them, and one thread waits for their answers."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

Request = TypeVar("Request")
Reply = TypeVar("Reply")


class InFlight(Generic[Request, Reply]):
    """Up to so many requests under way at the same time, each sent by a thread of its own."""

    def __init__(self, most: int) -> None:
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="delete")
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
        """Let go of the threads; one that is still sending is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)
