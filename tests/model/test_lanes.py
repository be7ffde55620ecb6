"""Which batches are delivered at the same time, and which in order."""

import itertools

from scavenger_ops.mapping_model.simulated_function import FunctionError
from support.events import key

from model.mapping_scenario import Answer, MappingScenario, succeed


def fail_on(number: int) -> Answer:
    """Return a function that fails if its batch has this message."""

    def answer(numbers: list[int]) -> object:
        if number in numbers:
            raise FunctionError
        return succeed(numbers)

    return answer


def test_a_shard_has_one_batch_at_a_time() -> None:
    """Without a parallelization factor, its records are delivered in order. Source: with-ddb.html."""
    scenario = MappingScenario(takes_s=30, batch_size=1)
    scenario.put(*range(5))
    scenario.run()
    assert scenario.batches == [[0], [1], [2], [3], [4]]
    assert scenario.most_at_once() == 1


def test_a_shard_has_up_to_parallelization_factor_batches_at_once() -> None:
    """The factor can be up to ten. Source: with-ddb.html."""
    scenario = MappingScenario(takes_s=30, batch_size=1, parallelization_factor=3)
    scenario.put(*range(50))
    scenario.run()
    assert scenario.most_at_once() == 3
    assert sorted(itertools.chain(*scenario.batches)) == list(range(50))


def test_concurrency_is_the_number_of_shards_times_the_factor() -> None:
    """Four shards with a factor of two make eight. Source: with-ddb.html."""
    scenario = MappingScenario(takes_s=30, batch_size=1, parallelization_factor=2)
    for shard, number in itertools.product(range(4), range(20)):
        scenario.put(100 * shard + number, shard_id=f"shard-{shard}")
    scenario.run()
    assert scenario.most_at_once() == 8


def test_the_changes_of_an_item_stay_in_order() -> None:
    """They are never in two batches at once, for any factor. Source: with-ddb.html."""
    scenario = MappingScenario(takes_s=30, batch_size=2, parallelization_factor=10)
    for number in range(60):
        scenario.put(number, Keys=key(number % 7))
    scenario.run()
    assert scenario.most_at_once() > 1
    for item in range(7):
        delivered = [
            (one.time, one.ended, number)
            for one in sorted(scenario.mapping.invocations, key=lambda one: one.time)
            for number in map(int, one.sequence_numbers)
            if (number - 1000) % 7 == item
        ]
        assert [number for _, _, number in delivered] == list(range(1000 + item, 1060, 7))
        assert all(
            former[1] <= latter[0] or former[:2] == latter[:2] for former, latter in itertools.pairwise(delivered)
        )


def test_an_item_has_the_same_lane_in_every_run() -> None:
    """Python's own hash of a text differs from process to process. With it, tests would pass by chance."""
    scenario = MappingScenario(parallelization_factor=3)
    scenario.put(*range(6))
    scenario.run()
    assert scenario.batches == [[1], [0, 3], [2, 4, 5]]


def test_a_failing_batch_blocks_its_shard() -> None:
    """Later records wait until it is delivered or discarded. Source: invocation-eventsourcemapping.html."""
    scenario = MappingScenario(fail_on(1), batch_size=1, maximum_retry_attempts=2)
    scenario.put(1, 2)
    scenario.run()
    assert scenario.batches == [[1], [1], [1], [2]]


def test_a_failing_batch_does_not_block_another_lane() -> None:
    """Items in other lanes are delivered on time."""
    scenario = MappingScenario(fail_on(0), parallelization_factor=3, batch_size=1, maximum_retry_attempts=-1)
    # Of these, only 0 and 3 share a lane.
    scenario.put(0, 1, 2, 3)
    scenario.run(until_s=3600)
    assert [batch for batch in scenario.batches if batch != [0]] == [[1], [2]]


def test_shards_do_not_block_each_other() -> None:
    """Each shard is delivered independently. Source: invocation-eventsourcemapping.html."""
    scenario = MappingScenario(fail_on(1), maximum_batching_window_in_seconds=0, maximum_retry_attempts=-1)
    scenario.put(1, shard_id="shard-0")
    scenario.run(until_s=100)
    scenario.put(2, shard_id="shard-1")
    scenario.run(until_s=101)
    assert [one.time for one in scenario.mapping.invocations if one.shard_id == "shard-1"]
    assert {one.status for one in scenario.mapping.invocations if one.shard_id == "shard-0"} == {"error"}
