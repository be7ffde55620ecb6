"""A plan says in sentences whether the load is feasible, and what limits it."""

from collections.abc import Iterator
from typing import Any

import pytest
from scavenger_ops.plan.feasibility import Quota
from scavenger_ops.plan.lag import PlannedLag
from scavenger_ops.plan.load import EventName
from scavenger_ops.plan.sentences import consequence, notes, requests_for_quotas, verdict, what_binds
from support.planning import plan_lag

QUOTA = Quota("write units", 1, 2)


def test_the_sentence_on_a_peak_that_is_too_high_has_how_long_it_may_last() -> None:
    """It may last twice the 20 hours after which records are too old."""
    lag = plan_lag(50.0, 200.0, billing_mode="PROVISIONED", write_capacity=300)
    assert "; a peak of up to 40 h can be cleared" in str(consequence(lag))


def test_a_batch_that_makes_progress_is_limited_only_by_its_records_age() -> None:
    """One delete a second is 50 an invocation: 200 invocations for 10,000 records, and a retry is not used up."""
    lagging = plan_lag(100.0, billing_mode="PROVISIONED", write_capacity=101, batch_size=10_000)
    assert lagging.steady.retries_exhausted_after_s is None
    assert str(consequence(lagging)).endswith("; records go to the failure bucket when they are 20 h old.")


def test_the_sentence_on_invocations_that_delete_nothing_has_the_exhausted_retries() -> None:
    """Deletes have no unit, or fewer than one for each lane's invocation."""
    none = plan_lag(100.0, billing_mode="PROVISIONED", write_capacity=100)
    assert none.steady.retries_exhausted_after_s == 11 * 50
    left = (
        "after 11 invocations that delete nothing, about 9 min, "
        "the remaining records of a batch go to the failure bucket"
    )
    assert str(consequence(none)).endswith(f"; {left}.")
    # One delete a second, for ten lanes with five seconds each, and with ten.
    few: dict[str, Any] = {"billing_mode": "PROVISIONED", "write_capacity": 101, "parallelization_factor": 10}
    assert plan_lag(100.0, **few, timeout=15).steady.retries_exhausted_after_s == 11 * 5
    assert plan_lag(100.0, **few, timeout=20).steady.retries_exhausted_after_s is None
    peak = plan_lag(50.0, 100.0, billing_mode="PROVISIONED", write_capacity=100)
    assert verdict(peak, ()).startswith("It does not keep up with the peak: ")
    assert left in str(consequence(peak))


def sentences(lag: PlannedLag) -> Iterator[str]:
    """Return what limits the load, and the notes."""
    yield from what_binds(lag)
    yield from notes(lag.capacity)


@pytest.mark.parametrize(
    ("lag", "words"),
    [
        (
            plan_lag(),
            "batch_size is the first limit, at 13,333 deletes a second: 4 lanes (shards x parallelization_factor 1)",
        ),
        (plan_lag(), "batch_size (100) ends a batch, before its window does"),
        (plan_lag(1.0), "maximum_batching_window_in_seconds (60) ends a batch, at 15 of 100 records"),
        (
            plan_lag(100.0, stream_view_type="NEW_IMAGE", item_bytes=400_000),
            "The payload of 6 MB ends a batch, with 10 records of 600,5",
        ),
        (
            plan_lag(billing_mode="PROVISIONED"),
            "the staging table has 5 write units a second, of which the API's puts need 400",
        ),
        (plan_lag(billing_mode="PROVISIONED"), "While it lags behind, each batch is full: 100 records."),
        (plan_lag(batch_size=1), "CPU takes 50% of a full batch's 20 ms; more than 1,769 MB does not make it faster"),
        (plan_lag(memory_size=512), "more than 512 MB makes it faster at the same cost"),
        (
            plan_lag(batch_size=10_000, max_requests_in_flight=1),
            "CPU takes 20% of a full batch's 5 s; more memory only costs more",
        ),
        (plan_lag(2001.0), "takes 4,000 write units a second at once, but puts and deletes need 4,002 at peak"),
        (plan_lag(memory_size=177), "A cold start takes up to 5 s more"),
        (
            plan_lag(stream_view_type="NEW_IMAGE"),
            "with stream_view_type KEYS_ONLY, a record has 522 bytes instead of 2,034",
        ),
        (
            plan_lag(match_attributes=True),
            "With stream_view_type KEYS_ONLY, match_attributes can only name attributes of the message's key.",
        ),
        (
            plan_lag(stream_view_type="NEW_AND_OLD_IMAGES", match_attributes=True, event_names=(EventName.MODIFY,)),
            "only the new image, unless filter_patterns name the old one: with stream_view_type NEW_IMAGE, a record",
        ),
        (
            plan_lag(stream_view_type="NEW_AND_OLD_IMAGES", event_names=(EventName.MODIFY,)),
            "only the new image, unless filter_patterns name the old one: with stream_view_type NEW_IMAGE, a record",
        ),
        (
            plan_lag(event_names=(EventName.INSERT, EventName.MODIFY)),
            "need match_attributes, or filter_patterns of an image, which stream_view_type KEYS_ONLY lacks.",
        ),
    ],
)
def test_a_sentence_has_what_limits_the_load_and_its_figure(lag: PlannedLag, words: str) -> None:
    """It names the setting to change."""
    assert any(words in sentence for sentence in sentences(lag)), list(sentences(lag))


@pytest.mark.parametrize(
    ("settings", "is_superfluous"),
    [
        ({"stream_view_type": "NEW_IMAGE", "event_names": ["MODIFY"]}, False),
        ({"stream_view_type": "OLD_IMAGE", "event_names": ["MODIFY"]}, False),
        ({"stream_view_type": "NEW_IMAGE", "match_attributes": True}, False),
        ({"stream_view_type": "NEW_IMAGE"}, True),
    ],
)
def test_an_image_is_superfluous_only_if_nothing_can_look_at_it(
    settings: dict[str, Any], *, is_superfluous: bool
) -> None:
    """Terraform refuses updates without match_attributes or a pattern of an image."""
    found = [sentence for sentence in sentences(plan_lag(**settings)) if "only the keys" in sentence]
    assert bool(found) is is_superfluous


@pytest.mark.parametrize(
    ("lag", "quotas", "sentence"),
    [
        (plan_lag(), (), "It keeps up: 13,333 deletes a second are possible, 33 times the load."),
        (
            plan_lag(100.0, 200.0, billing_mode="PROVISIONED", write_capacity=407),
            (),
            "It keeps up: 207 deletes a second are possible, 3% more than the peak.",
        ),
        (
            plan_lag(100.0, billing_mode="PROVISIONED", write_capacity=200),
            (),
            "It keeps up: 100 deletes a second are possible, just enough for the load.",
        ),
        (
            plan_lag(),
            (QUOTA,),
            "It keeps up if AWS raises its quotas: 13,333 deletes a second are possible, 33 times the load.",
        ),
        (
            plan_lag(100.0, billing_mode="PROVISIONED", write_capacity=150),
            (),
            "It does not keep up: 50 deletes a second are possible, of 100 needed.",
        ),
        (
            plan_lag(1.0, billing_mode="PROVISIONED", write_capacity=1, peak=2.0),
            (),
            "It does not keep up: 0 deletes a second are possible, of 1 needed.",
        ),
    ],
)
def test_the_verdict_says_whether_it_keeps_up(lag: PlannedLag, quotas: tuple[Quota, ...], sentence: str) -> None:
    """It says how many deletes are possible."""
    assert verdict(lag, quotas) == sentence


def test_the_consequence_says_how_the_lag_grows() -> None:
    """There is none if it keeps up."""
    assert consequence(plan_lag()) is None
    slow = plan_lag(100.0, billing_mode="PROVISIONED", write_capacity=150)
    assert str(consequence(slow)).startswith("The lag grows by 30 s a minute; ")
    at_peak = plan_lag(50.0, 200.0, billing_mode="PROVISIONED", write_capacity=300)
    assert str(consequence(at_peak)).startswith("At peak, the lag grows by 30 s a minute; ")


def test_a_quota_that_is_too_low_is_to_be_raised() -> None:
    """The sentence says where."""
    (sentence,) = requests_for_quotas((QUOTA,))
    what = "AWS's quota is 1 write units, and at peak 2 are needed, with a fifth to spare."
    assert sentence == f"{what} First request an increase in Service Quotas."
