"""The last task adds up the segments, and writes the run's metrics once."""

import json
import time
from typing import Any

import pytest
from reconciler.segment_counts import FIGURES, NAMES
from reconciler.summary import summarise


def counts_of(**numbers: float) -> list[float]:
    """Return the counts of a segment: those of the names, with _ for a space, and 0 for the others."""
    names = [name.replace(" ", "_").replace(",", "") for name in (*NAMES, *FIGURES)]
    assert numbers.keys() <= {*names}
    return [numbers.get(name, 0) for name in names]


def event_of(
    *counts: list[float], is_by_message: bool = False, is_reported: bool = True, **changes: Any
) -> dict[str, Any]:
    """Return the event of the last task, for segments that are done and have these counts."""
    results = [{"segment": segment, "counts": each} for segment, each in enumerate(counts)]
    run = {"is_by_message": is_by_message, "is_reported": is_reported, "segments": len(counts)}
    return {"task": "summarise", "run": run, "results": results, **changes}


def metrics_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return the metrics that were written, each time that some were."""
    found = []
    for line in [json.loads(each) for each in capsys.readouterr().out.splitlines() if each.startswith('{"_aws"')]:
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert (directive["Namespace"], directive["Dimensions"]) == ("StagingScavenger", [["service"]])
        assert line["service"] == "scavenger"
        found.append({each["Name"]: line[each["Name"]] for each in directive["Metrics"]})
    return found


def test_the_output_has_the_counts_of_all_segments(capsys: pytest.CaptureFixture[str]) -> None:
    """Each row is counted once."""
    hour_ago = int(time.time()) - 3600
    one = counts_of(deleted=5, gone=1, deletable=2, superseded=3, changed=1, too_young=4, age_unknown=1)
    two = counts_of(only_in_staging_1h_to_1d=2, unprocessed=2, oldest_unprocessed_at=hour_ago)
    output = summarise(event_of(one, two))
    assert 3600 <= output.pop("oldest_unprocessed_s") < 3700
    assert output == {
        "rows": 19,
        "deleted": 5,
        "deletable": 2,
        "superseded": 3,
        "changed": 1,
        "young": 4,
        "unprocessed": 2,
        "failed_segments": [],
    }
    (metrics,) = metrics_of(capsys)
    assert 3600 <= metrics.pop("OldestUnprocessedAge")[0] < 3700
    assert metrics == {"UnprocessedRows": [2.0], "FailedSegments": [0.0]}


def test_if_no_row_waits_the_metrics_are_zero(capsys: pytest.CaptureFixture[str]) -> None:
    """An alarm ends then. The output has no age of a row that is not there."""
    output = summarise(event_of(counts_of(deleted=1)))
    assert (output["unprocessed"], output["oldest_unprocessed_s"]) == (0, None)
    assert metrics_of(capsys) == [{"UnprocessedRows": [0.0], "OldestUnprocessedAge": [0.0], "FailedSegments": [0.0]}]


def test_of_a_run_with_a_failed_segment_no_unprocessed_rows_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Rows of that segment may wait, and an alarm must not end."""
    counts = counts_of(deleted=1, unprocessed=1)
    failed = [{"segment": 0, "counts": counts}, {"segment": 1, "counts": counts, "error": "States.Timeout"}]
    output = summarise(event_of(counts, counts, results=failed))
    assert (output["deleted"], output["failed_segments"]) == (2, [1])
    assert metrics_of(capsys) == [{"FailedSegments": [1.0]}]


def test_if_messages_were_scanned_unprocessed_rows_are_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    """They were not seen. The rows are those that were found by their message."""
    output = summarise(event_of(counts_of(deleted=2, without_a_row_of_its_own=5), is_by_message=True))
    assert (output["rows"], output["unprocessed"], output["oldest_unprocessed_s"]) == (2, None, None)
    assert metrics_of(capsys) == [{"FailedSegments": [0.0]}]


def test_a_clock_that_is_behind_makes_no_negative_age() -> None:
    """The worker that saw the row may have another clock."""
    counts = counts_of(unprocessed=1, oldest_unprocessed_at=int(time.time()) + 60)
    assert summarise(event_of(counts))["oldest_unprocessed_s"] == 0


def test_a_run_with_another_age_does_not_write_the_metrics_of_unprocessed_rows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its rows are older than another age, so it must not end an alarm. Its output has them."""
    output = summarise(event_of(counts_of(only_in_staging_over_7d=2, unprocessed=2), is_reported=False))
    assert output["unprocessed"] == 2
    assert metrics_of(capsys) == [{"FailedSegments": [0.0]}]


def test_if_no_row_has_an_age_it_is_not_known_which_are_unprocessed(capsys: pytest.CaptureFixture[str]) -> None:
    """The attribute may be the wrong one. If only some rows have none, the others are told."""
    output = summarise(event_of(counts_of(only_in_staging_age_unknown=9)))
    assert (output["unprocessed"], output["oldest_unprocessed_s"]) == (None, None)
    some = summarise(event_of(counts_of(only_in_staging_age_unknown=9, only_in_staging_under_1h=1)))
    assert (some["unprocessed"], some["oldest_unprocessed_s"]) == (0, None)
    (unknown, known) = metrics_of(capsys)
    assert ([*unknown], known["UnprocessedRows"]) == (["FailedSegments"], [0.0])
