"""What happens to a batch that fails. Source: services-dynamodb-errors.html."""

import itertools

import pytest
from scavenger_ops.mapping_model.delivery import backoff_s
from scavenger_ops.mapping_model.simulated_function import FunctionError, InvokeThrottled

from model.mapping_scenario import Answer, MappingScenario, failing, succeed


def poisoned(*poison: int) -> Answer:
    """Return a function that fails if its batch has one of these messages."""

    def answer(numbers: list[int]) -> object:
        if set(poison) & set(numbers):
            raise FunctionError
        return succeed(numbers)

    return answer


def test_an_error_splits_the_batch_down_to_the_record_that_causes_it() -> None:
    """First halves are tried first, and a single record is retried. Source: services-dynamodb-errors.html."""
    scenario = MappingScenario(poisoned(3), maximum_retry_attempts=1)
    scenario.put(1, 2, 3, 4)
    scenario.run()
    assert scenario.batches == [[1, 2, 3, 4], [1, 2], [3, 4], [3], [3], [4]]
    assert scenario.mapping.invocations[0].status == "error"
    assert [body["requestContext"]["approximateInvokeCount"] for _, body in scenario.kept] == [2]


def test_splits_do_not_use_up_the_retries() -> None:
    """Without any retry, all records but the poison record are delivered. Source: services-dynamodb-errors.html."""
    scenario = MappingScenario(poisoned(3), maximum_retry_attempts=0)
    scenario.put(1, 2, 3, 4)
    scenario.run()
    assert scenario.batches == [[1, 2, 3, 4], [1, 2], [3, 4], [3], [4]]
    assert [record["eventID"] for record in scenario.mapping.discarded] == ["event-3"]


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_without_bisection_the_whole_batch_is_retried_maximum_retry_attempts_times(retries: int) -> None:
    """With N retries there are N+1 invocations. Source: services-dynamodb-errors.html; tests/data/recordings.json."""
    scenario = MappingScenario(poisoned(1), bisect_batch_on_function_error=False, maximum_retry_attempts=retries)
    scenario.put(1, 2)
    scenario.run()
    assert scenario.batches == [[1, 2]] * (retries + 1)
    assert len(scenario.mapping.discarded) == 2
    ((_, body),) = scenario.kept
    assert body["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert body["requestContext"]["approximateInvokeCount"] == retries + 1


@pytest.mark.parametrize("bisect", [True, False])
def test_a_record_that_always_fails_has_all_retries_once_it_is_the_first(*, bisect: bool) -> None:
    """The response that made it the first is progress, and uses up no retry. Source: tests/data/recordings.json."""
    scenario = MappingScenario(
        lambda numbers: failing(2) if 2 in numbers else succeed(numbers),
        bisect_batch_on_function_error=bisect,
        maximum_retry_attempts=3,
    )
    scenario.put(*range(4))
    scenario.run()
    assert scenario.batches == [[0, 1, 2, 3], [2, 3], [2, 3], [2, 3], [2, 3]]
    assert [record["eventID"] for record in scenario.mapping.discarded] == ["event-2", "event-3"]
    ((_, body),) = scenario.kept
    assert body["requestContext"]["approximateInvokeCount"] == 4


@pytest.mark.parametrize("retries", [0, 1, 10])
def test_a_batch_that_makes_progress_is_delivered_for_any_number_of_retries(retries: int) -> None:
    """Thirty records take thirty invocations, and none is discarded. Only age limits that."""
    scenario = MappingScenario(
        lambda numbers: failing(*numbers[1:]), maximum_retry_attempts=retries, maximum_batching_window_in_seconds=0
    )
    scenario.put(*range(30))
    scenario.run()
    assert len(scenario.batches) == 30
    assert not scenario.mapping.discarded


def test_age_ends_a_batch_that_makes_progress() -> None:
    """The records that are done stay done. The others expire and go to the failure destination."""
    scenario = MappingScenario(
        lambda numbers: failing(*numbers[1:]), takes_s=50, maximum_retry_attempts=0, maximum_record_age_in_seconds=600
    )
    scenario.put(*range(30))
    scenario.run()
    delivered, (_, body) = len(scenario.batches), scenario.kept[0]
    assert 0 < delivered < 30
    assert len(scenario.mapping.discarded) == 30 - delivered
    assert body["requestContext"]["condition"] == "RecordAgeExceeded"
    assert max(scenario.began_s) <= 600


def test_progress_between_two_failures_resets_the_count_of_retries() -> None:
    """With one retry, two failures in a row are too many; two with progress between them are not: an assumption."""

    def run(*progress: int) -> list[list[int]]:
        steps = iter(progress)

        def answer(numbers: list[int]) -> object:
            return failing(*numbers[next(steps, 1) :])

        scenario = MappingScenario(answer, maximum_retry_attempts=1)
        scenario.put(*range(5))
        scenario.run()
        return scenario.batches

    assert [len(batch) for batch in run(1, 0, 1, 0, 1, 1, 1)] == [5, 4, 4, 3, 3, 2, 1]
    assert [len(batch) for batch in run(1, 0, 0)] == [5, 4, 4]


def test_with_bisection_a_partial_failure_cuts_at_its_number() -> None:
    """Only the remaining records are retried, as one batch. Source: services-ddb-batchfailurereporting.html."""
    scenario = MappingScenario(lambda numbers: failing(3) if 1 in numbers else succeed(numbers))
    scenario.put(*range(1, 9))
    scenario.run()
    assert scenario.batches == [[1, 2, 3, 4, 5, 6, 7, 8], [3, 4, 5, 6, 7, 8]]


def test_an_error_after_a_partial_failure_splits_the_remainder() -> None:
    """An error halves any batch. Source: services-ddb-batchfailurereporting.html."""

    def answer(numbers: list[int]) -> object:
        return failing(3) if 1 in numbers else poisoned(6)(numbers)

    scenario = MappingScenario(answer, maximum_retry_attempts=1)
    scenario.put(*range(1, 7))
    scenario.run()
    assert scenario.batches == [[1, 2, 3, 4, 5, 6], [3, 4, 5, 6], [3, 4], [5, 6], [5], [6], [6]]
    assert [record["eventID"] for record in scenario.mapping.discarded] == ["event-6"]


def test_each_batch_has_its_own_retries() -> None:
    """Retries of one batch do not count for the next one."""
    scenario = MappingScenario(poisoned(1, 2), batch_size=1, maximum_retry_attempts=2)
    scenario.put(1, 2)
    scenario.run()
    assert scenario.batches == [[1], [1], [1], [2], [2], [2]]


def test_a_retry_may_succeed() -> None:
    """Then the batch is delivered, and nothing is discarded."""
    tries = itertools.count()

    def answer(numbers: list[int]) -> object:
        return poisoned(1)(numbers) if next(tries) < 2 else succeed(numbers)

    scenario = MappingScenario(answer, maximum_retry_attempts=2)
    scenario.put(1)
    scenario.run()
    assert [one.status for one in scenario.mapping.invocations] == ["error", "error", "success"]
    assert not scenario.mapping.discarded


def test_unlimited_retries_are_never_exhausted() -> None:
    """With -1, only age ends them. Source: services-dynamodb-errors.html."""
    scenario = MappingScenario(poisoned(1), maximum_retry_attempts=-1)
    scenario.put(1)
    scenario.run(until_s=12 * 3600)
    assert len(scenario.batches) > 100
    assert not scenario.mapping.discarded


def test_throttled_attempts_do_not_count() -> None:
    """Even without retries, the batch is delivered when Lambda can invoke. Source: services-dynamodb-errors.html."""
    tries = itertools.count()

    def answer(numbers: list[int]) -> object:
        if next(tries) < 20:
            raise InvokeThrottled
        return succeed(numbers)

    scenario = MappingScenario(answer, maximum_retry_attempts=0)
    scenario.put(1, 2)
    scenario.run()
    assert [one.status for one in scenario.mapping.invocations] == ["throttled"] * 20 + ["success"]
    assert scenario.batches == [[1, 2]] * 21
    assert not scenario.mapping.discarded


def test_the_backoff_grows() -> None:
    """An assumption: AWS documents no backoff. The model doubles it up to a minute."""
    assert [backoff_s(failures) for failures in range(1, 10)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert backoff_s(100_000) == 60
    scenario = MappingScenario(poisoned(1), takes_s=5, maximum_retry_attempts=3)
    scenario.put(1)
    scenario.run()
    assert scenario.began_s == [60, 60 + 5 + 1, 66 + 5 + 2, 73 + 5 + 4]


def test_progress_resets_the_backoff() -> None:
    """An assumption, as for the count of retries."""
    tries = itertools.count()

    def answer(numbers: list[int]) -> object:
        return succeed(numbers) if (number := next(tries)) == 4 else failing(1 if number < 2 else 2)

    scenario = MappingScenario(answer)
    scenario.put(1, 2)
    scenario.run()
    assert scenario.batches == [[1, 2], [1, 2], [1, 2], [2], [2]]
    assert [after - before for before, after in itertools.pairwise(scenario.began_s)] == [1, 2, 1, 2]


def test_an_error_of_the_test_is_raised() -> None:
    """It is not a failed invocation."""

    def answer(_: list[int]) -> object:
        raise ZeroDivisionError

    scenario = MappingScenario(answer)
    scenario.put(1)
    with pytest.raises(ZeroDivisionError):
        scenario.run()
