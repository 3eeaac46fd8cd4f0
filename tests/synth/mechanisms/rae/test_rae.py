"""The replacement autoencoder on rhythms whose truth is known, awkward recordings, and each of its settings."""

import dataclasses
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from data.roles import Roles
from data.windows import Windows
from synth.core.errors import Stopped, TrainingError
from synth.core.run_context import RunContext
from synth.mechanisms.rae.rae import ReplacementAutoencoder
from synth.mechanisms.rae.window_blending import LinearCode
from tests.synth.mechanisms.conftest import ROLES, same_bytes, tiny
from tests.toy import make_windows

RATE_HZ = 20.0
RHYTHM_HZ = 5.0
PUBLISHED = {"replacement": "published", "units": 128, "epochs": 25, "patience": 25, "batch_size": 16}


def toy(n_subjects: int = 3) -> Windows:
    """Three channels: each person's own level; act1 swings at 1.2 Hz, act2 a little at 0.6 Hz, act3 at 5 Hz."""
    rng = np.random.default_rng(0)
    windows = make_windows(n_subjects, 3, 32.0, RATE_HZ, 3, 2, duration_s=1.65, overlap=0.0)
    t = np.arange(windows.n_timesteps) / RATE_HZ
    names = [f"act{i}" for i in (1, 2, 3)]
    hz, size = (
        np.select([windows.activity == name for name in names], values)
        for values in ((1.2, 0.6, RHYTHM_HZ), (2.0, 1.0, 2.0))
    )
    wave = np.sin(2 * np.pi * hz[:, None] * t + rng.uniform(0, 2 * np.pi, (len(windows), 1)))
    level = np.array([windows.subjects.index(person) for person in windows.subject])
    values = (
        level[:, None, None] + size[:, None, None] * wave[..., None] + rng.normal(0, 0.2, (*wave.shape, 3))
    )
    return windows.with_values(values)


@pytest.fixture(scope="module")
def windows() -> Windows:
    return toy()


@pytest.fixture(scope="module")
def published(windows):
    return ReplacementAutoencoder(**PUBLISHED).for_roles(ROLES).fit(windows, RunContext(0))


@pytest.fixture(scope="module")
def matched(windows):
    return ReplacementAutoencoder().for_roles(ROLES).fit(windows, RunContext(0))


def has_the_sensitive_rhythm(windows: Windows) -> np.ndarray:
    values = windows.values[..., 0] - windows.values[..., 0].mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(values, axis=1)) ** 2
    hz = np.fft.rfftfreq(windows.n_timesteps, 1 / RATE_HZ)
    return power[:, np.abs(hz - RHYTHM_HZ) < 0.7].sum(axis=1) > 0.5 * power.sum(axis=1)


def movement(values: np.ndarray) -> float:
    """Standard deviation within windows."""
    return float((values - values.mean(axis=1, keepdims=True)).std())


@pytest.mark.parametrize("variant", ["matched", "published"])
def test_the_sensitive_rhythm_is_gone_and_the_required_one_is_left(variant, windows, request):
    made = request.getfixturevalue(variant).release(windows, seed=1).windows
    of = {
        name: windows.activity == f"act{i + 1}" for i, name in enumerate(("required", "neutral", "sensitive"))
    }
    assert has_the_sensitive_rhythm(windows.take(of["sensitive"])).all()
    assert not has_the_sensitive_rhythm(made).any()
    assert set(made.activity[of["sensitive"]]) == {"act2"}
    np.testing.assert_array_equal(made.activity[~of["sensitive"]], windows.activity[~of["sensitive"]])
    off = (made.values - windows.values)[of["required"]].std() / movement(windows.values[of["required"]])
    assert off < {"matched": 1e-9, "published": 0.35}[variant]


def test_drawn_windows_move_as_much_as_neutral_ones_and_published_ones_less(windows, matched, published):
    is_sensitive = windows.activity == "act3"
    genuine = movement(windows.values[windows.activity == "act2"])
    spread = {
        fitted: movement(fitted.release(windows, seed=1).windows.values[is_sensitive])
        for fitted in (matched, published)
    }
    assert spread[matched] == pytest.approx(genuine, rel=0.1)
    assert spread[published] < 0.7 * genuine


def test_drawn_windows_are_at_the_level_of_their_person(windows, matched):
    made = matched.release(windows, seed=1).windows
    for level, person in enumerate(windows.subjects):
        own = (windows.subject == person) & (windows.activity == "act3")
        assert made.values[own].mean() == pytest.approx(level, abs=0.15)


def test_what_is_drawn_does_not_depend_on_the_sensitive_window(windows, matched):
    """Two sensitive windows of one person that are told apart easily leave nothing of the difference."""
    is_loud = (windows.activity == "act3") & (windows.start % (2 * windows.n_timesteps) == 0)
    louder = windows.with_values(np.where(is_loud[:, None, None], 50 * windows.values, windows.values))
    made = matched.release(louder, seed=1).windows
    is_quiet = (windows.activity == "act3") & ~is_loud
    assert movement(made.values[is_loud]) == pytest.approx(movement(made.values[is_quiet]), rel=0.1)


def test_drawn_windows_are_no_copies(windows, matched):
    made = matched.release(windows, seed=1).windows
    neutral = windows.values[windows.activity == "act2"]
    for drawn in made.values[windows.activity == "act3"][:20]:
        assert np.abs(drawn - neutral).mean(axis=(1, 2)).min() > 0.1


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_dial_is_the_share_of_neutral_windows_that_are_redrawn(windows, matched, share):
    made = (
        dataclasses.replace(matched.learner, redrawn=share)
        .fit(windows, RunContext(0))
        .release(windows, seed=1)
    )
    is_neutral = windows.activity == "act2"
    changed = (made.windows.values != windows.values).any(axis=(1, 2))
    assert changed[is_neutral].mean() == pytest.approx(share, abs=0.15)
    assert changed[windows.activity == "act3"].all()


def test_people_without_neutral_windows_get_some_that_are_nobodys(windows, matched):
    only_sensitive = windows.take(windows.activity == "act3")
    made = matched.release(only_sensitive, seed=1).windows
    assert set(made.activity) == {"act2"}
    assert not has_the_sensitive_rhythm(made).any()


def test_several_neutral_activities_lend_their_labels_as_often_as_they_occur(windows):
    roles = Roles({"act1": "neutral", "act2": "neutral", "act3": "sensitive", "act4": "required"})
    four = make_windows(2, 4, 30.0, RATE_HZ, 2, duration_s=1.5)
    for variant in ("matched", "published"):
        fitted = tiny(ReplacementAutoencoder, replacement=variant).for_roles(roles).fit(four, RunContext(0))
        made = fitted.release(four, seed=0).windows.activity[four.activity == "act3"]
        assert (made == "act1").mean() == pytest.approx(0.5, abs=0.2)
        assert set(made) == {"act1", "act2"}


def test_a_blend_of_three_keeps_level_and_spread():
    rng = np.random.default_rng(0)
    donors = 5 + rng.normal(0, 2, (300, 17, 2))
    donors[..., 1] = 9.81  # a constant channel
    drawn = LinearCode.learn(donors, 4).redraw(donors, 2_000, rng)
    assert drawn[..., 0].mean() == pytest.approx(5, abs=0.1)
    assert drawn[..., 0].std() == pytest.approx(2, rel=0.05)
    np.testing.assert_allclose(drawn[..., 1], 9.81, rtol=1e-6)


@pytest.mark.parametrize("n_donors", [2, 3])
def test_hardly_any_donors_are_enough_to_draw_from(n_donors):
    donors = np.random.default_rng(0).normal(size=(n_donors, 16, 1))
    assert np.isfinite(LinearCode.learn(donors, 8).redraw(donors, 4, np.random.default_rng(0))).all()


CHANGES = {
    "matched": {"redrawn": 0.5, "codes": 3, "sensitive": ("act1",), "neutral": ("act1",)},
    "published": {
        "redrawn": 0.5,
        "units": 40,
        "learning_rate": 0.01,
        "batch_size": 9,
        "epochs": 1,
        "patience": 1,
        "sensitive": ("act1",),
        "neutral": ("act1",),
    },
}


@pytest.fixture(scope="module")
def first(windows):
    """What each variant releases before anything is changed; a learning rate at which it soon learns too much."""
    start = {"epochs": 6, "patience": 6, "learning_rate": 0.1, "units": 32}
    return {
        variant: tiny(ReplacementAutoencoder, replacement=variant, **start).fit(windows, RunContext(0))
        for variant in CHANGES
    }


@pytest.mark.parametrize(("variant", "name"), [(v, name) for v in CHANGES for name in CHANGES[v]])
def test_every_field_matters(first, windows, variant, name):
    learner = dataclasses.replace(first[variant].learner, **{name: CHANGES[variant][name]})
    one, other = (
        fitted.release(windows, seed=0) for fitted in (first[variant], learner.fit(windows, RunContext(0)))
    )
    assert not same_bytes(one.windows, other.windows)


def test_the_published_network_is_saved_and_made_again_to_the_byte(windows):
    learner = tiny(ReplacementAutoencoder, replacement="published")
    fitted = learner.fit(windows, RunContext(3))
    payload = fitted.to_bytes()
    assert learner.fit(windows, RunContext(3)).to_bytes() == payload
    loaded = learner.load(payload)
    assert same_bytes(loaded.release(windows, seed=1).windows, fitted.release(windows, seed=1).windows)
    assert loaded.to_bytes() == payload
    assert loaded.history == fitted.history


def test_the_published_layers_follow_from_the_window_and_are_capped(windows):
    n_values = windows.n_timesteps * 3  # 99
    for units, first_layer in ((1024, n_values), (50, 50)):
        learner = tiny(ReplacementAutoencoder, replacement="published", units=units, epochs=1)
        kernels = [
            v.shape for v in learner.fit(windows, RunContext(0)).network.variables if len(v.shape) == 2
        ]
        halves = [first_layer, first_layer // 2, first_layer // 8, first_layer // 16]
        sizes = [n_values, *halves, *halves[-2:0:-1], n_values]
        assert [tuple(shape) for shape in kernels] == list(pairwise(sizes))


def test_stopping_is_prompt(windows):
    with pytest.raises(Stopped):
        tiny(ReplacementAutoencoder, replacement="published").fit(
            windows, RunContext(0, should_stop=lambda: True)
        )


def test_one_person_is_enough():
    alone = toy(n_subjects=1)
    for variant in ("matched", "published"):
        made = (
            tiny(ReplacementAutoencoder, replacement=variant).fit(alone, RunContext(0)).release(alone, seed=0)
        )
        assert set(made.windows.activity) == {"act1", "act2"}


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        ({}, "No activity is marked as sensitive"),
        ({"act3": "sensitive"}, "No activity is marked as neutral"),
        ({"act3": "sensitive", "rest": "neutral"}, "contain no rest"),
        ({"act1": "sensitive", "act2": "neutral", "act3": "sensitive"}, "would serve no purpose"),
    ],
)
def test_roles_that_cannot_work_are_refused_in_words(windows, roles, words):
    with pytest.raises(TrainingError, match=words):
        ReplacementAutoencoder().for_roles(Roles(roles)).fit(windows, RunContext(0))


def test_too_few_neutral_windows_are_refused_in_words(windows):
    kept = (windows.activity != "act2") | (np.cumsum(windows.activity == "act2") <= 5)
    with pytest.raises(TrainingError, match=r"only 5 windows of neutral activities \(act2\)"):
        ReplacementAutoencoder().for_roles(ROLES).fit(windows.take(kept), RunContext(0))


def test_another_release_changes_no_label_and_a_series_has_one(windows):
    roles = Roles({"act1": "neutral", "act2": "neutral", "act3": "sensitive"} | {"act4": "required"})
    four = dataclasses.replace(
        windows,
        activity=np.where(
            (windows.subject == windows.subjects[0]) & (windows.activity == "act1"), "act4", windows.activity
        ),
    )
    fitted = ReplacementAutoencoder().for_roles(roles).fit(four, RunContext(0))
    one, other = (fitted.release(four, seed=seed).windows for seed in (1, 2))
    np.testing.assert_array_equal(one.activity, other.activity)
    of_series = pd.Series(one.activity).groupby([four.subject, four.series]).nunique()
    assert set(of_series) == {1}


def test_describing_neutral_windows_tells_where_it_is_and_can_be_stopped(windows):
    mechanism, told = ReplacementAutoencoder().for_roles(ROLES), []
    mechanism.fit(windows, RunContext(0, told.append))
    assert [(progress.step, progress.total) for progress in told] == [(0, 2), (1, 2), (2, 2)]
    with pytest.raises(Stopped):
        mechanism.fit(windows, RunContext(0, should_stop=lambda: True))
