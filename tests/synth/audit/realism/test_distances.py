"""Distances are nothing between the same windows, grow with what is changed, and see what they are made for."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from data.release import Release
from data.splits import Split
from data.windows import Windows
from synth.audit.attack import NOTHING_FRESH
from synth.audit.models.fine_features import couplings
from synth.audit.models.phase_surrogates import phase_randomised
from synth.audit.realism.distances import (
    COUPLING,
    MAX_ON_MAP,
    NOTHING_ALIKE,
    ONE_CHANNEL,
    REAL,
    RELEASED,
    USED,
    Neighbourhoods,
    Realism,
    apart,
    autocorrelation,
    measures,
    power,
)
from synth.core.run_context import RunContext
from tests.synth.audit import planted
from tests.toy import make_split, make_windows

SPECTRA, RHYTHM, VALUES, ALL = (
    "spectra",
    "rhythm (autocorrelation)",
    "distribution of values",
    "all features together (MMD)",
)
TIERS = [SPECTRA, RHYTHM, COUPLING, VALUES, ALL]


@pytest.fixture(scope="module")
def split() -> Split:
    return make_split(n_subjects=6, n_channels=3)


def distances(real: Windows, released: Windows) -> dict[str, float]:
    return {m.tier: apart(m, released, real, seed=0).value for m in measures(real, released, seed=0)}


def test_the_same_windows_are_no_distance_apart(split):
    assert distances(split.fit, split.fit) == dict.fromkeys(TIERS, 0.0)


def test_twice_the_strength_is_six_decibels_and_the_same_rhythm(split):
    got = distances(split.fit, split.fit.with_values(2 * split.fit.values))
    assert got[SPECTRA] == pytest.approx(6.02 / 16.02, abs=0.001)
    assert got[RHYTHM] == pytest.approx(0, abs=1e-6)
    assert got[COUPLING] == pytest.approx(0, abs=1e-6)


def test_an_offset_is_seen_in_the_values_only(split):
    windows = split.fit
    got = distances(windows, windows.with_values(windows.values + windows.values.std(axis=(0, 1))))
    assert got[VALUES] == pytest.approx(0.5, abs=0.02)
    assert max(got[tier] for tier in (SPECTRA, RHYTHM, COUPLING)) < 1e-5


def test_wasserstein_is_that_of_scipy(split):
    only = split.fit.take(split.fit.activity == "act1")
    other = only.with_values(np.abs(only.values) ** 1.5)
    spread = only.values.std(axis=(0, 1))
    d = np.mean(
        [
            wasserstein_distance(only.values[..., c].ravel(), other.values[..., c].ravel()) / spread[c]
            for c in range(3)
        ]
    )
    assert distances(only, other)[VALUES] == pytest.approx(d / (1 + d), rel=0.03)


def test_spectra_hold_the_power_of_the_movement():
    t = np.arange(256) / 50
    sine = np.sin(2 * np.pi * 5 * t)[None, :, None].astype(np.float32)
    windows = make_windows(n_subjects=2, n_activities=1, n_channels=1, duration_s=5.12)
    one = windows.take([0]).with_values(sine)
    density = power(one).reshape(-1)
    assert density.sum() * 50 / 256 == pytest.approx(0.5, rel=0.02)
    assert (np.argmax(density) + 1) * 50 / 256 == pytest.approx(5, abs=0.2)
    assert autocorrelation(one)[0, 9] > 0.9  # ten samples are one period


def test_channels_that_no_longer_go_together_are_noticed(split):
    values = split.fit.values.copy()
    values[..., 1] *= -1
    got = distances(split.fit, split.fit.with_values(values))
    assert got[COUPLING] > 0.1
    assert got[SPECTRA] < 1e-6


def test_coupling_is_half_the_wasserstein_distance_of_correlations(split):
    only = split.fit.take(split.fit.activity == "act1")
    values = only.values.copy()
    values[..., 1] *= -1
    other = only.with_values(values)
    expected = np.mean(
        [
            wasserstein_distance(ours, theirs) / 2
            for order in range(3)
            for ours, theirs in zip(
                couplings(values, order)[1].T, couplings(only.values, order)[1].T, strict=True
            )
        ]
    )
    assert distances(only, other)[COUPLING] == pytest.approx(expected, abs=0.01)
    assert expected > 0.03


def test_couplings_that_agree_only_on_average_are_not_alike(split):
    """Two channels that are independent, or equal and opposite in every other window: zero on average."""
    noise = np.random.default_rng(0).normal(size=split.fit.values.shape).astype(np.float32)
    loose = split.fit.with_values(noise)
    noise = noise.copy()
    noise[..., 1] = noise[..., 0]
    noise[::2, :, 1] *= -1
    tight = split.fit.with_values(noise)
    means = [couplings(w.values, 0)[1].mean(axis=0)[0] for w in (loose, tight)]
    assert np.abs(means).max() < 0.05
    assert distances(loose, tight)[COUPLING] > 0.1


def test_differences_of_channels_that_no_longer_go_together_are_noticed(split):
    """Slow movement hides it: the correlation of values stays as it is."""
    shape = split.fit.values.shape
    rng = np.random.default_rng(0)
    slow = 50 * np.sin(np.arange(shape[1]) / 20)[None, :, None]
    shared, own = rng.normal(size=(*shape[:2], 1)), rng.normal(size=shape)
    together, apart_ = (split.fit.with_values(np.broadcast_to(slow + x, shape)) for x in (shared, own))
    for w in (together, apart_):
        assert couplings(w.values, 0)[1].min() > 0.99
    assert distances(together, apart_)[COUPLING] > 0.2


def test_noise_is_further_than_scrambled_phases_and_real_windows_are_nearest(split):
    attack = Realism()
    scrambled = Release("s", split.fit.with_values(phase_randomised(split.fit.values, seed=0)))
    real, surrogates, noise = (
        {r.tier: r for r in attack.run(split, release, RunContext(0))}
        for release in (planted.copy(split.fit), scrambled, planted.noise(split.fit))
    )
    assert real[ALL].value < surrogates[ALL].value < noise[ALL].value
    for r in [*real.values(), *surrogates.values(), *noise.values()]:
        assert 0 <= r.low <= r.value <= r.high <= 1
        assert (r.direction, r.chance, r.p, r.n) == ("lower", None, None, 4)
    ceilings = {r.tier: r.value for r in attack.reference(split, RunContext(0)).ceilings}
    assert ceilings == {tier: r.value for tier, r in real.items()}


def test_people_who_were_held_out_stand_in_for_unused_recordings(split):
    nothing = split.fit.take(np.zeros(0, int))
    only_others = replace(split, fresh=nothing)
    assert "other people" in Realism().run(only_others, planted.copy(split.fit), RunContext(0))[0].unit
    assert Realism().obstacle(replace(only_others, unseen=nothing)) == NOTHING_FRESH
    assert Realism().obstacle(only_others) == Neighbourhoods().obstacle(split) == ""


def test_no_activity_in_common_and_one_channel(split):
    swimming = replace(split.fit, activity=np.full(len(split.fit), "swimming"))
    evidence = Realism().examine(split, Release("r", swimming), RunContext(0))
    assert {r.note for r in evidence.results} == {NOTHING_ALIKE}
    assert evidence.exhibits == {}
    single = make_split(n_subjects=3, n_channels=1)
    got = {r.tier: r for r in Realism().run(single, planted.copy(single.fit), RunContext(0))}
    assert (got[COUPLING].value, got[COUPLING].note) == (None, ONE_CHANNEL)


def test_many_batches_of_generated_windows(split):
    release = planted.claiming_nobody(split.fit, n_batches=200)
    for r in Realism().run(split, release, RunContext(0)):
        assert r.n == 100
        assert r.low < r.high


def test_exhibits_are_plain_and_small(split):
    exhibits = Realism().examine(split, planted.noise(split.fit), RunContext(0)).exhibits
    json.dumps(exhibits, allow_nan=False)
    assert set(exhibits) == {"spectra", "autocorrelation", "map"}
    assert {row["side"] for row in exhibits["spectra"]} == {REAL, USED, RELEASED}
    assert len(exhibits["spectra"]) == 3 * 3 * 64
    sides = [row["side"] for row in exhibits["map"]]
    assert max(sides.count(REAL), sides.count(RELEASED)) <= MAX_ON_MAP
    assert set(exhibits["map"][0]) == {"x", "y", "activity", "person", "side"}


def test_long_windows_have_short_curves():
    split = make_split(n_subjects=2, n_activities=2, n_channels=12, duration_s=10.24)
    exhibits = Realism().examine(split, planted.copy(split.fit), RunContext(0)).exhibits
    assert len(exhibits["spectra"]) <= 3 * 12 * 100
    assert max(row["frequency_hz"] for row in exhibits["spectra"]) > 24


@pytest.mark.slow
def test_neighbours_lie_together(split):
    evidence = Neighbourhoods().examine(split, planted.copy(split.fit), RunContext(0))
    rows = evidence.exhibits["neighbours"]
    place = np.array([[row["x"], row["y"]] for row in rows])
    activity = np.array([row["activity"] for row in rows])
    gaps = np.linalg.norm(place[:, None] - place, axis=2) + np.diag(np.full(len(rows), np.inf))
    assert (activity[gaps.argmin(axis=1)] == activity).mean() > 0.9
    assert evidence.results == ()
