"""The counts of a segment pass from one invocation to the next, and to the summary, as a short list of numbers."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reconciler.progress import ComparisonProgress
from reconciler.rows import DELETED, ONLY_IN_STAGING
from reconciler.segment_counts import FIGURES, LENGTH, NAMES, add_counts, add_up, write_counts
from reconciler.segments import MOST_SEGMENTS
from support.reconciler_machine import MOST_STATE_BYTES

# More than a segment of a table with 10 billion rows has, each of 400 KB, in the year 2286.
MOST_ROWS, MOST_UNITS, MOST_TIME = 99_999_999, 9_999_999_999.9, 9_999_999_999


def counts_of(rows: int, units: float, time: int) -> list[float]:
    """Return counts in which each number is as large."""
    figures: dict[str, float] = dict.fromkeys(FIGURES, rows)
    figures |= {"read_units": units, "write_units": units, "oldest_unprocessed_at": time, "has_zoneless": 1}
    return [*(rows for _ in NAMES), *figures.values()]


@given(
    rows=st.lists(st.integers(0, MOST_ROWS), min_size=len(NAMES) + 1, max_size=len(NAMES) + 1),
    times=st.lists(st.integers(0, MOST_TIME), min_size=3, max_size=3),
)
def test_what_is_written_is_what_is_read(rows: list[int], times: list[int]) -> None:
    """Invocation after invocation, nothing is lost and nothing is counted twice."""
    counts = [*rows, times[0], times[1] / 10, times[2] / 10, rows[0], 1]
    for _ in range(3):
        progress = ComparisonProgress([0])
        add_counts(progress, json.loads(json.dumps(counts)))
        assert write_counts(progress) == counts
    assert len(counts) == LENGTH


def test_counts_are_added() -> None:
    """The earliest time is kept; 0 stands for none."""
    total = ComparisonProgress(())
    for time in (0, 200, 100, 0):
        add_counts(total, counts_of(1, 0.5, time))
    assert total.counts == dict.fromkeys(NAMES, 4)
    assert (total.unprocessed, total.oldest_unprocessed_at, total.unanswered) == (4, 100, 4)
    assert (total.read_units, total.write_units, total.has_zoneless) == (2, 2, True)


def test_a_new_segment_has_no_counts() -> None:
    """Its first event has an empty list."""
    progress = ComparisonProgress([0])
    add_counts(progress, [])
    assert write_counts(progress) == [0] * LENGTH


def test_each_name_of_a_count_has_its_place() -> None:
    """A name that has none would be lost between two invocations."""
    for name in (DELETED, ONLY_IN_STAGING + "over 7d"):
        progress = ComparisonProgress([0])
        progress.counts[name] = 7
        assert write_counts(progress)[NAMES.index(name)] == 7
    assert len(set(NAMES)) == len(NAMES)


def test_the_results_of_all_segments_fit_in_a_state() -> None:
    """Here each number is the largest, which cannot be: a row is counted once."""
    counts = counts_of(MOST_ROWS, MOST_UNITS, MOST_TIME)
    # The longest name of an error that Lambda or this function has.
    results = [
        {"segment": segment, "counts": counts, "error": "Lambda.EC2ThrottledException"}
        for segment in range(MOST_SEGMENTS)
    ]
    run = {"fingerprint": "0" * 16, "age_attribute": "x" * 255, "units": [1 / 3] * 3, "segments": MOST_SEGMENTS}
    event = {"task": "summarise", "run": run, "results": results}
    assert len(json.dumps(event, separators=(",", ":"))) < MOST_STATE_BYTES


def test_segments_that_failed_or_have_no_result_are_named() -> None:
    """What a failed segment counted before it failed is included."""
    counts = counts_of(1, 0, 0)
    results = [{"segment": 0, "counts": counts}, {"segment": 2, "counts": counts, "error": "RefusedError"}]
    total, failed = add_up(results, 4)
    assert (total.counts[DELETED], failed) == (2, [1, 2, 3])


@pytest.mark.parametrize(
    "result",
    [
        None,
        "failed",
        {},
        {"segment": 0},
        {"segment": None, "counts": []},
        {"segment": 0, "counts": [1]},
        {"segment": 0, "counts": None},
    ],
)
def test_something_else_is_not_a_result(result: Any) -> None:
    """A Map state has null for an item whose child workflow was aborted."""
    assert add_up([result], 1)[1] == [0]
