"""How far a comparison came is kept for the next run, which believes no more than makes sense."""

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scavenger_ops.command import CommandError
from scavenger_ops.reconcile.progress import MOST_AGE_S, ComparisonProgress

KEY_TYPES = {"id": "B", "at": "N"}
LAST_KEY: Any = {"id": {"B": b"\xff\x00"}, "at": {"N": "1"}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where it is kept."""
    return tmp_path / "kept" / "progress.json"


def make(path: Path) -> ComparisonProgress:
    """Make the progress of three segments."""
    return ComparisonProgress(path, 3, KEY_TYPES)


def delete_row(progress: ComparisonProgress, segment: int) -> None:
    """Note that a row was deleted."""
    progress.note_sent()
    progress.note_result(segment, "deleted", is_gone=True)


@pytest.fixture
def written(path: Path) -> ComparisonProgress:
    """Keep the progress of a run that was stopped: a segment begun, and one done."""
    progress = make(path)
    progress.advance(1, LAST_KEY, {"deletable": 3})
    progress.advance(2, None, {"too young": 4})
    delete_row(progress, 1)
    progress.spend(read_units=0.5, write_units=7)
    progress.save()
    return progress


def test_what_is_kept_is_read_back_as_it_was(path: Path, written: ComparisonProgress) -> None:
    """A binary key's bytes too, which JSON does not hold."""
    read = make(path)
    assert "Going on after 8 rows of a run" in read.load()
    assert [read.last_key(segment) for segment in range(3)] == [None, LAST_KEY, None]
    assert [read.is_done(segment) for segment in range(3)] == [False, False, True]
    assert (read.counts, read.read_units, read.write_units) == (
        {"deletable": 3, "too young": 4, "deleted": 1},
        0.5,
        7,
    )
    assert (read.begun_at, read.is_resumed, read.is_exact) == (written.begun_at, True, True)


def test_of_a_run_that_was_killed_the_last_moment_is_said_to_be_unknown(path: Path) -> None:
    """And stays so, however many runs go on from there."""
    progress = make(path)
    progress.advance(1, LAST_KEY, {"deletable": 3})
    for _ in range(2):
        read = make(path)
        assert "at least 3 rows" in read.load()
        assert not read.is_exact
        read.save()


def test_what_was_sent_and_not_answered_is_kept(path: Path) -> None:
    """It may have been carried out; the run ended with a report all the same."""
    progress = make(path)
    progress.note_sent()
    progress.note_answered(is_known=False)
    progress.save()
    read = make(path)
    read.load()
    assert (read.unanswered, read.is_exact) == (1, True)


@pytest.mark.usefixtures("written")
def test_messages_whose_rows_an_earlier_pass_deleted_are_told_once(path: Path) -> None:
    """When the same page is read again, they have no row any more."""
    read = make(path)
    read.load()
    read.begin_page(1)
    delete_row(read, 1)
    read.begin_page(1)
    assert [read.take_deleted_before(1, 1), read.take_deleted_before(1, 9), read.take_deleted_before(1, 9)] == [1, 1, 0]


def test_what_is_kept_is_for_its_user_alone(path: Path) -> None:
    """It has keys of rows in it."""
    make(path).advance(0, {"id": {"B": b"secret"}, "at": {"N": "1"}}, {})
    assert path.stat().st_mode & 0o077 == 0


def change(name: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    """Make a change of one field."""
    return lambda told: told | {name: value}


ODD: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a list": lambda _: [],
    "nothing": lambda _: {},
    "a number": lambda _: 7,
    "a field less": lambda told: {name: value for name, value in told.items() if name != "counts"},
    "a field more": change("more", 1),
    "begun in a time to come": change("begun_at", time.time() + 7200),
    "saved in a time to come": change("saved_at", time.time() + 7200),
    "saved before it began": change("saved_at", 1.0),
    "a time that is none": change("begun_at", math.nan),
    "endless units": change("read_units", math.inf),
    "a list for units": change("write_units", []),
    "all done": change("is_done", [True] * 3),
    "other segments": change("is_done", [False] * 4),
    "segments of words": change("is_done", ["no"] * 3),
    "no truth": change("is_exact", 1),
    "counts below zero": change("counts", {"deleted": -1}),
    "counts of words": change("counts", {"deleted": "many"}),
    "no counts": change("counts", [1]),
    "a time beyond all times": change("begun_at", 10**400),
    "units beyond all units": change("read_units", 10**400),
    "counts beyond all counts": change("counts", {"deleted": 10**400}),
    "deletes below zero": change("unanswered", -1),
    "rows below zero": change("deleted_before", [0, 0, -1]),
    "keys of another table": change("last_keys", [None, {"name": {"S": "x"}}, None]),
    "keys of another type": change("last_keys", [None, {"id": {"S": "x"}, "at": {"N": "1"}}, None]),
    "keys without content": change("last_keys", [None, {"id": {"B": ""}, "at": {"N": "1"}}, None]),
    "no Base64": change("last_keys", [None, {"id": {"B": "?"}, "at": {"N": "1"}}, None]),
    "keys that are none": change("last_keys", [None, "x", None]),
    "fewer keys": change("last_keys", []),
}


@pytest.mark.parametrize("make_odd", ODD.values(), ids=ODD)
@pytest.mark.usefixtures("written")
def test_what_makes_no_sense_is_not_gone_on_from(path: Path, make_odd: Callable[[dict[str, Any]], Any]) -> None:
    """It begins anew, and says which file it was."""
    path.write_text(json.dumps(make_odd(json.loads(path.read_text()))))
    progress = make(path)
    assert f"{path} cannot be used" in progress.load()
    assert (progress.is_resumed, progress.is_done(), progress.counts.total()) == (False, False, 0)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_begins_anew(path: Path, content: bytes) -> None:
    """As after a disk that was full."""
    path.parent.mkdir()
    path.write_bytes(content)
    assert f"{path} cannot be used (it is no JSON)" in make(path).load()


@pytest.mark.usefixtures("written")
def test_what_was_compared_more_than_a_day_ago_begins_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too much has changed since."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + MOST_AGE_S + 1)
    progress = make(path)
    assert "more than a day ago" in progress.load()
    assert (progress.is_resumed, progress.is_done()) == (False, False)


def test_a_page_that_is_done_is_kept_at_once(path: Path) -> None:
    """A process that is killed says nothing in the end."""
    make(path).advance(0, LAST_KEY, {})
    assert path.exists()


def test_a_second_run_of_the_same_is_refused(path: Path) -> None:
    """Both would count the same rows. When the first has ended, the second may begin."""
    with make(path).locked(), pytest.raises(CommandError, match="Another run of the same"), make(path).locked():
        pass
    with make(path).locked():
        pass
    assert list(path.parent.iterdir()) == []


@pytest.mark.usefixtures("written")
def test_a_full_disk_leaves_what_was_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says so once, and goes on working."""

    def is_full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    progress = make(path)
    progress.load()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", is_full)
        progress.save()
        progress.save()
    assert capsys.readouterr().err.count("No space left on device") == 1
    assert "Going on after 8 rows" in make(path).load()
    assert [each.name for each in path.parent.iterdir()] == [path.name]
