"""Few deletes on a throttled table are paid for twice, and its write capacity is used."""

import pytest

from bench.throttling import ThrottlingScenario, measure


@pytest.mark.parametrize(
    "scenario",
    [ThrottlingScenario(5, 1, 1, 100), ThrottlingScenario(5, 4, 1, 1000), ThrottlingScenario(40, 1, 1, 1000)],
    ids=["the article's table", "four invocations share five write units", "a busy shard"],
)
def test_few_deletes_are_repeated_and_most_write_units_used(scenario: ThrottlingScenario) -> None:
    """The load needs ten times the write capacity. Time is simulated, so the figures are the same each time."""
    figures = measure(scenario)
    assert figures.repeated <= 0.05
    assert figures.used >= 0.8


def test_a_loop_that_fails_as_a_whole_repeats_much() -> None:
    """So the figures of the function are not trivial."""
    assert measure(ThrottlingScenario(5, 4, 1, 1000), plain=True).repeated > 0.2
