"""Stretches of a split on each person's axis: none overlap, and together they are all there is."""

import numpy as np
import pandas as pd
import pytest

from data.splits import SplitSettings, split_windows
from data.summaries.split_timeline import SIDES, timeline
from data.windows import WindowSettings, cut_windows
from tests.toy import make_recordings


def laid_out(overlap: float = 0.5, seed: int = 0, n_trials: int = 1) -> tuple[pd.DataFrame, object, object]:
    recordings = make_recordings(seconds_per_series=30, n_trials=n_trials)
    windows = cut_windows(recordings, WindowSettings(2.56, overlap))
    split = split_windows(windows, seed=seed, settings=SplitSettings())
    return timeline(recordings, split), recordings, split


@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("seed", [0, 1])
def test_stretches_of_the_sides_never_overlap(overlap, seed):
    rows, _, _ = laid_out(overlap, seed)
    used = rows[rows["side"] != "unused"].sort_values(["subject", "begin_s"])
    for _, person in used.groupby("subject"):
        assert (person["begin_s"].to_numpy()[1:] >= person["end_s"].to_numpy()[:-1] - 1e-9).all()


@pytest.mark.parametrize("overlap", [0.0, 0.5])
def test_stretches_are_as_long_as_their_windows_together(overlap):
    rows, _, split = laid_out(overlap)
    for side in SIDES:
        windows = getattr(split, side)
        covered = {
            (s, int(i))
            for s, start in zip(windows.series, windows.start, strict=True)
            for i in range(start, start + windows.n_timesteps)
        }
        mine = rows[rows["side"] == side]
        assert (mine["end_s"] - mine["begin_s"]).sum() == pytest.approx(len(covered) / windows.rate_hz)


def test_fit_and_fresh_of_a_series_are_a_window_apart():
    rows, _, split = laid_out()
    for _, series in rows[rows["side"].isin(["fit", "fresh"])].sort_values("begin_s").groupby("series"):
        changes = series["side"].to_numpy()[1:] != series["side"].to_numpy()[:-1]
        gaps = series["begin_s"].to_numpy()[1:] - series["end_s"].to_numpy()[:-1]
        assert (gaps[changes] >= split.fit.duration_s - 1e-9).all()


@pytest.mark.parametrize("n_trials", [1, 2])
def test_series_follow_each_other_on_a_persons_axis(n_trials):
    rows, recordings, _ = laid_out(n_trials=n_trials)
    whole = rows[rows["side"] == "unused"]
    assert len(whole) == recordings.samples["series"].nunique()
    for _, person in whole.groupby("subject"):
        np.testing.assert_allclose(person["begin_s"].to_numpy()[1:], person["end_s"].to_numpy()[:-1])
        assert person["begin_s"].iloc[0] == 0
    assert (whole["end_s"] - whole["begin_s"]).sum() == pytest.approx(recordings.duration_s)


def test_every_stretch_lies_in_its_series():
    rows, _, _ = laid_out()
    whole = rows[rows["side"] == "unused"].set_index("series")
    inner = rows[rows["side"] != "unused"].join(whole[["begin_s", "end_s"]], on="series", rsuffix="_all")
    assert (inner["begin_s"] >= inner["begin_s_all"] - 1e-9).all()
    assert (inner["end_s"] <= inner["end_s_all"] + 1e-9).all()


def test_people_held_out_are_unseen_throughout():
    rows, _, split = laid_out()
    sides = rows[rows["side"] != "unused"].groupby("subject")["side"].agg(set)
    assert [person for person, found in sides.items() if found == {"unseen"}] == split.unseen.subjects
    assert all(
        found <= {"fit", "fresh"} for person, found in sides.items() if person not in split.unseen.subjects
    )
