"""A timeline says whether the pipeline kept up or recovered."""

import pytest
from scavenger_ops.plan.timeline import Point, Timeline
from support.timelines import timeline

LEVEL = tuple(Point(6.0 * number, 60.0, 1) for number in range(601))


@pytest.mark.parametrize(
    ("simulated", "keeps_up", "sentence"),
    [
        (timeline("steady", points=LEVEL), True, "The lag is 60 s at most."),
        (timeline("steady", lag_at_the_end_s=600.0), False, "The lag grows: it is 10 min at the end."),
        (timeline(recovered_after_s=None), False, "The lag was not normal again by the end."),
        (timeline(recovered_after_s=0.0), True, "The lag was normal again as soon as the disturbance was over."),
        (timeline(recovered_after_s=90.0), True, "The lag was normal again 90 s after the disturbance."),
        (
            timeline(recovered_after_s=90.0, retries_exhausted=1),
            False,
            "1 record went to the failure bucket: retries were exhausted, or the records were too old.",
        ),
    ],
)
def test_the_verdict_says_how_it_went(simulated: Timeline, sentence: str, *, keeps_up: bool) -> None:
    """A record that is not deleted is worse than any lag."""
    assert (simulated.keeps_up, simulated.verdict) == (keeps_up, sentence)
