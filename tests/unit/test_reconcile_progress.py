"""The progress of a comparison is saved for the next run, which checks it before use."""

import json
import math
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from reconciler.explained_error import ExplainedError
from reconciler.progress import PageCounts
from scavenger_ops.reconcile.progress import MOST_AGE_S, SavedComparisonProgress, find_progress

KEY_TYPES = {"id": "B", "at": "N"}
LAST_KEY: Any = {"id": {"B": b"\xff\x00"}, "at": {"N": "1"}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the file."""
    return tmp_path / "kept" / "progress.json"


def make(path: Path) -> SavedComparisonProgress:
    """Create the progress of three segments."""
    return SavedComparisonProgress(path, 3, KEY_TYPES)


def delete_row(progress: SavedComparisonProgress, segment: int) -> None:
    """Note that a row was deleted."""
    progress.note_sent()
    progress.note_result(segment, "deleted", is_gone=True)


@pytest.fixture
def written(path: Path) -> SavedComparisonProgress:
    """Save the progress of a run that was stopped: one segment begun, and one done."""
    progress = make(path)
    progress.advance(1, LAST_KEY, PageCounts(Counter({"deletable": 3}), 2, 1_700_000_000.5))
    progress.advance(2, None, PageCounts(Counter({"too young": 4})))
    delete_row(progress, 1)
    progress.add_units(read_units=0.5, write_units=7)
    progress.total = 20
    progress.save()
    return progress


def test_saved_progress_is_read_back_unchanged(path: Path, written: SavedComparisonProgress) -> None:
    """That includes the bytes of a binary key, which JSON cannot hold."""
    read = make(path)
    assert "Continuing after 8 rows of a run" in read.load()
    assert [read.last_key(segment) for segment in range(3)] == [None, LAST_KEY, None]
    assert [read.is_done(segment) for segment in range(3)] == [False, False, True]
    assert (read.counts, read.read_units, read.write_units) == (
        {"deletable": 3, "too young": 4, "deleted": 1},
        0.5,
        7,
    )
    assert (read.unprocessed, read.oldest_unprocessed_at) == (2, 1_700_000_000.5)
    assert (read.begun_at, read.is_resumed, read.is_exact, read.total) == (written.begun_at, True, True, 20)


def test_after_a_killed_run_the_counts_are_not_exact(path: Path) -> None:
    """They are not exact in a run that continues it either."""
    progress = make(path)
    progress.advance(1, LAST_KEY, PageCounts(Counter({"deletable": 3})))
    for _ in range(2):
        read = make(path)
        assert "at least 3 rows" in read.load()
        assert not read.is_exact
        read.save()


def test_deletes_without_a_response_are_saved(path: Path) -> None:
    """They may have been carried out. The run ended with a report, so its counts are exact."""
    progress = make(path)
    progress.note_sent()
    progress.note_answered(is_known=False)
    progress.save()
    read = make(path)
    read.load()
    assert (read.unanswered, read.is_exact) == (1, True)


def test_a_thread_that_outlives_its_run_does_not_write(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a second Ctrl-C the run ends before its threads do, and by then another run may have begun."""
    monkeypatch.setattr("scavenger_ops.reconcile.progress.SAVE_INTERVAL_S", 0.0)
    outlived = make(path)
    outlived.advance(1, LAST_KEY, PageCounts(Counter({"deletable": 3})))
    outlived.save()
    saved = path.read_bytes()
    outlived.advance(0, LAST_KEY, PageCounts(Counter({"deletable": 5})))
    assert path.read_bytes() == saved
    make(path).remove()
    outlived.advance(2, LAST_KEY, PageCounts(Counter({"deletable": 7})))
    assert not path.exists()


@pytest.mark.usefixtures("written")
def test_messages_whose_rows_an_earlier_pass_deleted_are_counted_once(path: Path) -> None:
    """When the same page is read again, they have no row any more."""
    read = make(path)
    read.load()
    read.begin_page(1)
    delete_row(read, 1)
    read.begin_page(1)
    assert [read.take_deleted_before(1, 1), read.take_deleted_before(1, 9), read.take_deleted_before(1, 9)] == [1, 1, 0]


def test_only_the_user_can_read_the_file(path: Path) -> None:
    """It has keys of rows."""
    make(path).advance(0, {"id": {"B": b"secret"}, "at": {"N": "1"}}, PageCounts())
    assert path.stat().st_mode & 0o077 == 0


def change(name: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    """Return a change of one field."""
    return lambda saved: saved | {name: value}


INVALID: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a list": lambda _: [],
    "nothing": lambda _: {},
    "a number": lambda _: 7,
    "a field is missing": lambda saved: {name: value for name, value in saved.items() if name != "counts"},
    "an unknown field": change("more", 1),
    "begun in the future": change("begun_at", time.time() + 7200),
    "saved in the future": change("saved_at", time.time() + 7200),
    "saved before it began": change("saved_at", 1.0),
    "a time that is not a number": change("begun_at", math.nan),
    "infinite units": change("read_units", math.inf),
    "a list for units": change("write_units", []),
    "all done": change("is_done", [True] * 3),
    "other segments": change("is_done", [False] * 4),
    "segments of words": change("is_done", ["no"] * 3),
    "not a boolean": change("is_exact", 1),
    "counts below zero": change("counts", {"deleted": -1}),
    "counts of words": change("counts", {"deleted": "many"}),
    "no counts": change("counts", [1]),
    "a huge time": change("begun_at", 10**400),
    "huge units": change("read_units", 10**400),
    "huge counts": change("counts", {"deleted": 10**400}),
    "deletes below zero": change("unanswered", -1),
    "a total of words": change("total", "many"),
    "rows below zero": change("deleted_before", [0, 0, -1]),
    "keys of another table": change("last_keys", [None, {"name": {"S": "x"}}, None]),
    "keys of another type": change("last_keys", [None, {"id": {"S": "x"}, "at": {"N": "1"}}, None]),
    "keys without content": change("last_keys", [None, {"id": {"B": ""}, "at": {"N": "1"}}, None]),
    "not Base64": change("last_keys", [None, {"id": {"B": "?"}, "at": {"N": "1"}}, None]),
    "a key that is a text": change("last_keys", [None, "x", None]),
    "fewer keys": change("last_keys", []),
}


@pytest.mark.parametrize("make_invalid", INVALID.values(), ids=INVALID)
@pytest.mark.usefixtures("written")
def test_invalid_progress_is_not_used(path: Path, make_invalid: Callable[[dict[str, Any]], Any]) -> None:
    """The comparison starts from the beginning, and the message names the file."""
    path.write_text(json.dumps(make_invalid(json.loads(path.read_text()))))
    progress = make(path)
    assert f"{path} cannot be used" in progress.load()
    assert (progress.is_resumed, progress.is_done(), progress.counts.total()) == (False, False, 0)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_file_without_json_is_not_used(path: Path, content: bytes) -> None:
    """A full disk may leave such a file."""
    path.parent.mkdir()
    path.write_bytes(content)
    assert f"{path} cannot be used (it is not valid JSON)" in make(path).load()


@pytest.mark.usefixtures("written")
def test_progress_older_than_a_day_is_not_used(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too much has changed since."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + MOST_AGE_S + 1)
    progress = make(path)
    assert "more than a day ago" in progress.load()
    assert (progress.is_resumed, progress.is_done()) == (False, False)


def test_a_finished_page_is_saved_at_once(path: Path) -> None:
    """A process that is killed cannot save at its end."""
    make(path).advance(0, LAST_KEY, PageCounts())
    assert path.exists()


def test_a_second_run_at_the_same_time_is_refused(path: Path) -> None:
    """Both would count the same rows. When the first run has ended, the second may start."""
    with make(path).locked(), pytest.raises(ExplainedError, match="Another run of the same"), make(path).locked():
        pass
    with make(path).locked():
        pass
    assert list(path.parent.iterdir()) == []


@pytest.mark.usefixtures("written")
def test_a_full_disk_keeps_the_older_file(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command warns once, and continues."""

    def is_full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    progress = make(path)
    progress.load()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", is_full)
        progress.save()
        progress.save()
    assert capsys.readouterr().err.count("No space left on device") == 1
    assert "Continuing after 8 rows" in make(path).load()
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_without_a_home_directory_nothing_is_saved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A container's user may have none. The command says so in one line, and leaves the current folder alone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    # What Python returns if HOME is not set and the user is in no password file.
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    progress = find_progress(3, KEY_TYPES, "what")
    with progress.locked():
        assert progress.load() == ""
        progress.advance(0, LAST_KEY, PageCounts())
        progress.save()
        progress.remove()
    (said,) = capsys.readouterr().err.splitlines()
    assert "there is no home directory: set HOME" in said
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_home_directory_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The progress is neither read nor saved."""
    (tmp_path / "file").touch()
    progress = make(tmp_path / "file" / "scavenger" / "progress.json")
    with progress.locked():
        assert progress.load() == ""
        progress.save()
        progress.remove()
    (said,) = capsys.readouterr().err.splitlines()
    assert "The progress cannot be saved" in said
    assert "Not a directory" in said
