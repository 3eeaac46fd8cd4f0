"""Missing samples: which gaps can be filled in, that only they change, and that marks stay ever after."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bench.protocols import TUTORIAL
from data.errors import RecordingError
from data.export.arrow import recordings_from_bytes, recordings_to_bytes
from data.export.files import read_release, release_to_bytes, write_recordings, write_release
from data.export.release_from_table import release_from_table
from data.gaps import UNKNOWN_METHOD, fill_missing, filled_flags, gaps_of
from data.load import load
from data.readers import read_table
from data.release import Release
from data.windows import Windows, WindowSettings, concatenate, cut_windows
from tests.toy import SHARING, make_recordings

LENGTH = 50  # samples a window
SETTINGS = WindowSettings(duration_s=1.0, overlap=0.5)


@pytest.fixture(scope="module")
def whole():
    return make_recordings(n_subjects=2, n_activities=2, seconds_per_series=20)


@pytest.fixture(scope="module")
def holed(whole):
    """Series of 1000 samples: gaps of 10 (all channels) and 20 (one), one too long, one at an end, one at a start."""
    samples = whole.samples.copy()
    channels = list(whole.channels)
    for begin, stop, where in (
        (100, 110, channels), (500, 520, channels[:1]), (600, 640, channels),
        (990, 1000, channels), (1000, 1005, channels),
    ):  # fmt: skip
        samples.loc[begin : stop - 1, where] = np.nan
    return replace(whole, samples=samples)


def straight(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    t = np.arange(values.shape[1])
    columns = [
        [np.interp(t, t[known], channel[known]) for channel, known in zip(window.T, here.T, strict=True)]
        for window, here in zip(values, mask, strict=True)
    ]
    return np.array(columns, dtype=np.float32).transpose(0, 2, 1)


@pytest.fixture(scope="module")
def filled(holed):
    return fill_missing(holed, straight, by="Straight line", n_timesteps=LENGTH)


def values_of(recordings) -> np.ndarray:
    return recordings.samples[list(recordings.channels)].to_numpy()


def test_gaps_are_found_and_those_that_nothing_is_known_of_are_left(holed):
    gaps = gaps_of(holed, LENGTH)
    assert gaps.begin.tolist() == [100, 500, 600, 990, 1000]
    assert gaps.length.tolist() == [10, 20, 40, 10, 5]
    assert gaps.fillable.tolist() == [True, True, False, False, False]
    assert gaps.context[:2].tolist() == [80, 485]
    assert gaps.share_missing == pytest.approx(85 / 4000)
    assert gaps.share_fillable == pytest.approx(30 / 4000)
    assert gaps.rows(np.array([0])).shape == (1, LENGTH)


def test_windows_stay_inside_their_series(whole):
    samples = whole.samples.copy()
    for begin in (1002, 1996):
        samples.loc[begin : begin + 1, "acc_x"] = np.nan
    gaps = gaps_of(replace(whole, samples=samples), LENGTH)
    assert gaps.context.tolist() == [1000, 2000 - LENGTH]


def test_a_series_shorter_than_a_window_keeps_its_gaps(holed):
    assert not gaps_of(holed, 1001).fillable.any()
    assert len(gaps_of(make_recordings(2, 2, 5), LENGTH)) == 0


def test_only_what_was_missing_changes(holed, filled):
    before, after = values_of(holed), values_of(filled)
    known = ~np.isnan(before)
    assert np.array_equal(before[known], after[known])
    ends = before[[99, 110]].astype(float)
    expected = ends[0] + (ends[1] - ends[0]) * (np.arange(1, 11) / 11)[:, None]
    np.testing.assert_allclose(after[100:110], expected, rtol=1e-5)
    assert np.isnan(after[600:640]).all()
    assert np.flatnonzero(filled.filled).tolist() == [*range(100, 110), *range(500, 520)]
    assert filled.share_filled == pytest.approx(30 / 4000)


def test_the_original_stays(holed, filled):
    assert np.isnan(values_of(holed)[100]).all()
    assert holed.filled is None
    assert (holed.name, filled.name) == ("toy", "toy, gaps filled")
    assert holed.fingerprint != filled.fingerprint


def test_the_data_check_tells_it(filled):
    finding = filled.findings[-1]
    assert finding.severity == "warning"
    assert finding.found == "30 missing samples were filled in (0.75 %) by Straight line"
    assert "55 samples in long gaps" in finding.done


def test_marks_change_the_fingerprint_and_their_absence_does_not(whole, filled):
    assert replace(filled, filled=None, filled_by="").fingerprint != filled.fingerprint
    assert replace(filled, filled_by="GAIN").fingerprint != filled.fingerprint
    unmarked = cut_windows(whole, SETTINGS)
    assert unmarked.filled is None
    zero = replace(unmarked, filled=np.zeros(len(unmarked), np.float32))
    assert zero.fingerprint != unmarked.fingerprint


def test_windows_know_their_share(holed, filled):
    windows = cut_windows(filled, SETTINGS)
    assert len(windows) > len(cut_windows(holed, SETTINGS))
    at = {
        (series, start): i
        for i, (series, start) in enumerate(zip(windows.series, windows.start, strict=True))
    }
    first = filled.samples["series"].iloc[0]
    assert windows.filled[at[first, 75]] == pytest.approx(10 / LENGTH)
    assert windows.filled[at[first, 0]] == 0
    assert windows.filled_by == "Straight line"
    assert windows.share_filled == pytest.approx(windows.filled.mean())


def test_windows_keep_their_share(filled, whole):
    windows = cut_windows(filled, SETTINGS)
    touched = np.flatnonzero(windows.filled)
    assert windows.take(touched).filled.tolist() == windows.filled[touched].tolist()
    assert windows.with_values(windows.values * 2).filled is windows.filled
    joined = concatenate([cut_windows(whole, SETTINGS), windows])
    assert joined.filled_by == "Straight line"
    assert joined.filled[-len(windows) :].tolist() == windows.filled.tolist()
    assert not joined.filled[: -len(windows)].any()
    assert TUTORIAL.windows(filled).share_filled > 0


def test_windows_refuse_shares_of_others(filled):
    windows = cut_windows(filled, SETTINGS)
    with pytest.raises(ValueError, match="filled must have"):
        Windows(**{**vars(windows), "filled": windows.filled[:3]})
    with pytest.raises(ValueError, match="filled needs"):
        replace(filled, filled=filled.filled[:3])


def test_the_store_keeps_the_marks(filled, whole):
    again = recordings_from_bytes(recordings_to_bytes(filled))
    assert again.fingerprint == filled.fingerprint
    assert np.array_equal(again.filled, filled.filled)
    assert again.filled_by == "Straight line"
    assert recordings_from_bytes(recordings_to_bytes(whole)).filled is None


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_files_of_recordings_keep_the_marks(whole, ending, tmp_path):
    samples = whole.samples.copy()
    samples.loc[100:109, list(whole.channels)] = np.nan
    filled = fill_missing(replace(whole, samples=samples), straight, by="Straight line", n_timesteps=LENGTH)
    path = tmp_path / f"filled.{ending}"
    write_recordings(filled, path)
    again = load(path)
    assert again.channels == filled.channels
    assert np.array_equal(again.filled, filled.filled)
    assert again.filled_by == "Straight line"
    assert any("10 samples are flagged as filled in" in finding.found for finding in again.findings)
    write_recordings(whole, path)
    assert load(path).filled is None


@pytest.mark.parametrize("sharing", [None, SHARING])
def test_a_release_says_what_was_filled_in(filled, sharing):
    windows = cut_windows(filled, SETTINGS)
    release = Release("as it is", windows, np.arange(len(windows)))
    again = read_release(release_to_bytes(release, sharing=sharing))
    assert sorted(again.windows.filled.tolist()) == sorted(windows.filled.tolist())
    assert again.windows.filled_by == "Straight line"


def test_a_release_as_csv_says_it_too(filled, tmp_path):
    windows = cut_windows(filled, SETTINGS)
    write_release(Release("as it is", windows), tmp_path / "release.csv")
    frame = pd.read_csv(tmp_path / "release.csv")
    assert frame.groupby("trial")["filled"].first().to_numpy() == pytest.approx(windows.filled)
    table = read_table(tmp_path / "release.csv")
    again = release_from_table(table, name="again", rate_hz=None, columns={}).windows
    assert again.channels == windows.channels
    assert again.filled == pytest.approx(windows.filled)
    assert again.filled_by == UNKNOWN_METHOD


def test_filling_twice_names_both_ways(filled, holed):
    longer = fill_missing(filled, straight, by="GAIN", n_timesteps=200)
    assert longer.filled_by == "Straight line, GAIN"
    assert np.flatnonzero(longer.filled).tolist() == [*range(100, 110), *range(500, 520), *range(600, 640)]


def test_nothing_to_fill_in_is_said(whole):
    with pytest.raises(RecordingError, match="No gap can be filled"):
        fill_missing(whole, straight, by="x", n_timesteps=LENGTH)


def test_a_filling_that_is_no_number_is_refused(holed):
    with pytest.raises(RecordingError, match="left values missing"):
        fill_missing(holed, lambda values, mask: values, by="x", n_timesteps=LENGTH)


def test_progress_is_told_and_may_stop(holed):
    told = []
    fill_missing(holed, straight, by="x", n_timesteps=LENGTH, on_progress=lambda *step: told.append(step))
    assert told == [(2, 2)]

    def stop(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        fill_missing(holed, straight, by="x", n_timesteps=LENGTH, on_progress=stop)


def test_marks_are_read_however_they_are_written():
    assert filled_flags(pd.Series(["", None, "GAIN", "Line"]))[1] == "GAIN, Line"
    assert filled_flags(pd.Series([0, 1.0, np.nan]))[0].tolist() == [False, True, False]
    assert filled_flags(pd.Series([True, False]))[0].tolist() == [True, False]
    found, by = filled_flags(pd.Series(["yes", "no", "False", "true"]))
    assert (found.tolist(), by) == ([True, False, False, True], UNKNOWN_METHOD)
