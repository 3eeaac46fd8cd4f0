"""Tables of days and weeks: which rows are taken, that memory never holds the others, and what is asked instead."""

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import PenumbraError, RecordingError
from data.ingest.column_mapping import guess_mapping
from data.ingest.convert import to_recordings
from data.readers import files, read_table
from data.readers.formats import _long_text, parquet
from tests.data.weeks.signals import RATE_HZ, hours

ACC = ["acc_x", "acc_y", "acc_z"]
STARTED = pd.Timestamp("2024-03-04 10:00")
T, VALUES = hours((2, True), (3, False), (3.01, True))
WEEK = pd.DataFrame({"t": T.round(3), **{name: VALUES[:, i] for i, name in enumerate(ACC)}})
DATED = WEEK.assign(t=STARTED + pd.to_timedelta(T, unit="s"))
ACTILIFE = (
    "------------ Data File Created By ActiGraph GT3X+ ActiLife v6.13.3 Firmware v2.5.0 date format M/d/yyyy "
    "at 5 Hz  Filter Normal -----------\nSerial Number: MOS2A\nStart Time 10:00:00\nStart Date 3/4/2024\n"
    "Epoch Period (hh:mm:ss) 00:00:00\nDownload Time 10:00:00\nDownload Date 3/10/2024\n"
    "Current Memory Address: 0\nCurrent Battery Voltage: 4.21     Mode = 12\n---------------\n"
)


@pytest.fixture(autouse=True)
def _small_limits(monkeypatch):
    """Let eight hours of 5 Hz be long, and pieces short enough for many of them."""
    monkeypatch.setattr(files, "MAX_FILE_MB", 1)
    monkeypatch.setattr(parquet, "LONG_MB", 1)
    monkeypatch.setattr(parquet, "N_HEAD", 2_000)
    monkeypatch.setattr(parquet, "N_PIECE", 10_007)
    monkeypatch.setattr(_long_text, "PIECE_BYTES", 2**18)


def written(folder: Path, frame: pd.DataFrame, name: str, above: str = "") -> Path:
    path = folder / name
    if name.endswith(".parquet"):
        frame.to_parquet(path)
    elif name.endswith(".gz"):
        path.write_bytes(gzip.compress((above + frame.to_csv(index=False)).encode(), 1))
    else:
        path.write_text(above + frame.to_csv(index=False))
    return path


def an_hour(path: Path) -> list[files.File]:
    """Return a file of which an hour of three axes may be loaded."""
    return [replace(files.file_on_disk(path), max_values=3 * 3600 * RATE_HZ)]


@pytest.mark.parametrize(
    ("name", "frame", "above"),
    [
        ("P01.csv.gz", WEEK, ""),
        ("P01.csv", DATED.assign(t=DATED["t"].dt.strftime("%m/%d/%Y %H:%M:%S.%f")), ""),
        ("P01.csv", WEEK.assign(t=(1000 * T).astype(np.int64)), ""),
        ("P01.csv", WEEK[ACC], ACTILIFE),
        ("P01.parquet", WEEK, ""),
        ("P01.parquet", DATED, ""),
    ],
)
def test_stretches_of_worn_time_are_taken(name, frame, above, tmp_path):
    table = read_table(an_hour(written(tmp_path, frame, name, above)))
    recordings = to_recordings(table, guess_mapping(table))
    assert recordings.rate_hz == RATE_HZ
    assert recordings.index["n"].tolist() == [2 * 60 * RATE_HZ] * 30
    # 60 whole stretches are worn before the device is taken off, and 90 after: every fifth of all 150, from the third.
    numbers = np.arange(30) * 5 + 2
    begins = 120.0 * np.where(numbers < 60, numbers, numbers + 90)
    rows = (begins[:, None] * RATE_HZ + np.arange(2 * 60 * RATE_HZ)).astype(int).ravel()
    np.testing.assert_allclose(recordings.samples[list(recordings.channels)], VALUES[rows], atol=1e-5)
    said = next(finding for finding in table.findings if "hours recorded" in finding.found)
    assert "8.0 hours recorded (144,180 samples): worn for 5.0 hours, not worn for 3.0" in said.found
    assert "30 stretches of 2 minutes were taken" in said.done


def test_a_text_that_is_not_longer_than_allowed_is_read_as_it_is(tmp_path):
    table = read_table(written(tmp_path, WEEK, "P01.csv"))
    pd.testing.assert_frame_equal(table.frame, WEEK, check_dtype=False)
    assert table.findings == ()


def test_rows_without_time_are_counted(tmp_path):
    holed = WEEK.assign(t=WEEK["t"].where(WEEK.index != 100_000))
    found = read_table(an_hour(written(tmp_path, holed, "P01.csv"))).findings[0].found
    assert found == "1 row without time"


@pytest.mark.parametrize("name", ["P01.csv", "P01.parquet"])
def test_people_in_one_long_table_are_not_mixed(name, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_FILE_MB", 1 if name.endswith("csv") else 100)
    both = WEEK.assign(subject=np.where(T < 18_000, "a", "b"))
    if name.endswith("parquet"):  # memory suffices: all of it, as before
        assert len(read_table(written(tmp_path, both, name))) == len(both)
    else:
        with pytest.raises(
            RecordingError,
            match=r"P01\.csv is too big to be read at once, and P01\.csv holds several people \(a, b",
        ):
            read_table(written(tmp_path, both, name))


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (
            DATED.assign(t=DATED["t"].dt.strftime("%H:%M:%S.%f")),
            "column t: of a recording of days, times of day",
        ),
        (WEEK[ACC], "neither a column of times nor a sampling rate"),
        (WEEK.rename(columns=lambda name: name.replace("acc", "gyro")), "x, y and z of an acceleration"),
    ],
)
def test_what_no_stretch_can_be_taken_of_is_said(frame, sentence, tmp_path):
    with pytest.raises(RecordingError, match=rf"P01\.csv.*{sentence}"):
        read_table(an_hour(written(tmp_path, frame, "P01.csv")))


def test_a_damaged_line_is_counted_from_the_beginning_of_the_file(tmp_path):
    path = written(tmp_path, WEEK, "P01.csv")
    lines = path.read_text().split("\n")
    lines[120_000] += ",1,2"
    path.write_text("\n".join(lines))
    with pytest.raises(
        RecordingError, match=r"P01\.csv, line 120001: 6 columns where the lines above have 4"
    ):
        read_table(an_hour(path))


@pytest.mark.parametrize("name", ["P01.csv", "P01.parquet"])
def test_progress_is_told_and_can_stop_it(name, tmp_path):
    path, told = written(tmp_path, WEEK, name), []
    read_table(an_hour(path), on_progress=lambda *step: told.append(step[0]))
    assert told == sorted(told)
    assert told[-1] == 100
    assert len(set(told)) > 10

    def stop(done, *_):
        if done > 70:
            raise PenumbraError("stop")

    with pytest.raises(PenumbraError, match="stop"):
        read_table(an_hour(path), on_progress=stop)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_files_that_are_too_big_together_share_what_can_be_loaded(ending, tmp_path, monkeypatch):
    monkeypatch.setattr("data.readers.read_many.MAX_VALUES", 2 * 3 * 3600 * RATE_HZ)
    monkeypatch.setattr(files, "MAX_FILE_MB", 100)
    monkeypatch.setattr(parquet, "LONG_MB", 100)
    written(tmp_path, WEEK, f"P01.{ending}")
    written(tmp_path, WEEK.assign(acc_x=-WEEK["acc_x"]), f"P02.{ending}")
    assert len(read_table(tmp_path)) == 2 * len(WEEK)
    monkeypatch.setattr(files, "MAX_TOTAL_MB", 1)
    assert len(read_table(tmp_path)) == 2 * 3600 * RATE_HZ
