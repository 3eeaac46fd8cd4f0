"""Recordings on their way in: a process of their own reads, and whatever becomes of it, the page gets an answer."""

import contextlib
import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.ingest.column_mapping import guess_mapping
from data.ingest.convert import to_recordings
from data.ingest.preparation import Preparation
from synth.runs import upload_process as intakes
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.upload_process import Intake
from tests.data.readers.layouts.trees import archive
from tests.data.tables import as_table, csv, tidy_table
from tests.waiting import wait_until

TABLE = tidy_table(n=50)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(Store(tmp_path / "home"))


@pytest.fixture
def intake(repository: Repository) -> Iterator[Intake]:
    found = Intake(repository)
    with contextlib.closing(Discarding(found)):
        yield found


class Discarding:
    """Ends an intake with its test."""

    def __init__(self, intake: Intake) -> None:
        self.close = intake.discard


def answered(intake: Intake) -> str:
    """Wait for the process; return its status."""
    wait_until(lambda: intake.status not in ("reading", "converting"))
    return intake.status


def process_of(intake: Intake) -> int:
    assert intake._process is not None
    return intake._process.pid


def inbox(repository: Repository) -> list[Path]:
    return list((repository.store.root / "inbox").iterdir())


def test_uploads_are_read_converted_and_kept_and_nothing_is_left(intake, repository):
    uploads = [(f"{p}.csv", io.BytesIO(csv(TABLE[TABLE["subject"] == p]))) for p in ("Ann", "Bob")]
    intake.read_uploads(uploads, "mine")
    assert answered(intake) == "read"
    assert (intake.n_rows(), intake.can_choose_again) == (200, False)
    thin = intake.table()
    assert [part.path for part in thin.parts] == ["Ann.csv", "Bob.csv"]
    pd.testing.assert_frame_equal(thin.frame, TABLE, check_dtype=False, rtol=1e-6)

    intake.convert(guess_mapping(thin), Preparation(magnitudes=True))
    assert answered(intake) == "kept"
    kept = repository.recordings(intake.recordings_key)
    expected = to_recordings(as_table(TABLE), guess_mapping(as_table(TABLE)))
    np.testing.assert_array_equal(kept.samples["acc_x"], expected.samples["acc_x"])
    assert kept.name == "mine"
    intake.discard()
    assert inbox(repository) == []


def test_a_refusal_is_one_sentence_and_another_choice_can_be_made(intake):
    intake.read_uploads([("a.csv", io.BytesIO(csv(TABLE.drop(columns="t"))))], "a.csv")
    assert answered(intake) == "read"
    mapping = guess_mapping(intake.table())
    intake.convert(mapping, Preparation())
    assert answered(intake) == "failed"
    assert "Specify the rate in Hz" in intake.error
    assert intake.can_choose_again
    intake.back_to_choosing()
    assert intake.status == "read"
    intake.convert(guess_mapping(intake.table(), rate_hz=50.0), Preparation())
    assert answered(intake) == "kept"


def test_a_name_pattern_reaches_the_process(intake, repository):
    frame = TABLE[["t", "acc_x", "acc_y"]]
    files = {f"Ann_walk_{i}.csv": csv(frame[i * 50 : i * 50 + 50]) for i in range(2)}
    files |= {f"Bob_sit_{i}.csv": csv(frame[i * 50 + 100 : i * 50 + 150]) for i in range(2)}
    intake.read_uploads([("all.zip", io.BytesIO(archive(files)))], "all")
    assert answered(intake) == "read"
    intake.convert(guess_mapping(intake.table(), pattern="{subject}_{activity}_{trial}"), Preparation())
    assert answered(intake) == "kept", intake.error
    assert repository.recordings(intake.recordings_key).subjects == ["Ann", "Bob"]


def test_names_from_outside_are_no_names_on_this_disk(intake, repository):
    intake.read_uploads([("../../../../evil.csv", io.BytesIO(csv(TABLE)))], "../../name")
    assert answered(intake) == "read", intake.error
    assert [path.name for path in repository.store.root.parent.rglob("*evil*")] == []


def test_hostile_uploads_get_one_sentence(intake):
    intake.read_uploads([("a.csv", io.BytesIO(b"\x89PNG\r\n"))], "a.csv")
    assert answered(intake) == "failed"
    assert "is not a table: it is a PNG image" in intake.error


@pytest.mark.parametrize("path", ["~/nowhere\n.csv", "~nobody-of-that-name/x.csv"])
def test_a_missing_path_is_told(intake, path):
    intake.read_path(path)
    assert answered(intake) == "failed"
    assert "without an answer" not in intake.error
    assert "\n" not in intake.error


def test_a_tilde_is_the_home_folder(intake, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / "recordings"
    folder.mkdir()
    (folder / "a.csv").write_bytes(csv(TABLE))
    intake.read_path("~/recordings")
    assert answered(intake) == "read", intake.error
    assert intake.n_rows() == 200
    assert (folder / "a.csv").exists()


def test_discarding_while_reading_ends_the_process_and_leaves_nothing(intake, repository):
    intake.read_uploads([("a.csv", io.BytesIO(csv(tidy_table(n=20_000))))], "a.csv")
    assert intake.status == "reading"
    process = process_of(intake)
    intake.discard()
    assert inbox(repository) == []
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_process_that_is_killed_is_told_in_a_sentence(intake):
    intake.read_uploads([("a.csv", io.BytesIO(csv(TABLE)))], "a.csv")
    os.kill(process_of(intake), signal.SIGKILL)
    assert answered(intake) == "failed"
    assert "ended without an answer" in intake.error
    assert "\n" not in intake.error


def test_what_was_kept_before_is_untouched_by_a_failure(intake, repository):
    intake.read_uploads([("a.csv", io.BytesIO(csv(TABLE)))], "a.csv")
    answered(intake)
    intake.convert(guess_mapping(intake.table()), Preparation())
    answered(intake)
    key = intake.recordings_key
    intake.read_uploads([("b.csv", io.BytesIO(b"hello\n"))], "b.csv")
    assert answered(intake) == "failed"
    assert repository.recordings(key).subjects == ["Ann", "Bob"]


def test_too_little_memory_is_told_in_a_sentence(tmp_path, monkeypatch):
    def needs_more(*arguments, **options):
        raise MemoryError

    monkeypatch.setattr(intakes, "limit_memory", lambda gigabytes: None)
    monkeypatch.setattr(intakes, "read_table", needs_more)
    (tmp_path / "request.json").write_text('{"name": "big.csv", "path": "x", "step": "read"}')
    intakes.main(tmp_path, tmp_path)
    assert "big.csv needs more memory than there is" in (tmp_path / "answer.json").read_text()


def test_progress_is_told():
    progress = intakes.ReadingProgress(done=25, total=100, text="Reading", elapsed_s=5.0)
    assert progress.seconds_left == 15
    assert intakes.ReadingProgress(0, 100, "Reading", 5.0).seconds_left is None


def test_columns_without_names_are_named_and_read_again(intake):
    content = TABLE.to_csv(index=False, header=False).encode()
    intake.read_uploads([("mine.csv", io.BytesIO(content))], "mine.csv")
    assert answered(intake) == "failed"
    assert intake.rows_without_names[0] == [str(value) for value in TABLE.iloc[0]]
    assert "Name its" in intake.error
    intake.read_with_names([str(column) for column in TABLE.columns])
    assert answered(intake) == "read"
    assert list(intake.table().frame) == list(TABLE.columns)
    assert intake.rows_without_names == []
