"""The local AWS retries a state after the delays that its retrier names."""

import random

import pytest
from ministack.services import stepfunctions
from scavenger_ops.local.task_retry import find_retrier, install, matches
from support.local_states import restore_later

RETRIER = {
    "ErrorEquals": ["States.ALL"],
    "IntervalSeconds": 5,
    "BackoffRate": 2,
    "MaxDelaySeconds": 30,
    "MaxAttempts": 5,
}


def delay(attempt: int, **more: object) -> float:
    """Return the delay before an attempt, as MiniStack computes it from the retrier."""
    retrier, index = find_retrier([{**RETRIER, **more}], "ValueError", {0: attempt})
    assert retrier is not None
    assert index == 0
    return float(retrier["IntervalSeconds"] * retrier["BackoffRate"] ** attempt)


def test_the_delay_grows_up_to_its_maximum() -> None:
    """Without a maximum, it goes on growing. The defaults are those of the Amazon States Language."""
    assert [delay(attempt) for attempt in range(5)] == [5, 10, 20, 30, 30]
    retrier, _ = find_retrier([{"ErrorEquals": ["States.ALL"]}], "ValueError", {0: 2})
    assert retrier is not None
    assert retrier["IntervalSeconds"] == 4


def test_full_jitter_takes_any_part_of_the_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without jitter, the delay is the same each time."""
    monkeypatch.setattr(random, "random", lambda: 0.25)
    assert (delay(1, JitterStrategy="FULL"), delay(1, JitterStrategy="NONE")) == (2.5, 10)


def test_after_the_last_attempt_there_is_no_retrier() -> None:
    """The first retrier that matches decides."""
    assert find_retrier([RETRIER], "ValueError", {0: 5}) == (None, -1)
    refused = {"ErrorEquals": ["RefusedError"], "MaxAttempts": 0}
    assert find_retrier([refused, RETRIER], "RefusedError", {}) == (None, -1)


@pytest.mark.parametrize("error", ["States.Runtime", "States.DataLimitExceeded"])
def test_only_its_own_name_stands_for_a_terminal_error(monkeypatch: pytest.MonkeyPatch, error: str) -> None:
    """MiniStack uses these functions once they are installed."""
    assert not matches(["States.ALL"], error)
    assert not matches(["States.TaskFailed"], error)
    assert matches([error], error)
    assert matches(["States.ALL"], "ValueError")
    restore_later(monkeypatch, stepfunctions)
    install()
    assert vars(stepfunctions)["_find_matching_retrier"] is find_retrier
    assert vars(stepfunctions)["_error_matches"] is matches
    assert find_retrier([RETRIER], error, {}) == (None, -1)
