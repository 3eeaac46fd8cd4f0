"""Generators under a formal promise: whatever one person recorded, it moves a step by at most one length."""

import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.export.shuffling import sharing_order
from synth.core.errors import TrainingError
from synth.core.run_context import RunContext
from synth.keras_support.weights import unpack
from synth.mechanisms.base import WindowKind
from synth.mechanisms.dp.accountant import epsilon_spent
from synth.mechanisms.dp.public_calibration import calibration_windows, clip_to_plausible
from synth.mechanisms.flow.flow import Flow
from synth.mechanisms.representations.patches import PatchCode
from synth.mechanisms.sensegen.sensegen import SenseGen
from tests.eager import eagerly
from tests.synth.mechanisms.conftest import same_bytes, tiny
from tests.toy import make_windows

CLIP, NOISE, SHARE = 0.5, 3.0, 0.3
N_WINDOWS, N_PATCHES, N_FEATURES = 2, 3, 4


@pytest.fixture(scope="module", autouse=True)
def not_compiled():
    with eagerly():
        yield


def training(look=None, n_people=1, rng=None, clip_norm=CLIP):
    from synth.mechanisms.dp._sgd import DpSgd
    from synth.mechanisms.sensegen._network import SenseGenNetwork

    unit = np.eye(N_FEATURES, dtype=np.float32)
    network = SenseGenNetwork(
        n_features=N_FEATURES,
        n_conditions=1,
        n_style=2,
        n_units=6,
        n_layers=1,
        n_mixtures=2,
        extrapolation=0 * unit,
        mixing=unit,
        limit=np.full(N_FEATURES, 4, np.float32),
        temperature=1.0,
        seed=0,
    )
    return DpSgd(
        network.variables,
        network.loss,
        look=look,
        n_people=n_people,
        share=SHARE,
        noise=NOISE,
        n_rounds=2,
        steps_a_round=1000,
        learning_rate=0.01,
        clip_norm=clip_norm,
        rng=rng or np.random.default_rng(0),
    )


@pytest.fixture(scope="module")
def clipping():
    return training()


def person(seed, size):
    rng = np.random.default_rng(seed)
    codes = (size * rng.standard_normal((N_WINDOWS, N_PATCHES, N_FEATURES))).astype(np.float32)
    return codes, codes, np.ones((N_WINDOWS, 1), np.float32), codes[:, 0, :2]


@settings(max_examples=10, deadline=None)
@given(
    others=st.lists(st.tuples(st.integers(0, 99), st.floats(0.01, 30)), max_size=2),
    one=st.tuples(st.integers(0, 99), st.sampled_from([1e-3, 1.0, 1e3, 1e15, 1e30, np.inf])),
)
def test_one_person_more_or_less_moves_the_sum_by_at_most_the_clipping_length(clipping, others, one):
    batch = [person(*other) for other in others]
    without, with_one = clipping.summed(batch), clipping.summed([*batch, person(*one)])
    assert np.isfinite(with_one).all()
    assert np.linalg.norm(with_one - without) <= CLIP * (1 + 1e-5)


def test_a_long_gradient_is_shortened_to_the_length_and_a_short_one_kept(clipping):
    wide = clipping.part(person(0, 50.0)).numpy()
    assert np.linalg.norm(wide) == pytest.approx(CLIP, rel=1e-5)
    kept = training(clip_norm=1e6).part(person(0, 50.0)).numpy()
    assert np.linalg.norm(kept) > 10 * CLIP
    np.testing.assert_allclose(wide, kept * CLIP / np.linalg.norm(kept), rtol=1e-3, atol=1e-6)


def test_noise_has_the_stated_scale_and_comes_also_when_nobody_takes_part(clipping):
    drawn = np.concatenate([clipping.drawn_noise() for _ in range(100)])
    assert drawn.mean() == pytest.approx(0, abs=0.02)
    assert drawn.std() == pytest.approx(NOISE * CLIP, rel=0.02)
    before = [v.numpy().copy() for v in clipping._variables]
    assert clipping.step([]) == {}
    assert all((v.numpy() != b).all() for v, b in zip(clipping._variables, before, strict=True))


def test_people_are_drawn_each_for_itself_with_the_same_chance():
    n_people, n_steps = 30, 1000
    people = training(lambda person, rng: person, n_people, np.random.default_rng(1))
    taking_part = np.zeros((n_steps, n_people))
    for step, batch in enumerate(people.batches(0)):
        assert len(set(batch)) == len(batch)
        taking_part[step, batch] = 1
    assert np.abs(taking_part.mean(axis=0) - SHARE).max() < 5 * np.sqrt(SHARE * (1 - SHARE) / n_steps)
    counts = taking_part.sum(axis=1)  # binomial, not a fixed number
    assert counts.var() == pytest.approx(n_people * SHARE * (1 - SHARE), rel=0.25)
    together = np.corrcoef(taking_part.T)[~np.eye(n_people, dtype=bool)]
    assert np.abs(together).max() < 5 / np.sqrt(n_steps)


@pytest.fixture(scope="module")
def people():
    return make_windows(3, 2, 12.0, 20.0, 2, duration_s=1.5)


GENERATORS = [SenseGen, Flow]


@pytest.fixture(scope="module", params=GENERATORS, ids=lambda generator: generator.kind)
def private(people, request):
    return tiny(request.param, epsilon=8.0, epochs=1).fit(people, RunContext(3))


def test_same_seed_same_bytes_and_saved_and_loaded_it_promises_the_same(private, people):
    payload = private.to_bytes()
    assert private.learner.fit(people, RunContext(3)).to_bytes() == payload
    loaded = private.learner.load(payload)
    assert loaded.guarantee == private.guarantee
    assert loaded.to_bytes() == payload
    assert same_bytes(loaded.release(people, seed=1).windows, private.release(people, seed=1).windows)


def test_nothing_but_noisy_weights_follows_from_what_people_recorded(private, people):
    louder = people.with_values(np.float32(3) * people.values[:, ::-1] + np.float32(1))
    one, other = (
        unpack(fitted.to_bytes()) for fitted in (private, private.learner.fit(louder, RunContext(3)))
    )
    assert one[0] == other[0]
    assert private.history == []
    differ = {k for k in one[1] if not np.array_equal(one[1][k], other[1][k])}
    assert differ == {k for k in one[1] if k.startswith("network/")}


def test_neither_the_order_of_recording_nor_that_of_the_shared_file_follows_from_what_people_recorded(
    private, people
):
    backwards = people.take(np.arange(len(people))[::-1])
    louder = backwards.with_values(np.float32(2) * backwards.values)
    one, other = (private.release(windows, seed=0) for windows in (people, louder))
    assert one.card["data"] != other.card["data"]
    assert same_bytes(one.windows, other.windows)
    np.testing.assert_array_equal(sharing_order(one), sharing_order(other))


def test_a_release_carries_the_promise_on_its_card(private, people):
    release = private.release(people, seed=0)
    assert np.isfinite(release.windows.values).all()
    assert release.card["promise"] == private.guarantee.card()
    assert (private.guarantee.epsilon, private.guarantee.n_people) == (8.0, 3)
    n_steps = int(private.guarantee.how.split(" ", 1)[0])
    noise = float(re.search(r"noise (\S+) times", private.guarantee.how)[1])
    assert 7.99 < epsilon_spent(noise, share=0.5, n_steps=n_steps, delta=1e-5) < 8.001


@pytest.mark.parametrize("generator", GENERATORS)
def test_units_whose_size_nobody_knows_are_refused_by_channel(people, generator):
    odd = dataclasses.replace(people, units=("g", "beats"))
    with pytest.raises(TrainingError, match="unit of acc_y"):
        tiny(generator, epsilon=8.0, epochs=1).fit(odd, RunContext(0))


@pytest.mark.parametrize(
    ("units", "factor"), [(("m/s²", "deg/s"), (9.80665, 180 / np.pi)), (("mg", "g"), (1000, 1))]
)
def test_the_public_code_goes_by_units_and_brings_windows_back(people, units, factor):
    usual = ("g", "rad/s") if units[0] == "m/s²" else ("g", "g")
    known = public_code(dataclasses.replace(people, units=usual))
    code = public_code(dataclasses.replace(people, units=units))
    np.testing.assert_allclose(code.scale, known.scale * factor, rtol=1e-4)
    whole = people.values[:, :28] * np.float32(factor)
    np.testing.assert_allclose(code.decode(code.encode(whole)), whole, atol=1e-3 * np.abs(whole).max())


def public_code(windows):
    nobody = calibration_windows(WindowKind.of(windows))
    return PatchCode.learn(nobody, 4, people=np.zeros(len(nobody)), jointly=True)


def test_values_that_nobody_moves_with_are_cut_off(people):
    code = public_code(people)
    wild = people.with_values(np.full_like(people.values, np.inf))
    assert np.isfinite(code.encode(clip_to_plausible(wild).values)).all()
    calm = people.with_values(np.clip(people.values, -2, 2))
    np.testing.assert_array_equal(clip_to_plausible(calm).values, calm.values)


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_promise_that_leaves_nothing_but_noise_is_refused(generator):
    with pytest.raises(ValueError, match="epsilon must be 0 or in"):
        generator(epsilon=0.01)
