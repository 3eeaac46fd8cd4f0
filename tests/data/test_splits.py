from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import RecordingError
from data.splits import Split, SplitSettings, cut_by_time, cut_by_trial, split_by_holdout, split_windows
from data.windows import Windows, WindowSettings, concatenate, cut_windows
from tests.toy import make_windows

ANY_WINDOWS = st.builds(
    make_windows,
    n_subjects=st.integers(2, 6),
    n_activities=st.integers(2, 4),
    seconds_per_series=st.sampled_from([3.0, 8.0, 13.0, 31.0]),
    rate_hz=st.just(20.0),
    n_channels=st.just(1),
    n_trials=st.integers(1, 3),
    duration_s=st.sampled_from([1.0, 2.55]),
    overlap=st.sampled_from([0.0, 0.5, 0.75]),
)


def spans(windows: Windows) -> dict[str, set[int]]:
    """Return which samples of each series are in some window."""
    held: dict[str, set[int]] = {}
    for series, start in zip(windows.series, windows.start, strict=True):
        held.setdefault(series, set()).update(range(start, start + windows.n_timesteps))
    return held


def least_distance(one: Windows, other: Windows) -> float:
    """Return how many samples lie at least between two sides that share a series; infinite if none do."""
    held, others = spans(one), spans(other)
    distances = [
        min(abs(a - b) for a in held[s] for b in (min(others[s]), max(others[s]), *others[s])) - 1
        for s in held.keys() & others.keys()
    ]
    return min(distances, default=np.inf)


def split_or_none(windows: Windows, seed: int, shares: SplitSettings) -> Split | None:
    """Split; `None` where the windows are refused as too short."""
    try:
        return split_windows(windows, seed=seed, settings=shares)
    except RecordingError as error:
        if "too short" not in str(error):
            raise
        return None


def shares_a_sample(one: Windows, other: Windows) -> bool:
    held, others = spans(one), spans(other)
    return any(held[s] & others[s] for s in held.keys() & others.keys())


@settings(max_examples=25, deadline=None)
@given(windows=ANY_WINDOWS, seed=st.integers(0, 5), share=st.sampled_from([0.0, 0.3, 0.6]))
def test_no_sample_is_on_two_sides_and_every_window_is_accounted_for(windows, seed, share):
    split = split_or_none(windows, seed, SplitSettings(held_out=share))
    if split is None:
        assert max(map(len, spans(windows).values())) < 3 * windows.n_timesteps
        return
    assert not set(split.unseen.subjects) & {*split.fit.subjects, *split.fresh.subjects}
    assert not shares_a_sample(split.fit, split.fresh)
    n = len(split.fit) + len(split.fresh) + len(split.unseen) + split.n_in_buffers
    assert n == len(windows)
    assert min(len(split.fit), len(split.fresh)) > 0


@settings(max_examples=10, deadline=None)
@given(
    seconds=st.sampled_from([9.0, 14.0, 25.0]), overlap=st.sampled_from([0.0, 0.5]), seed=st.integers(0, 3)
)
def test_sides_of_a_series_are_one_window_apart(seconds, overlap, seed):
    windows = make_windows(2, 2, seconds, rate_hz=10.0, n_channels=1, duration_s=1.0, overlap=overlap)
    split = split_windows(windows, seed=seed)
    assert least_distance(split.fit, split.fresh) >= windows.n_timesteps


def test_same_seed_same_split_other_seed_other_split():
    windows = make_windows(6, 3, 30.0)
    prints = [split_windows(windows, seed=seed).fingerprint for seed in (0, 0, 1)]
    assert prints[0] == prints[1] != prints[2]


def test_held_out_share_is_kept():
    split = split_windows(make_windows(10, 2, 30.0), seed=0, settings=SplitSettings(held_out=0.3))
    assert len(split.unseen.subjects) == 3
    assert len(split.fit.subjects) == 7


def test_fresh_share_is_near_what_was_asked():
    windows = make_windows(4, 2, 120.0, n_channels=1)
    split = split_windows(windows, seed=0, settings=SplitSettings(held_out=0, fresh=0.35))
    assert len(split.fresh) / (len(split.fresh) + len(split.fit)) == pytest.approx(0.35, abs=0.05)


def test_every_member_is_on_both_sides_where_series_are_long_enough(toy_split):
    assert toy_split.fit.subjects == toy_split.fresh.subjects
    assert toy_split.fit.activities == toy_split.fresh.activities


def test_two_people_hold_nobody_out():
    split = split_windows(make_windows(2, 2, 30.0), seed=0)
    assert len(split.unseen) == 0
    assert len(split.fit.subjects) == 2


def test_short_series_go_whole_to_one_side():
    """Two windows' length cannot be cut with a gap; with several trials both sides still get some."""
    windows = make_windows(3, 2, 5.12, n_channels=1, n_trials=6)
    split = split_windows(windows, seed=0)
    assert not set(split.fit.series) & set(split.fresh.series)
    assert len(split.fit) + len(split.fresh) + len(split.unseen) == len(windows)


def test_members_keep_every_activity_where_possible():
    """Only one of five people does the last activity: with someone else held out it stays learnable."""
    windows = make_windows(5, 3, 20.0, n_channels=1)
    rare = (windows.activity == "act3") & (windows.subject != "P03")
    windows = windows.take(~rare)
    for seed in range(8):
        assert "act3" in split_windows(windows, seed=seed).fit.activities


def test_one_person_is_refused_by_name():
    with pytest.raises(RecordingError, match=r"only one person \(P01\)"):
        split_windows(make_windows(1, 2), seed=0)


def test_one_activity_is_enough():
    split = split_windows(make_windows(3, 1, 20.0), seed=0)
    assert split.fit.activities == split.fresh.activities == split.unseen.activities == ["act1"]


def test_too_little_to_keep_apart_is_refused():
    windows = make_windows(2, 2, 2.56).take(np.arange(4))
    splits = [split_or_none(windows, seed, SplitSettings(held_out=0, fresh=0.01)) for seed in range(12)]
    assert None in splits


@settings(max_examples=15, deadline=None)
@given(windows=ANY_WINDOWS, share=st.sampled_from([0.3, 0.6, 0.8]))
def test_cut_by_time_never_shares_a_sample(windows, share):
    before, after = cut_by_time(windows, share=share)
    assert not set(before) & set(after)
    early, late = windows.take(before), windows.take(after)
    assert not shares_a_sample(early, late)
    held, others = spans(early), spans(late)
    for series in held.keys() & others.keys():
        assert min(others[series]) - max(held[series]) > windows.n_timesteps
    assert set(early.subject) | set(late.subject) == set(windows.subject)


@settings(max_examples=15, deadline=None)
@given(windows=ANY_WINDOWS)
def test_cut_by_trial_parts_trials_and_loses_no_window(windows):
    cut = cut_by_trial(windows)
    if len(set(windows.trial)) < 2:
        assert cut is None
        return
    first, second = cut
    assert sorted([*first, *second]) == list(range(len(windows)))
    for subject in windows.subjects:
        mine = windows.subject == subject
        trials = [set(windows.trial[part][mine[part]]) for part in (first, second)]
        assert trials[0]
        assert trials[1]
        assert not trials[0] & trials[1]
    assert not shares_a_sample(windows.take(first), windows.take(second))


def test_cut_by_trial_counts_trials_as_people_do():
    """Trial 10 comes after trial 2."""
    windows = make_windows(2, 2, 6.0, n_channels=1, n_trials=10)
    first, _ = cut_by_trial(windows)
    assert set(windows.trial[first]) == {"1", "2", "3", "4", "5"}


def test_unbalanced_people_do_not_break_the_cuts():
    many, few = make_windows(3, 3, 60.0), make_windows(1, 1, 6.0, seed=3)
    few = Windows(
        **{**{k: getattr(few, k) for k in few.__dataclass_fields__}, "subject": np.full(len(few), "rare")}
    )
    windows = concatenate([many, few])
    split = split_windows(windows, seed=0)
    assert len(split.fit) + len(split.fresh) + len(split.unseen) + split.n_in_buffers == len(windows)
    before, after = cut_by_time(windows)
    assert "rare" in {*windows.subject[before], *windows.subject[after]}


def test_sample_splits_with_nothing_shared(sample_recordings):
    windows = cut_windows(sample_recordings, WindowSettings())
    split = split_windows(windows, seed=0)
    assert len(windows) == 3605
    assert len(split.fit) + len(split.fresh) + len(split.unseen) + split.n_in_buffers == 3605
    assert not shares_a_sample(split.fit, split.fresh)


def test_nothing_can_be_cut_into_nothing():
    nothing = make_windows(2, 2).take(np.arange(0))
    assert [len(part) for part in cut_by_time(nothing)] == [0, 0]
    assert cut_by_trial(nothing) is None


def test_time_cut_keeps_its_share():
    windows = make_windows(2, 2, 200.0, n_channels=1)
    before, after = cut_by_time(windows, share=0.6)
    assert len(before) / (len(before) + len(after)) == pytest.approx(0.6, abs=0.03)


def test_a_holdout_is_parted_into_other_times_and_other_people():
    windows = make_windows(n_subjects=6, seconds_per_series=30)
    real = windows.take(np.isin(windows.subject, ["P01", "P02", "P03"]) & (windows.start < 500))
    later = windows.take(np.isin(windows.subject, ["P01", "P02"]) & (windows.start > 800))
    others = windows.take(windows.subject == "P06")
    split = split_by_holdout(real, concatenate([later, others]), seed=3)
    assert split.fit is real
    assert split.fresh.subjects == ["P01", "P02"]
    assert split.unseen.subjects == ["P06"]
    assert not set(split.fresh.series) & set(real.series)
    alone = split_by_holdout(real, None, seed=3)
    assert len(alone.fresh) == len(alone.unseen) == 0


def test_a_holdout_of_another_kind_or_with_the_same_windows_is_refused():
    windows = make_windows()
    with pytest.raises(RecordingError, match="repeats"):
        split_by_holdout(windows, windows.take(np.arange(5)), seed=0)
    with pytest.raises(RecordingError, match="channels"):
        split_by_holdout(windows, make_windows(n_channels=3, seed=1), seed=0)
    with pytest.raises(RecordingError, match="samples a second"):
        split_by_holdout(windows, make_windows(rate_hz=25.0, seed=1), seed=0)
    other_units = replace(make_windows(seed=1), units=("m/s²", *windows.units[1:]))
    with pytest.raises(RecordingError, match="m/s²"):
        split_by_holdout(windows, other_units, seed=0)
