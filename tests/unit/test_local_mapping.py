"""A mapping on the local AWS retries, splits and discards batches as Lambda documents it."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import lambda_svc
from scavenger_ops.local import mapping
from scavenger_ops.local.mapping import BACKOFF_S, BATCHES, poll
from scavenger_ops.local.mapping_target import MappingTarget
from support.local_mapping import ACCOUNT, FAILED, REGION, UUID, LocalMapping, clear, failing

NOW = 1_800_000_000.0
REPORTS = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
Make = Callable[..., LocalMapping]


class PollClock:
    """The time of day."""

    now = NOW


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> PollClock:
    """Return the clock of this process."""
    clock = PollClock()
    monkeypatch.setattr(time, "time", lambda: clock.now)
    return clock


@pytest.fixture
def make(clock: PollClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Return what makes a mapping with three records, which arrived now."""

    def make(**settings: Any) -> LocalMapping:
        made = LocalMapping(settings)
        monkeypatch.setattr(lambda_svc, "_execute_function", made.execute)
        made.insert("1", "2", "3", at=clock.now)
        return made

    clear()
    yield make
    clear()
    BATCHES.clear()
    mapping.COUNTED_AT.clear()


def poll_to_the_end(clock: PollClock, *, at_most: int = 20) -> None:
    """Poll until nothing remains to be delivered, with a backoff between two polls."""
    for _ in range(at_most):
        poll()
        clock.now += BACKOFF_S
    assert BATCHES == {}


def test_a_batch_that_is_processed_is_not_delivered_again(make: Make) -> None:
    """The position is after the batch, and the next batch begins there."""
    made = make(BatchSize=2)
    assert (made.position, poll(), made.position) == (None, True, 2)
    assert (poll(), made.position) == (True, 3)
    assert (poll(), made.position) == (False, 3)
    made.insert("4", at=NOW)
    assert poll()
    assert made.invocations == [["1", "2"], ["3"], ["4"]]
    assert made.mapping["LastProcessingResult"] == "OK"


def test_only_the_records_from_the_first_failed_one_on_are_delivered_again(make: Make, clock: PollClock) -> None:
    """They are not before the backoff is over, and the position stays until then."""
    made = make(**REPORTS)
    made.answers = [failing("3", "2"), {"body": {"batchItemFailures": []}}]
    assert (poll(), made.position) == (True, None)
    assert (poll(), made.invocations) == (False, [["1", "2", "3"]])
    clock.now += BACKOFF_S
    assert (poll(), made.position) == (True, 3)
    assert made.invocations == [["1", "2", "3"], ["2", "3"]]
    assert (made.total("InvokedEventCount"), made.total("FailedInvokeEventCount")) == (5, 2)


def test_a_mapping_that_expects_no_report_reads_none(make: Make, clock: PollClock) -> None:
    """An answer without an error then stands for the whole batch."""
    made = make()
    made.answers = [failing("1")]
    poll_to_the_end(clock)
    assert made.invocations == [["1", "2", "3"]]


def test_retries_end_after_their_number(make: Make, clock: PollClock) -> None:
    """The function gets the batch once and then once for each retry. Without a bucket, the records are dropped."""
    made = make(MaximumRetryAttempts=2)
    made.answers = [FAILED]
    poll_to_the_end(clock)
    assert made.invocations == [["1", "2", "3"]] * 3
    assert made.position == 3
    assert made.total("DroppedEventCount") == 3
    assert made.mapping["LastProcessingResult"] == "PROBLEM: Function call failed"


def test_without_a_number_of_retries_there_is_no_end(make: Make, clock: PollClock) -> None:
    """As in AWS, where both limits are -1 unless they are set."""
    made = make()
    made.answers = [FAILED]
    for _ in range(15):
        assert poll()
        clock.now += BACKOFF_S
    assert (len(made.invocations), made.position) == (15, None)


def test_a_throttled_attempt_uses_up_no_retry(make: Make, clock: PollClock) -> None:
    """Nor is it an invocation with an error."""
    made = make(MaximumRetryAttempts=0)
    made.answers = [{"throttle": True}, {"throttle": True}, {"body": None}]
    poll_to_the_end(clock)
    assert made.invocations == [["1", "2", "3"]] * 3
    assert (made.total("DroppedEventCount"), made.total("InvokedEventCount")) == (None, 3)
    assert made.total_of_function("Errors") == 0


def test_a_batch_is_split_down_to_the_record_that_fails(
    make: Make, clock: PollClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The halves are delivered in order, and only that record is dropped."""
    made = make(MaximumRetryAttempts=0, BisectBatchOnFunctionError=True)
    made.insert("4", at=NOW)

    def execute(function: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
        answer = made.execute(function, event)
        return FAILED if "3" in made.invocations[-1] else answer

    monkeypatch.setattr(lambda_svc, "_execute_function", execute)
    poll_to_the_end(clock)
    assert made.invocations == [["1", "2", "3", "4"], ["1", "2"], ["3", "4"], ["3"], ["4"]]
    assert (made.total("DroppedEventCount"), made.position) == (1, 4)


def test_records_that_are_too_old_are_not_delivered(make: Make, clock: PollClock) -> None:
    """The others of their batch are."""
    made = make(MaximumRecordAgeInSeconds=60)
    clock.now += 61
    made.insert("4", at=clock.now)
    poll_to_the_end(clock)
    assert made.invocations == [["4"]]
    assert made.total("DroppedEventCount") == 3


def test_records_that_the_stream_has_trimmed_are_skipped(make: Make, clock: PollClock) -> None:
    """After 24 hours. A position counts them, so that it stays the same record's."""
    made = make()
    clock.now += 24 * 3600 + 1
    made.insert("4", at=clock.now)
    poll_to_the_end(clock)
    assert made.invocations == [["4"]]
    assert made.position == 4


def test_records_that_do_not_match_the_filter_are_left_out(make: Make, clock: PollClock) -> None:
    """They are counted, and never delivered. A batch of them alone invokes nothing."""
    made = make(FilterCriteria={"Filters": [{"Pattern": '{"eventName": ["INSERT"]}'}]}, BatchSize=4)
    made.insert("4", at=NOW, event="REMOVE")
    made.insert("5", "6", at=NOW, event="MODIFY")
    poll_to_the_end(clock)
    assert made.invocations == [["1", "2", "3"]]
    assert (made.total("PolledEventCount"), made.total("FilteredOutEventCount")) == (6, 3)
    assert made.position == 6


@pytest.mark.parametrize(
    "settings",
    [
        {"Enabled": False},
        {"FunctionName": "deleted"},
        {"EventSourceArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:messages"},
        {"EventSourceArn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/messages/stream/of-before"},
        {"EventSourceArn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/deleted/stream/2026"},
    ],
    ids=["disabled", "no function", "a queue", "a closed stream", "no table"],
)
def test_a_mapping_that_cannot_poll_does_nothing(make: Make, settings: dict[str, Any]) -> None:
    """Neither does it write a metric."""
    made = make(**settings)
    assert (poll(), made.invocations, made.position) == (False, [], None)
    assert made.total("PolledEventCount") is None


def test_a_mapping_that_is_deleted_within_a_batch_is_forgotten(make: Make, clock: PollClock) -> None:
    """One that is created later begins anew."""
    made = make()
    made.answers = [FAILED]
    poll()
    assert BATCHES.keys() == {UUID}
    vars(lambda_svc)["_esms"].clear()
    clock.now += BACKOFF_S
    assert (poll(), BATCHES, len(made.invocations)) == (False, {}, 1)


def test_each_mapping_has_its_turn_in_a_poll(make: Make) -> None:
    """Also if one before it had something to do. The account and the Region are then those of before."""
    made = make()
    second = "second"
    vars(lambda_svc)["_esms"].set_scoped(ACCOUNT, REGION, second, {**made.mapping, "UUID": second})
    with request_scope("444455556666", "us-west-2"):
        assert poll()
        assert (get_account_id(), get_region()) == ("444455556666", "us-west-2")
    assert made.invocations == [["1", "2", "3"]] * 2


def test_a_mapping_writes_zeros_once_a_minute(make: Make, clock: PollClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """So its metrics have a value also while the stream has no records."""
    counted: list[float] = []
    made = make()
    poll_to_the_end(clock)
    monkeypatch.setattr(MappingTarget, "count_nothing", lambda _: counted.append(clock.now))
    clock.now = NOW + 60
    for _ in range(4):
        poll()
        clock.now += 20
    assert counted == [NOW + 60, NOW + 120]
    assert len(made.invocations) == 1


def test_ministack_polls_with_this_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is installed."""
    monkeypatch.setattr(lambda_svc, "_poll_dynamodb_streams", lambda_svc._poll_dynamodb_streams)  # noqa: SLF001 - there is no other
    mapping.install()
    assert lambda_svc._poll_dynamodb_streams is poll  # noqa: SLF001 - likewise
