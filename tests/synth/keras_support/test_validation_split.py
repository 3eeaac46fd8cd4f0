"""What early stopping is measured on shares no sample with what is learnt, and no activity is lost."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.core.errors import TrainingError
from synth.keras_support.validation_split import train_validation_split
from tests.toy import make_windows


def samples_of(windows):
    return {
        (series, start + i)
        for series, start in zip(windows.series.tolist(), windows.start.tolist(), strict=True)
        for i in range(windows.n_timesteps)
    }


@settings(max_examples=15, deadline=None)
@given(
    n_subjects=st.integers(1, 4),
    n_activities=st.integers(1, 4),
    n_trials=st.integers(1, 2),
    overlap=st.sampled_from([0.0, 0.5, 0.75]),
    seed=st.integers(0, 99),
    whole_series=st.booleans(),
)
def test_no_sample_on_both_sides_and_every_activity_learnt(
    n_subjects, n_activities, n_trials, overlap, seed, whole_series
):
    windows = make_windows(n_subjects, n_activities, 12.0, 20.0, 1, n_trials, duration_s=1.0, overlap=overlap)
    learnt, apart = train_validation_split(windows, seed=seed, whole_series=whole_series)
    assert not samples_of(learnt) & samples_of(apart)
    assert learnt.activities == windows.activities
    assert 0 < len(apart) <= 0.31 * len(windows)


def test_another_seed_keeps_other_series_apart():
    windows = make_windows(n_channels=1)
    chosen = {tuple(np.unique(train_validation_split(windows, seed=s)[1].series)) for s in range(6)}
    assert len(chosen) > 1


def test_ends_of_some_recordings_leave_every_one_to_learn_from():
    windows = make_windows(3, 2, 24.0, 20.0, 1, duration_s=1.0)
    one_series = dataclasses.replace(windows, series=windows.subject)  # two activities in each series
    learnt, apart = train_validation_split(one_series, seed=0, whole_series=False)
    everyone = set(zip(windows.subject.tolist(), windows.activity.tolist(), strict=True))
    assert set(zip(learnt.subject.tolist(), learnt.activity.tolist(), strict=True)) == everyone
    assert 0 < len(apart) < 0.12 * len(windows)


def test_too_few_windows_are_refused_in_words():
    windows = make_windows(n_channels=1)
    with pytest.raises(TrainingError, match="only 5 windows"):
        train_validation_split(windows.take(np.arange(5)), seed=0)


def test_eight_single_windows_of_eight_activities_cannot_be_parted():
    windows = make_windows(1, 8, 2.0, 20.0, 1, duration_s=2.0)
    with pytest.raises(TrainingError, match="too short to hold out"):
        train_validation_split(windows, seed=0)
