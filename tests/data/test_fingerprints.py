"""The same recordings are known again by their marks, however they were cut; others are not taken for them."""

from dataclasses import replace

import numpy as np
import pytest

from data.fingerprints import N_FINGERPRINTS, subject_fingerprints
from data.windows import WindowSettings, cut_windows
from tests.toy import make_recordings, make_windows

RECORDINGS = make_recordings(n_subjects=3, n_activities=3)
MARKS = subject_fingerprints(cut_windows(RECORDINGS))


def fewest_met(windows) -> int:
    return min(len(MARKS[person] & marks) for person, marks in subject_fingerprints(windows).items())


def trimmed(seconds: float):
    return replace(RECORDINGS, samples=RECORDINGS.samples.query("t >= @seconds").reset_index(drop=True))


@pytest.mark.parametrize(
    ("windows", "at_least"),
    [
        (cut_windows(RECORDINGS, WindowSettings(2.56, 0)), 40),
        (cut_windows(RECORDINGS, WindowSettings(1.3, 0.25)), 40),
        (cut_windows(trimmed(0.3)), 40),
        (cut_windows(trimmed(15)), 3),
        (make_windows(n_subjects=3, n_activities=3).take(np.arange(3 * 42) % 42 < 14), 5),
    ],
    ids=["no overlap", "shorter windows", "trimmed", "the last quarter", "one activity"],
)
def test_another_cut_of_the_same_recordings_keeps_marks(windows, at_least):
    assert fewest_met(windows) >= at_least


def test_marks_survive_another_unit_and_text():
    windows = cut_windows(RECORDINGS)
    in_text = np.round(windows.values.astype(np.float64) * 9.80665, 5)
    assert fewest_met(windows.with_values(in_text)) > N_FINGERPRINTS / 2


@pytest.mark.parametrize("n_channels", [1, 12])
def test_nobody_is_taken_for_somebody_else(n_channels):
    one, other = (subject_fingerprints(make_windows(n_channels=n_channels, seed=seed)) for seed in (0, 1))
    everybody = [*one.values(), *other.values()]
    assert [len(marks) for marks in everybody] == [N_FINGERPRINTS] * 8
    assert len(frozenset().union(*everybody)) == 8 * N_FINGERPRINTS


def test_rest_on_a_coarse_scale_has_no_marks():
    windows = make_windows()
    flickering = np.random.default_rng(0).choice([0.98, 1.0], windows.values.shape)
    assert set(subject_fingerprints(windows.with_values(flickering)).values()) == {frozenset()}
    assert set(subject_fingerprints(windows.with_values(np.zeros_like(windows.values))).values()) == {
        frozenset()
    }


@pytest.mark.parametrize("n_timesteps", [2, 7, 24])
def test_windows_shorter_than_a_run_are_marked_as_a_whole(n_timesteps):
    windows = make_windows(n_channels=1)
    short = windows.with_values(windows.values[:, :n_timesteps])
    marks = subject_fingerprints(short)
    assert marks == subject_fingerprints(short.take(np.arange(len(short))[::-1]))
