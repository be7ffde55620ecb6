"""Sends a request to AWS until there is an answer of the form that is relied on, or patience is at its end."""

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

from scavenger_ops.aws.background import run_in_background
from scavenger_ops.aws.clients import answer_of_thread, forget_answer
from scavenger_ops.aws.errors import AwsError, aws_error, describe_request, fault_in, fault_of_form
from scavenger_ops.aws.form import Form, find_flaw

P = ParamSpec("P")
Answer = TypeVar("Answer")

# One refusal is no proof: AWS refuses good requests and credentials now and then (boto3 issues 509, 1332, 4709).
REFUSALS_THAT_COUNT = 2
# Before a request is sent again: up to the first, then to twice as much, and so on to the most, with full jitter.
FIRST_PAUSE_S, MOST_PAUSE_S = 0.1, 5.0
# In such steps an answer is awaited, so a stop is noticed as soon.
WATCH_INTERVAL_S = 0.1
# So `redact` begins what it says of one.
_PAGE = "a page"
# What botocore and `redact` make of an answer that names no error. S3's own errors, which look like pages, do.
_WITHOUT_CODE = re.compile(r"\d+|UnnamedError")
# Beyond any event or object of Lambda's, and little enough to be held.
MOST_BODY_BYTES = 64 * 1024 * 1024


class Patience(NamedTuple):
    """How many seconds to wait for the whole answer to one request, and for a good one with all repeats.

    Once `stop` is set, nothing is waited for. `attempts` bounds the repeats of what is dear, such as an invocation.
    """

    attempt_s: float = 20.0
    total_s: float = 60.0
    stop: threading.Event | None = None
    attempts: int = 1000


# For the first questions of a command: nothing is done yet that a fault could interrupt, and somebody waits.
FIRST = Patience(attempt_s=10.0, total_s=20.0)


class Stopped(Exception):  # noqa: N818 - it is no error
    """It was to stop before there was an answer. Whether the request was carried out is not known."""


def ask(send: Callable[P, Answer], form: Form, patience: Patience, *args: P.args, **params: P.kwargs) -> Answer:
    """Send a request by a method of a client from `connect`, and return its answer, which has the form.

    A body that streams is read to its end. Raises AwsError, and Stopped.
    """
    request = describe_request(send, params)
    spent_s, attempts, refusals, is_in_doubt = 0.0, 0, 0, False
    while True:
        attempts, began_at, most_s = attempts + 1, time.monotonic(), min(patience.attempt_s, patience.total_s - spent_s)
        answer, fault = _attempt(lambda: send(*args, **params), form, most_s, patience.stop)
        if fault is None:
            return answer  # type: ignore[no-any-return]  # it has its form
        refusals += fault.cause != "passing"
        is_in_doubt = is_in_doubt or not fault.is_rejected
        pause_s = random.uniform(0, min(MOST_PAUSE_S, FIRST_PAUSE_S * 2**attempts))  # noqa: S311 - jitter is no secret
        # What is more has passed while this process, or all of the machine, was stopped.
        spent_s += min(time.monotonic() - began_at, most_s)
        is_over = spent_s + pause_s >= patience.total_s or attempts == patience.attempts
        if fault.cause == "permanent" or refusals >= REFUSALS_THAT_COUNT or is_over:
            error = aws_error(request, fault, _how_often(attempts, spent_s), answer)
            error.is_in_doubt = is_in_doubt
            raise error
        _pause(pause_s, patience.stop)
        spent_s += pause_s


def ask_pages(
    send: Callable[..., Answer],
    form: Form,
    patience: Patience,
    tokens: tuple[str, str],
    **params: Any,  # noqa: ANN401 - the operation's own
) -> Iterator[Answer]:
    """Send a request for each page, and return the answers as they come.

    The tokens are the names of the parameter and of the member of the answer that lead to the next page.
    """
    parameter, member = tokens
    while True:
        answer: Any = ask(send, {**form, f"{member}?": str}, patience, **params)
        yield answer
        token = answer.get(member)
        if not token:
            return
        if token == params.get(parameter):
            raise other_form(send, params, f"its {member} leads to the same page again")
        params[parameter] = token


def other_form(send: object, params: Mapping[str, Any], flaw: str) -> AwsError:
    """Return the error of an answer whose flaw its caller has found: what is wrong with it, in words."""
    return aws_error(describe_request(send, params), fault_of_form(flaw, ""))


def _attempt(
    send: Callable[[], Answer], form: Form, seconds: float, stop: threading.Event | None
) -> tuple[Any, Fault | None]:
    """Send a request once, in a thread: time-outs do not bound it. Return its answer, and why it is none.

    A look-up of names has none, nor has a program that gives credentials; and each byte of an answer has its own.
    """
    results: SimpleQueue[tuple[Any, Fault | None]] = SimpleQueue()

    def work() -> None:
        forget_answer()
        try:
            answer = send()
            _read_bodies(answer)
            flaw = find_flaw(answer, form)
            results.put((None, fault_of_form(flaw, _what_came())) if flaw else (answer, None))
        except Exception as error:  # noqa: BLE001 - botocore documents no types, and of an odd body it raises any
            results.put((getattr(error, "response", None), _fault(error)))

    run_in_background(work)
    left_s = seconds
    while left_s > 0:
        if stop and stop.is_set():
            raise Stopped
        # Counted by such steps, since the clock goes on while this process is stopped (SIGSTOP), and the answer waits.
        step_s = min(left_s, WATCH_INTERVAL_S)
        with suppress(Empty):
            return results.get(timeout=step_s)
        left_s -= step_s
    return None, Fault("NoAnswerError", f"no whole answer within {seconds:.0f} s", "passing")


def _read_bodies(answer: Any) -> None:  # noqa: ANN401 - of any operation
    for name, part in answer.items() if isinstance(answer, dict) else ():
        if isinstance(part, StreamingBody):
            content = part.read(MOST_BODY_BYTES)
            # Only at its end does botocore see whether it is whole.
            if part.read(1):
                raise ValueError(f"its {name} has more than {MOST_BODY_BYTES:,} bytes")
            answer[name] = content


def _fault(error: Exception) -> Fault:
    """Sort what was raised; of a page, or what botocore cannot read, say what it is."""
    fault = fault_in(error)
    if fault.cause != "unknown" or not (came := _what_came()):
        return fault
    if not isinstance(error, (BotoCoreError, ClientError)):
        return fault_of_form(f"it cannot be read ({type(error).__name__})", came)
    return fault_of_form(str(fault), came) if came.startswith(_PAGE) and _WITHOUT_CODE.fullmatch(fault.name) else fault


def _what_came() -> str:
    """Return what this thread's last answer was, in a few words."""
    answer = answer_of_thread()
    if answer is None:
        return ""
    body = answer.get("body", b"")
    if not isinstance(body, bytes):
        return f"a stream, with status {answer.get('status_code')}"
    begin = redact(body[:2000].decode(errors="replace"))
    return f"{begin if begin.startswith(_PAGE) else f'{len(body):,} bytes'}, with status {answer.get('status_code')}"


def _how_often(attempts: int, seconds: float) -> str:
    return f", tried {attempts} times in {seconds:.0f} s" if attempts > 1 else ""


def _pause(seconds: float, stop: threading.Event | None) -> None:
    if stop is None:
        time.sleep(seconds)
    elif stop.wait(seconds):
        raise Stopped
