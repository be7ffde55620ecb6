"""Sends a request to AWS, with retries and backoff, until the response has the expected form or the time is up.

The backoff, the time-outs and the number of attempts of all requests are set here.
"""

import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, ParamSpec, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from botocore.response import StreamingBody
from scavenger.faults import Fault
from scavenger.redaction import redact

from reconciler.aws.background import run_in_background
from reconciler.aws.clients import answer_of_thread, forget_answer
from reconciler.aws.errors import AwsError, aws_error, describe_request, fault_in, fault_of_form
from reconciler.aws.form import Form, find_flaw

P = ParamSpec("P")
Answer = TypeVar("Answer")

# AWS sometimes refuses good requests and credentials (boto3 issues 509, 1332, 4709), so one refusal proves nothing.
MOST_REFUSALS = 2
# Backoff with full jitter: the longest pause starts at twice the first value, and doubles up to the second.
BASE_BACKOFF_S, MOST_BACKOFF_S = 0.1, 5.0
# How often the wait for a response checks whether to stop.
WATCH_INTERVAL_S = 0.1
# How `redact` begins its description of an HTML page.
_PAGE = "a page"
# The code that botocore and `redact` find in a response that names no error. S3's errors look like pages, but name one.
_WITHOUT_CODE = re.compile(r"\d+|UnnamedError")
# More than any event or object of Lambda has, and small enough to hold in memory.
MOST_BODY_BYTES = 64 * 1024 * 1024


class RetryPolicy(NamedTuple):
    """The time-outs in seconds: of one attempt, until the whole response is read, and of all attempts with backoff.

    Once `stop` is set, waiting ends. `max_attempts` limits requests that are expensive, such as an invocation.
    `on_doubt` is called after each attempt that AWS did not confirm, but may have carried out, or may still carry out.
    """

    attempt_timeout_s: float = 20.0
    total_timeout_s: float = 60.0
    stop: threading.Event | None = None
    max_attempts: int = 1000
    on_doubt: Callable[[], object] | None = None


# For the first requests of a command. It is shorter: no work is lost yet if they fail, and somebody is waiting.
FIRST_REQUESTS = RetryPolicy(attempt_timeout_s=10.0, total_timeout_s=20.0)


class Stopped(Exception):  # noqa: N818 - not an error
    """The command was stopped before the response came. It is unknown whether AWS carried out the request."""


def ask(send: Callable[P, Answer], form: Form, retry_policy: RetryPolicy, *args: P.args, **params: P.kwargs) -> Answer:
    """Send a request with a method of a client from `connect`, and return the response, which has the form.

    A streaming body is read to its end. Raises AwsError and Stopped.
    """
    request = describe_request(send, params)
    spent_s, attempts, refusals, is_in_doubt = 0.0, 0, 0, False
    while True:
        attempts, began_at = attempts + 1, time.monotonic()
        most_s = min(retry_policy.attempt_timeout_s, retry_policy.total_timeout_s - spent_s)
        answer, fault = _attempt(lambda: send(*args, **params), form, most_s, retry_policy.stop)
        if fault is None:
            return answer  # type: ignore[no-any-return]  # its form is checked
        refusals += fault.cause != "passing"
        if not fault.is_rejected:
            is_in_doubt = True
            if retry_policy.on_doubt:
                retry_policy.on_doubt()
        backoff_s = random.uniform(0, min(MOST_BACKOFF_S, BASE_BACKOFF_S * 2**attempts))  # noqa: S311 - jitter is no secret
        # Any time beyond most_s passed while this process, or the whole machine, was suspended.
        spent_s += min(time.monotonic() - began_at, most_s)
        is_over = spent_s + backoff_s >= retry_policy.total_timeout_s or attempts == retry_policy.max_attempts
        if fault.cause == "permanent" or refusals >= MOST_REFUSALS or is_over:
            error = aws_error(request, fault, _attempts_in_words(attempts, spent_s), answer)
            error.is_in_doubt = is_in_doubt
            raise error
        _wait(backoff_s, retry_policy.stop)
        spent_s += backoff_s


def ask_pages(
    send: Callable[..., Answer],
    form: Form,
    retry_policy: RetryPolicy,
    tokens: tuple[str, str],
    **params: Any,  # noqa: ANN401 - depends on the operation
) -> Iterator[Answer]:
    """Send a request for each page, and yield the responses as they come.

    `tokens` names the request's parameter and the response's member that lead to the next page.
    """
    parameter, member = tokens
    while True:
        answer: Any = ask(send, {**form, f"{member}?": str}, retry_policy, **params)
        yield answer
        token = answer.get(member)
        if not token:
            return
        if token == params.get(parameter):
            raise other_form(send, params, f"{member} leads to the same page again")
        params[parameter] = token


def other_form(send: object, params: Mapping[str, Any], flaw: str) -> AwsError:
    """Return the error for a response in which the caller found a flaw. `flaw` says in words what is wrong."""
    return aws_error(describe_request(send, params), fault_of_form(flaw, ""))


def _attempt(
    send: Callable[[], Answer], form: Form, seconds: float, stop: threading.Event | None
) -> tuple[Any, Fault | None]:
    """Send a request once, in a thread. Return the response, or the fault.

    The client's own time-outs are not enough: a DNS look-up and a credential process have none, and the read time-out
    starts again with each byte of a response.
    """
    results: SimpleQueue[tuple[Any, Fault | None]] = SimpleQueue()

    def work() -> None:
        forget_answer()
        try:
            answer = send()
            _read_bodies(answer)
            flaw = find_flaw(answer, form)
            results.put((None, fault_of_form(flaw, _what_came())) if flaw else (answer, None))
        except Exception as error:  # noqa: BLE001 - botocore documents no types, and an odd body can raise any
            results.put((getattr(error, "response", None), _fault(error)))

    run_in_background(work)
    left_s = seconds
    while left_s > 0:
        if stop and stop.is_set():
            raise Stopped
        # Counted in steps: the clock goes on while this process is suspended (SIGSTOP), and the response is waiting.
        step_s = min(left_s, WATCH_INTERVAL_S)
        with suppress(Empty):
            return results.get(timeout=step_s)
        left_s -= step_s
    return None, Fault("NoAnswerError", f"no complete response within {seconds:.0f} s", "passing")


def _read_bodies(answer: Any) -> None:  # noqa: ANN401 - depends on the operation
    for name, part in answer.items() if isinstance(answer, dict) else ():
        if isinstance(part, StreamingBody):
            content = part.read(MOST_BODY_BYTES)
            # botocore checks only at the end of a body whether it is complete.
            if part.read(1):
                raise ValueError(f"{name} has more than {MOST_BODY_BYTES:,} bytes")
            answer[name] = content


def _fault(error: Exception) -> Fault:
    """Classify an exception. If the response was an HTML page or unreadable, describe what came."""
    fault = fault_in(error)
    if fault.cause != "unknown" or not (came := _what_came()):
        return fault
    if not isinstance(error, (BotoCoreError, ClientError)):
        return fault_of_form(f"it is not readable ({type(error).__name__})", came)
    return fault_of_form(str(fault), came) if came.startswith(_PAGE) and _WITHOUT_CODE.fullmatch(fault.name) else fault


def _what_came() -> str:
    """Describe this thread's last response in a few words; empty if none came."""
    answer = answer_of_thread()
    if answer is None:
        return ""
    body = answer.get("body", b"")
    if not isinstance(body, bytes):
        return f"a stream, with status {answer.get('status_code')}"
    begin = redact(body[:2000].decode(errors="replace"))
    return f"{begin if begin.startswith(_PAGE) else f'{len(body):,} bytes'}, with status {answer.get('status_code')}"


def _attempts_in_words(attempts: int, seconds: float) -> str:
    return f" after {attempts} attempts in {seconds:.0f} s" if attempts > 1 else ""


def _wait(seconds: float, stop: threading.Event | None) -> None:
    if stop is None:
        time.sleep(seconds)
    elif stop.wait(seconds):
        raise Stopped
