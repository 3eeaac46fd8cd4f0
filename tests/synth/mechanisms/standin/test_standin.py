"""Stand-ins: nothing of a person is left, activities are, and what may be kept is kept."""

import dataclasses

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from synth.core.errors import TrainingError
from synth.core.run_context import RunContext
from synth.mechanisms.representations.rejection_sampling import window_features
from synth.mechanisms.standin.movement_model import compose, describe, deviations
from synth.mechanisms.standin.standin import StandIn
from tests.toy import make_windows


@pytest.fixture(scope="module")
def windows():
    """Six people, each with an own level of every channel; three rhythms."""
    return make_windows(6, 3, 40.0, 25.0, 3, duration_s=2.56)


@pytest.fixture(scope="module")
def fitted(windows):
    return StandIn().fit(windows, RunContext(0))


@pytest.fixture(scope="module")
def released(fitted, windows):
    return fitted.release(windows, seed=1).windows


def recognised(known, shown, label):
    """Return the share of `shown` that a linear attacker names right after learning from `known`."""
    attacker = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    attacker.fit(window_features(known.values), getattr(known, label))
    return (attacker.predict(window_features(shown.values)) == getattr(shown, label)).mean()


def halves(windows):
    return windows.take(np.arange(0, len(windows), 2)), windows.take(np.arange(1, len(windows), 2))


def test_people_who_were_recognised_are_not_recognised_any_more_by_who_learns_from_the_release(
    windows, released
):
    assert recognised(*halves(windows), "subject") > 0.95
    by_guessing, n = 1 / 6, len(released) / 2
    assert recognised(*halves(released), "subject") < by_guessing + 4 * np.sqrt(
        by_guessing * (1 - by_guessing) / n
    )


def test_activities_are_learnt_from_the_release_for_real_windows(windows, released):
    assert recognised(released, windows, "activity") > 0.9


def test_values_depend_on_a_window_by_its_activity_only(fitted, windows):
    """With the same random numbers other movements of the same activities give the same release."""
    rng = np.random.default_rng(0).standard_normal(windows.values.shape)
    others = windows.with_values(rng)
    one, other = (
        fitted._model.draw(w.activity, fitted._model.own(w, 0.0), 0.0, np.random.default_rng(5))
        for w in (windows, others)
    )
    np.testing.assert_array_equal(one, other)


def test_own_ups_and_downs_are_kept_as_far_as_is_asked_for(windows):
    given = deviations(describe(windows.values, 8).numbers, windows.series)
    alike = []
    for own in (0.0, 0.5, 1.0):
        made = StandIn(own=own).fit(windows, RunContext(0)).release(windows, seed=1).windows
        left = deviations(describe(made.values, 8).numbers, windows.series)
        alike.append(np.corrcoef(given[:, 3:6].ravel(), left[:, 3:6].ravel())[0, 1])
    assert abs(alike[0]) < 0.15
    assert alike[0] < alike[1] < alike[2]


def test_descriptors_and_lines_bring_windows_back(windows):
    described = describe(windows.values, 8)
    np.testing.assert_allclose(compose(described.numbers, described.lines), windows.values, atol=1e-4)


def test_what_is_stored_does_not_grow_with_the_number_of_windows(windows):
    few = windows.take(np.arange(0, len(windows), 2))
    one_way = StandIn(ways=1)  # how many ways are found, and stored, may differ
    sizes = [len(one_way.fit(some, RunContext(0)).to_bytes()) for some in (few, windows)]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.01)


def test_a_way_that_few_people_have_is_not_learnt(windows):
    """One person leans over: that must not become a way of its own."""
    shifted = windows.values + 20.0 * (windows.subject == windows.subjects[0])[:, None, None]
    leaning = windows.with_values(shifted)
    assert max(len(ways) for ways in StandIn(fewest_people=3).fit(leaning, RunContext(0))._model.ways) == 1
    half = np.isin(windows.subject, windows.subjects[:3])
    both = windows.with_values(windows.values + 20.0 * half[:, None, None])
    assert [len(ways) for ways in StandIn(fewest_people=3).fit(both, RunContext(0))._model.ways] == [2, 2, 2]


def test_a_constant_channel_stays_constant(windows):
    values = windows.values.copy()
    values[..., 1] = 9.81
    still = windows.with_values(values)
    made = StandIn().fit(still, RunContext(0)).release(still, seed=1).windows.values
    np.testing.assert_allclose(made[..., 1], 9.81, rtol=1e-4)


@pytest.mark.parametrize("change", [{"draws": 1}, {"detail": 4}, {"ways": 1}, {"own": 0.5}])
def test_every_setting_matters(change, windows):
    leaning = windows.with_values(
        windows.values + 5.0 * np.isin(windows.subject, windows.subjects[:3])[:, None, None]
    )
    usual, other = (StandIn(**kw).fit(leaning, RunContext(0)).release(leaning, seed=0) for kw in ({}, change))
    assert not np.array_equal(usual.windows.values, other.windows.values)


def test_too_little_is_refused_in_words(windows, fitted):
    with pytest.raises(TrainingError, match="from one person"):
        StandIn().fit(windows.take(windows.subject == "P01"), RunContext(0))
    lonely = (windows.activity != "act2") | (windows.subject == "P01")
    with pytest.raises(TrainingError, match="Only one person does act2"):
        StandIn().fit(windows.take(lonely), RunContext(0))
    with pytest.raises(TrainingError, match="samples"):
        StandIn(detail=64).fit(windows, RunContext(0))
    unknown = dataclasses.replace(windows, activity=np.full(len(windows), "swimming"))
    with pytest.raises(TrainingError, match="was not trained on the activity swimming"):
        fitted.release(unknown, seed=0)
