"""The neural attacker learns what is there, the same every time, and is not much weaker than the forest."""

import random
import threading

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold

from data.sample import load_sample
from data.splits import cut_by_time
from data.windows import Windows, cut_windows
from synth.audit.discriminator.convnet import ConvnetDiscriminator
from synth.audit.models.classifiers import fit_forest
from synth.audit.models.convnet import CLIP, fit_convnet, moments, scaled, with_steps
from synth.audit.models.features import features
from synth.audit.reidentification.convnet import ConvnetReidentification
from synth.audit.stats import share_per_person
from synth.core.errors import Stopped
from synth.core.run_context import RunContext
from tests.synth.audit import planted
from tests.toy import make_split

N_UPDATES = 1000  # the sample is still learnt at 600


@pytest.fixture(scope="module")
def split():
    """Two people, so that nobody is held out."""
    return make_split(n_subjects=2)


@pytest.fixture(scope="module")
def sample() -> Windows:
    return cut_windows(load_sample())


def waves(n: int, n_timesteps: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Windows of one channel, slow or fast, and which they are: called `1` and `2`."""
    rng = np.random.default_rng(seed)
    fast = rng.random(n) < 0.3
    phase = (
        rng.uniform(0, 2 * np.pi, (n, 1)) + np.outer(1 + 2 * fast, np.arange(n_timesteps)) * 2 * np.pi / 16
    )
    values = 9.81 + np.sin(phase) + rng.normal(0, 0.1, phase.shape)
    return values[:, :, None].astype(np.float32), np.where(fast, "2", "1")


@pytest.mark.slow
@pytest.mark.parametrize("n_timesteps", [16, 200])
def test_windows_of_any_length_and_of_one_channel_are_learnt(n_timesteps):
    fitted = fit_convnet(*waves(80, n_timesteps, seed=0), RunContext(0), n_updates=40)
    values, truth = waves(60, n_timesteps, seed=1)
    assert (fitted.predict(values) == truth).mean() > 0.9
    assert np.allclose(np.exp(fitted.log_likelihood(values)).sum(axis=1), 1, atol=1e-5)


@pytest.mark.slow
def test_same_seed_same_network_whether_it_is_compiled_anew_or_not():
    values, labels = waves(30, 16, seed=0)
    first = fit_convnet(values, labels, RunContext(0), n_updates=3)
    said = first.log_likelihood(values)
    other = fit_convnet(values, labels, RunContext(1), n_updates=3)
    again = fit_convnet(values, labels, RunContext(0), n_updates=3)
    assert other.network is first.network
    assert not np.allclose(other.log_likelihood(values), said)
    assert np.array_equal(again.log_likelihood(values), said)
    assert np.array_equal(first.log_likelihood(values), said)
    assert fit_convnet(values, labels, RunContext(0), n_updates=2).network is not first.network


@pytest.mark.slow
def test_other_threads_that_draw_random_numbers_change_nothing():
    """Workers have threads of their own that do."""
    values, labels = waves(30, 16, seed=0)
    alone = fit_convnet(values, labels, RunContext(0), n_updates=3).log_likelihood(values)
    ended = threading.Event()

    def draw() -> None:
        while not ended.is_set():
            random.random()

    thread = threading.Thread(target=draw)
    thread.start()
    try:
        beside = fit_convnet(values, labels, RunContext(0), n_updates=3).log_likelihood(values)
    finally:
        ended.set()
        thread.join()
    assert np.array_equal(beside, alone)


def test_teaching_stops_between_two_batches():
    answers = iter([False] * 4 + [True] * 10)
    with pytest.raises(Stopped):
        fit_convnet(*waves(30, 16, seed=0), RunContext(0, should_stop=lambda: next(answers)), n_updates=100)
    assert len(list(answers)) == 9


def test_steps_follow_the_channels_and_begin_with_none():
    values = np.array([[[1.0, 10.0], [2.0, 30.0], [4.0, 0.0]]])
    assert with_steps(values)[0].tolist() == [[1, 10, 0, 0], [2, 30, 1, 20], [4, 0, 2, -30]]


def test_scaling_is_that_of_the_windows_learnt_from():
    inputs = np.random.default_rng(0).normal(5, 2, (20, 4, 3)).astype(np.float32)
    ours = scaled(inputs[:10], *moments(inputs[:10]))
    assert np.allclose([ours.mean(axis=(0, 1)), ours.std(axis=(0, 1))], [[0] * 3, [1] * 3], atol=1e-5)
    assert scaled(1000 * inputs[10:], *moments(inputs[:10])).max() == CLIP
    assert np.isfinite(scaled(inputs * 0, *moments(inputs * 0))).all()


@pytest.mark.slow
def test_convnet_discriminator_catches_scrambled_phases_and_not_fresh_real_windows():
    controls = ConvnetDiscriminator().reference(make_split(n_subjects=9), RunContext(0)).controls
    assert [(c.expected, c.passed) for c in controls] == [("lose", True), ("win", True)]


@pytest.mark.slow
def test_convnet_names_the_people_of_a_recoding_and_nobody_behind_noise():
    split = make_split(n_subjects=9)
    attack = ConvnetReidentification(n_updates=150)
    results = attack.run(split, planted.recoded(split.fit), RunContext(0))
    assert {r.tier for r in results} == {"refitted", "refitted, aggregated"}
    assert results[0].low > 0.7
    for r in attack.run(split, planted.noise(split.fit), RunContext(0)):
        assert r.low <= r.chance


@pytest.mark.slow
def test_the_thorough_attacker_tries_every_tier_with_three_networks(split):
    attack = ConvnetReidentification().for_effort("thorough")
    assert attack.n_updates > ConvnetReidentification().n_updates
    results = ConvnetReidentification(n_updates=20, n_seeds=3, tiers=None).run(
        split, planted.copy(split.fit), RunContext(0)
    )
    named = [r for r in results if r.metric == "top-1 accuracy"]
    assert [r.tier for r in named] == [
        "static",
        "static, aggregated",
        "refitted",
        "refitted, aggregated",
    ]
    assert all("3 networks that began differently" in r.note for r in named)


@pytest.mark.slow
def test_controls_of_the_convnet_that_names_people(split):
    controls = (
        ConvnetReidentification(n_updates=60).reference(make_split(n_subjects=9), RunContext(0)).controls
    )
    assert [(c.expected, c.passed) for c in controls] == [("win", True), ("lose", True)]


@pytest.mark.slow
def test_activities_of_people_left_out_are_recognised_as_well_as_anyone_does(sample):
    """On the sample: the stronger of forest and network, and the network beside the forest."""
    table, right = features(sample), {"forest": [], "network": []}
    for train, test in GroupKFold(3).split(table, groups=sample.subject):
        truth = sample.activity[test]
        forest = fit_forest(table[train], sample.activity[train], seed=0)
        fitted = fit_convnet(sample.values[train], sample.activity[train], RunContext(0), n_updates=N_UPDATES)
        right["forest"].append((forest.predict(table[test]) == truth).mean())
        right["network"].append((fitted.predict(sample.values[test]) == truth).mean())
    forest, network = (float(np.mean(right[name])) for name in ("forest", "network"))
    assert max(forest, network) >= 0.88
    assert network >= forest - 0.02


@pytest.mark.slow
def test_people_are_recognised_later_in_time_as_well_as_anyone_does(sample):
    before, after = cut_by_time(sample)
    known, shown = sample.take(before), sample.take(after)
    forest = fit_forest(features(known), known.subject, seed=0, balanced=True)
    fitted = fit_convnet(known.values, known.subject, RunContext(0), n_updates=N_UPDATES)
    by_forest, by_network = (
        share_per_person(called == shown.subject, shown.subject).value
        for called in (forest.predict(features(shown)), fitted.predict(shown.values))
    )
    assert max(by_forest, by_network) >= 0.91
    assert by_network >= by_forest - 0.05
