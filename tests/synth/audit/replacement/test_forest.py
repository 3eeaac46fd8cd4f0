"""Replaced windows are told from genuine ones where they differ in kind, not where only the label says so."""

from dataclasses import replace

import numpy as np
import pytest

from data.release import Release
from data.splits import Split
from synth.audit.models.phase_surrogates import phase_randomised
from synth.audit.replacement.forest import (
    ALL_COMPARED,
    NONE_GENUINE,
    NONE_REPLACED,
    ONE_GROUP,
    PAIRED_BY_LOOKS,
    Replacement,
    genuine,
    paired,
    replaced_in,
)
from synth.core.errors import Stopped
from synth.core.run_context import RunContext, never
from tests.synth.audit import planted
from tests.toy import make_split


@pytest.fixture(scope="module")
def split() -> Split:
    return make_split(n_subjects=9, seconds_per_series=60, n_channels=3)


def replaced(split: Split, which: np.ndarray, values: np.ndarray, *, name_source: bool = True) -> Release:
    """Put other `values` in the place of some private windows."""
    changed = np.where(which[:, None, None], values, split.fit.values)
    source = np.arange(len(which)) if name_source else None
    return Release("replaced", split.fit.with_values(changed), source)


def a_third(split: Split) -> np.ndarray:
    return np.random.default_rng(1).random(len(split.fit)) < 1 / 3


def run(split: Split, release: Release):
    (result,) = Replacement().run(split, release, RunContext(0))
    return result


def test_genuine_windows_are_known_by_their_source_or_by_looking_them_up(split):
    which = a_third(split)
    fakes = phase_randomised(split.fit.values, seed=0)
    for name_source in (True, False):
        release = replaced(split, which, fakes, name_source=name_source)
        rounded = replace(release, windows=release.windows.with_values(np.round(release.windows.values, 3)))
        for some in (release, rounded):
            assert np.array_equal(genuine(some, split.fit), ~which)


def test_a_window_is_not_genuine_for_equalling_another_one_than_its_source(split):
    exchanged = split.fit.with_values(split.fit.values[::-1])
    assert not genuine(Release("r", exchanged, np.arange(len(split.fit))), split.fit).any()
    assert genuine(Release("r", exchanged), split.fit).all()


def test_scrambled_windows_stand_out(split):
    result = run(split, replaced(split, a_third(split), phase_randomised(split.fit.values, seed=0)))
    assert result.low > 0.7
    assert result.p < 0.001
    assert (result.n, result.note) == (6, "")


def test_real_windows_in_the_place_of_others_do_not(split):
    # Of the same person and activity, so that there is nothing to see.
    fit = split.fit
    which = a_third(split)
    order = np.lexsort([np.random.default_rng(0).random(len(fit)), fit.activity, fit.subject])
    donor = np.empty(len(fit), int)
    donor[np.lexsort([fit.activity, fit.subject])] = order
    result = run(split, replaced(split, which & (donor != np.arange(len(fit))), fit.values[donor]))
    assert result.low <= 0.5


def test_an_activity_that_alone_is_replaced_is_compared_with_what_it_looks_like(split):
    fit = split.fit
    which = fit.activity == "act1"
    donors = np.flatnonzero(split.fresh.activity == "act2")
    drawn = np.random.default_rng(0).permutation(np.resize(donors, which.sum()))
    values = fit.values.copy()
    values[which] = split.fresh.values[drawn]
    release = replaced(split, which, values)
    pairs = paired(fit, release.windows, which, RunContext(0, should_stop=never))
    assert pairs.note == PAIRED_BY_LOOKS
    assert set(fit.activity[pairs.index][~pairs.is_replaced]) == {"act2"}
    assert pairs.is_replaced.mean() == 0.5


def test_what_looks_like_nothing_else_is_compared_with_all_and_says_so(split):
    which = split.fit.activity == "act1"
    result = run(split, replaced(split, which, split.fit.values + np.float32(0.05)))
    assert result.note == ALL_COMPARED


def test_where_labels_say_what_was_replaced_other_changed_windows_are_the_ones_to_compare_with(split):
    fit = split.fit
    which = fit.activity == "act1"
    values = fit.values + np.float32(0.05)
    values[fit.activity == "act3"] -= np.float32(0.05)
    relabelled = replace(fit.with_values(values), activity=np.where(which, "act2", fit.activity))
    release = Release("replaced", relabelled, np.arange(len(fit)))
    np.testing.assert_array_equal(replaced_in(release, fit), which)
    assert run(split, release).note == ""  # compared with genuine windows of act2
    only_changed = replace(release, windows=fit.with_values(values))
    np.testing.assert_array_equal(replaced_in(only_changed, fit), fit.activity != "act3")
    only_relabelled = replace(release, windows=replace(relabelled, values=fit.values))
    assert not replaced_in(only_relabelled, fit).any()


def test_activities_do_not_decide(split):
    # Half of act1 and a tenth of act2 is replaced: pairs hold as many of both kinds of either.
    rng = np.random.default_rng(0)
    share = np.select([split.fit.activity == "act1", split.fit.activity == "act2"], [0.5, 0.1], 0.0)
    which = rng.random(len(split.fit)) < share
    pairs = paired(split.fit, split.fit, which, RunContext(0, should_stop=never))
    activity = split.fit.activity[pairs.index]
    for name in ("act1", "act2"):
        assert (activity[pairs.is_replaced] == name).sum() == (activity[~pairs.is_replaced] == name).sum()
    assert "act3" not in activity


def test_all_or_nothing_replaced_gets_a_reason(split):
    assert run(split, planted.noise(split.fit)).note == NONE_GENUINE
    assert run(split, planted.copy(split.fit)).note == NONE_REPLACED
    few = np.arange(len(split.fit)) < 5
    result = run(split, replaced(split, few, split.fit.values + 1))
    assert result.value is None
    assert "only 5 of" in result.note
    one = replaced(split, a_third(split), split.fit.values + 1)
    series = np.full(len(one.windows), "all")
    nobody = replace(one.windows, subject=np.full(len(series), ""), series=series)
    assert run(split, replace(one, windows=nobody)).note == ONE_GROUP


def test_controls_win_and_lose(split):
    controls = Replacement().reference(split, RunContext(0)).controls
    assert [(c.expected, c.passed) for c in controls] == [("win", True), ("lose", True)]


def test_stops_when_asked(split):
    with pytest.raises(Stopped):
        Replacement().run(split, planted.copy(split.fit), RunContext(0, should_stop=lambda: True))
