"""The adversarially trained transformations: each term of their loss against a known answer, and every setting."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from data.roles import Roles
from synth.core.errors import Stopped, TrainingError
from synth.core.run_context import RunContext
from synth.mechanisms.aae.aae import AnonymisingAutoencoder, hidden_classes
from synth.mechanisms.aae.censoring import CensoringAutoencoder
from synth.mechanisms.aae.images import ImageCode
from synth.mechanisms.aae.rae_then_aae import Compound
from tests.eager import eagerly
from tests.synth.mechanisms.conftest import ROLES, tiny
from tests.toy import make_windows

TOLD = [  # of five people, the last of whom it is; the first column of numbers stands on the authors' slides
    ([0.2, 0.2, 0.2, 0.2, 0.2], 1.12, 0.45),
    ([0.125, 0.125, 0.125, 0.125, 0.5], 1.23, 1.39),
    ([0.01, 0.09, 0.1, 0.3, 0.5], 1.26, 1.39),
    ([0.01, 0.01, 0.09, 0.09, 0.8], 1.82, 3.22),
    ([0.01, 0.01, 0.01, 0.01, 0.96], 3.26, 6.44),
]
FORMS = ("as printed", "as in the slides", "uniform")


def losses(told, form, code=4):
    from synth.mechanisms.aae._losses import identity_loss

    logits = np.log(np.array([told], np.float32))
    return float(identity_loss(logits, np.array([code], np.int32), form)[0])


@pytest.mark.parametrize(("told", "slides", "printed"), TOLD)
def test_the_identity_loss_has_the_known_values(told, slides, printed):
    assert losses(told, "as in the slides") == pytest.approx(slides, abs=0.006)
    assert losses(told, "as printed") == pytest.approx(printed, abs=0.006)
    assert losses(told, "uniform") == pytest.approx(-np.log(5) - np.mean(np.log(told)), abs=1e-5)


def test_only_the_printed_form_knows_whose_window_it_is():
    told = [0.7, 0.1, 0.1, 0.05, 0.05]
    for form in FORMS:
        assert (losses(told, form, 0) == losses(told, form, 1)) == (form != "as printed")
    for form in FORMS[1:]:
        assert losses([0.2] * 5, form) < losses([0.24, 0.24, 0.24, 0.24, 0.04], form)
    ruled_out = [0.2499, 0.2499, 0.2499, 0.2499, 0.0004]  # the printed form likes "who it is not" best
    assert losses(ruled_out, "as printed") < losses([0.2] * 5, "as printed")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("sure", [1.0, 40.0])
def test_a_step_down_the_loss_makes_the_person_less_likely_however_sure_one_was(form, sure):
    import tensorflow as tf

    from synth.mechanisms.aae._losses import identity_loss

    logits = tf.Variable([[0.0, 0.0, sure]])
    with tf.GradientTape() as tape:
        loss = identity_loss(logits, tf.constant([2]), form)
    gradient = tape.gradient(loss, logits).numpy()[0]
    assert np.isfinite(gradient).all()
    assert gradient[2] > 0.1
    assert (gradient[:2] < 0).all()


def test_every_class_weighs_the_same():
    from synth.mechanisms.aae._losses import class_weights

    np.testing.assert_allclose(class_weights(np.array([0, 0, 0, 5])), [2 / 3, 2 / 3, 2 / 3, 2])


@pytest.mark.parametrize("n_timesteps", [16, 17, 30, 128])
def test_windows_of_any_length_become_images_and_come_back(n_timesteps):
    values = np.random.default_rng(0).normal(1e4, 3, (5, n_timesteps, 3)).astype(np.float32)
    values[..., 1] = 9.81
    code = ImageCode.learn(values, multiple=4)
    images = code.encode(values)
    assert images.shape[1:] == code.shape == (3, -(-n_timesteps // 4) * 4, 1)
    np.testing.assert_allclose(code.decode(images), values, rtol=1e-6)
    assert not images[:, 1].any()
    assert (code.decode(images + 1)[..., 1] == np.float32(9.81)).all()
    again = ImageCode.from_arrays(code.to_arrays())
    np.testing.assert_array_equal(again.encode(values), images)


@pytest.fixture(scope="module")
def game_and_examples():
    """Two people at other levels, two activities of other strength, and regularisers that know them."""
    from synth.mechanisms.aae._adversarial import Game, GameLayout, LabelledImages
    from synth.mechanisms.aae._networks import CoderLayout, RegulariserLayout

    rng = np.random.default_rng(0)
    person, activity = (np.tile(codes, 16).astype(np.int32) for codes in ([0, 0, 1, 1], [0, 1, 0, 1]))
    waves = (
        np.sin(np.linspace(0, 12, 16) + rng.uniform(0, 6, (64, 1))) * np.where(activity, 1.5, 0.2)[:, None]
    )
    images = (waves + np.where(person, 1, -1)[:, None]).astype(np.float32)[:, None, :, None]
    watched = tuple(
        RegulariserLayout(reads, task, task, 2, 8)
        for reads, task in (("latent", "identity"), ("output", "identity"), ("output", "activity"))
    )
    coder = CoderLayout((1, 16, 1), (1, 2, 2, 1), (1, 3), "selu", 4)
    return Game(GameLayout(coder, watched, "uniform", 0.01)), LabelledImages(
        images, {"identity": person, "activity": activity}
    )


TERMS = {
    "difference": 0,
    "identity from the code": 1,
    "identity from the output": 2,
    "activity from the output": 3,
}


@pytest.mark.parametrize("name", TERMS)
def test_each_weight_makes_its_own_term_smaller(name, game_and_examples):
    game, examples = game_and_examples
    game.restart(seed=0)
    made = game.transform(examples.images)
    for regulariser in game.regularisers:
        codes = examples.codes[regulariser.layout.task]
        for _ in range(60):
            regulariser.step((made[regulariser.layout.reads], codes, np.ones(64, np.float32)))
    only = np.eye(4, dtype=np.float32)[TERMS[name]]
    before = game.objective(examples, only)
    assert before > 0.05  # there is something to win: the regularisers know, or the copy is poor
    kept = [r.model.get_weights() for r in game.regularisers]
    for _ in range(25):
        game.evade(examples.images, examples.images, dict(examples.codes), only)
    assert game.objective(examples, only) < 0.7 * before
    for regulariser, weights in zip(
        game.regularisers, kept, strict=True
    ):  # the coder's step is the coder's alone
        for now, then in zip(regulariser.model.get_weights(), weights, strict=True):
            np.testing.assert_array_equal(now, then)


def marked_windows():
    """One channel: two people told apart by its level, two activities by the strength of a fast swing."""
    rng = np.random.default_rng(0)
    windows = make_windows(2, 2, 64.0, 20.0, 1, duration_s=1.6)
    level = np.where(windows.subject == "P01", -1.0, 1.0)
    strength = np.where(windows.activity == "act1", 0.2, 1.5)
    waves = np.sin(np.linspace(0, 24, windows.n_timesteps) + rng.uniform(0, 6, (len(windows), 1)))
    values = level[:, None] + strength[:, None] * waves + rng.normal(0, 0.3, waves.shape)
    return windows.with_values(values[..., None])


def told_by_a_line(windows, labels):
    """Return how often a linear classifier that learns from every other window is right on the rest."""
    table = np.concatenate([windows.values.mean(axis=1), windows.values.std(axis=1)], axis=1)
    line = LogisticRegression(C=100.0, max_iter=2000).fit(table[::2], labels[::2])
    return line.score(table[1::2], labels[1::2])


def learn_marked(seed=0, **changes):
    sizes = {
        "filters": 8,
        "regulariser_filters": 4,
        "rounds": 4,
        "pretraining": 8,
        "epochs": 6,
        "batch_size": 32,
    }
    settings = AnonymisingAutoencoder(
        **sizes | {"learning_rate": 0.005, "identity_loss": "uniform"} | changes
    )
    windows = marked_windows()
    return windows, settings.fit(windows, RunContext(seed)).release(windows, seed=0).windows


def distance_of_levels(windows):
    """Return how far apart the two people's levels are, in standard deviations among windows of one person."""
    levels = windows.values.mean(axis=(1, 2))
    first, second = levels[windows.subject == "P01"], levels[windows.subject != "P01"]
    return abs(first.mean() - second.mean()) / np.sqrt((first.var() + second.var()) / 2)


@pytest.mark.slow
def test_with_the_wish_to_hide_a_level_goes_and_the_activity_stays():
    """One game may end at any point of its swings, so it is played three times."""
    windows, without = learn_marked(hide_identity=0.0, stay_close=0.3)
    games = [learn_marked(seed, hide_identity=10.0, stay_close=0.3)[1] for seed in range(3)]
    assert distance_of_levels(windows) > 20
    assert distance_of_levels(without) > 2
    assert np.median([distance_of_levels(made) for made in games]) < 1
    assert np.median([told_by_a_line(made, windows.activity) for made in games]) > 0.9


@pytest.mark.usefixtures("without_compiling")
@pytest.mark.parametrize("last", [1, 4, 20])
def test_stopping_is_prompt_in_every_stage(last, small_windows):
    asked = []

    def stop():
        asked.append(1)
        return len(asked) == last

    with pytest.raises(Stopped):
        tiny(AnonymisingAutoencoder).fit(small_windows, RunContext(0, should_stop=stop))
    assert len(asked) == last


@pytest.mark.usefixtures("without_compiling")
def test_progress_rises_to_its_total_with_figures(small_windows):
    seen = []
    fitted = tiny(AnonymisingAutoencoder).fit(small_windows, RunContext(0, seen.append))
    assert [p.step for p in seen] == sorted({p.step for p in seen})
    assert seen[-1].step == seen[-1].total == 1 + 4 * 2
    assert [dict(p.figures) for p in seen] == fitted.history
    assert all(np.isfinite(list(p.figures.values())).all() for p in seen)


CHANGES = {  # with the number of rounds that it takes to make a difference
    "a wish": (1, {"hide_identity": 0.3}),
    "the form of the loss": (1, {"identity_loss": "uniform"}),
    "what the coder sees": (2, {"feed_back": True}),
    "regularisers that begin again": (2, {"restart_regularisers": True}),
    "the size of a batch": (1, {"batch_size": 16}),
    "the size of a step": (1, {"learning_rate": 0.01}),
}


@pytest.fixture(scope="module")
def few_windows(small_windows):
    """So few that they are one batch."""
    return small_windows.take(np.arange(0, len(small_windows), 4))


def observed(windows, n_rounds, **changes):
    fitted = tiny(AnonymisingAutoencoder, **{"rounds": n_rounds, "epochs": 1, **changes}).fit(
        windows, RunContext(0)
    )
    return fitted.release(windows, seed=0).windows.values


@pytest.fixture(scope="module")
def usual(few_windows):
    """By number of rounds."""
    with eagerly():
        return {n_rounds: observed(few_windows, n_rounds) for n_rounds in (1, 2)}


@pytest.mark.usefixtures("without_compiling")
@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
def test_every_setting_of_the_loss_and_the_schedule_matters(name, usual, few_windows):
    n_rounds, change = CHANGES[name]
    assert not np.array_equal(usual[n_rounds], observed(few_windows, n_rounds, **change))


WISHES = {"stay_close": 2.0, "hide_identity": 3.0, "keep_activities": 5.0}
SIZES = {"filters": 7, "regulariser_filters": 5}


def test_sizes_are_those_of_the_networks(few_windows):
    from synth.mechanisms.aae._adversarial import LabelledImages

    settings = AnonymisingAutoencoder(**SIZES)
    code = ImageCode.learn(few_windows.values, multiple=4)
    named = np.array([0, 1], np.int32)
    learnt = LabelledImages(code.encode(few_windows.values[:2]), {"identity": named, "activity": named})
    assert settings.coder_layout(code).filters == 7
    assert {layout.filters for layout in settings.regulariser_layouts(learnt)} == {5}


def test_wishes_become_weights_in_the_order_of_the_terms():
    settings = AnonymisingAutoencoder(**WISHES)
    weights = settings.weights_of(["identity", "activity", "identity"])
    assert weights == [2.0, 3.0, 5.0, 3.0]


@pytest.mark.usefixtures("without_compiling")
@pytest.mark.slow
def test_patience_matters_and_all_settings_are_covered(few_windows):
    schedule = {"pretraining": 2, "rounds": 2, "epochs": 3}
    lengths = [
        len(tiny(AnonymisingAutoencoder, **schedule, patience=p).fit(few_windows, RunContext(0)).history)
        for p in (1, 3)
    ]
    assert lengths[0] < lengths[1] == 2 + 2 * 4 * 3
    names = {f.name for f in dataclasses.fields(AnonymisingAutoencoder)}
    changed = {name for _, change in CHANGES.values() for name in change}
    assert names == {*changed, *schedule, *WISHES, *SIZES, "patience", "attribute"}
    assert {f.name for f in dataclasses.fields(CensoringAutoencoder)} == names
    assert {f.name for f in dataclasses.fields(Compound)} == {*names, "replacement", "sensitive", "neutral"}


def with_attribute(values, n_subjects=4):
    windows = make_windows(n_subjects, 2, 12.0, 20.0, 2, duration_s=1.0)
    table = pd.DataFrame({"gender": values}, index=windows.subjects)
    return dataclasses.replace(windows, attributes=table)


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        (["f", "m", "m", "f"], [0, 1, 1, 0]),
        ([20, 30, 40, 50], [0, 0, 1, 1]),
        ([1, 2, 2, 2], [0, 1, 1, 1]),
        ([1, 2, 3, 3], [0, 0, 1, 1]),
    ],
)
def test_attributes_become_classes_and_numbers_are_cut_at_the_median(values, codes):
    windows = with_attribute(values)
    told = hidden_classes(windows, "gender")
    np.testing.assert_array_equal([told[windows.subject == p][0] for p in windows.subjects], codes)


@pytest.mark.parametrize(
    ("values", "attribute", "words"),
    [
        (["f"] * 4, "gender", "the same for everybody"),
        (list("abcd"), "gender", "different for every person"),
        (["f", "m", None, "f"], "gender", "missing for P03"),
        (["f", "m", "m", "f"], "age", "contain no attribute age"),
    ],
)
def test_attributes_that_cannot_be_hidden_are_refused_in_words(values, attribute, words):
    with pytest.raises(TrainingError, match=words):
        tiny(AnonymisingAutoencoder, attribute=attribute).fit(with_attribute(values), RunContext(0))


@pytest.mark.usefixtures("without_compiling")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda w: w.take(w.subject == "P01"), "at least two people"),
        (lambda w: w.with_values(np.ones_like(w.values)), "constant"),
        (lambda w: w.take(np.arange(len(w)) % 60 == 0), "at least 8"),
    ],
)
def test_windows_that_cannot_work_are_refused_in_words(small_windows, change, words):
    with pytest.raises(TrainingError, match=words):
        tiny(AnonymisingAutoencoder).fit(change(small_windows), RunContext(0))


@pytest.mark.usefixtures("without_compiling")
@pytest.mark.slow
def test_awkward_windows_work():
    windows = make_windows(3, 3, 5.0, 20.0, 12, duration_s=0.85)
    values = windows.values.copy()
    values[..., 1] = 9.81
    made = (
        tiny(AnonymisingAutoencoder, epochs=1)
        .fit(windows.with_values(values), RunContext(0))
        .release(windows, seed=0)
        .windows
    )
    assert np.isfinite(made.values).all()
    np.testing.assert_array_equal(made.values[..., 1], np.float32(9.81))
    still = windows.take(windows.activity == "act1")
    one_channel = dataclasses.replace(
        still, values=np.ascontiguousarray(still.values[..., :1]), channels=("a",), units=("g",)
    )
    made = (
        tiny(AnonymisingAutoencoder, epochs=1)
        .fit(one_channel, RunContext(0))
        .release(one_channel, seed=0)
        .windows
    )
    assert np.isfinite(made.values).all()


@pytest.mark.usefixtures("without_compiling")
def test_the_compound_follows_the_roles(small_windows):
    roles = Roles(ROLES.activities, {"age": False, "gender": True, "height": True})
    settings = Compound().for_roles(roles)
    assert (settings.sensitive, settings.neutral, settings.attribute) == (("act3",), ("act2",), "gender")
    assert Compound().for_roles(ROLES).attribute == ""
    with pytest.raises(TrainingError, match="No activity is marked as sensitive"):
        Compound().fit(small_windows, RunContext(0))


@pytest.mark.usefixtures("without_compiling")
@pytest.mark.slow
def test_the_compound_replaces_and_hides_the_attribute(small_windows):
    people = pd.DataFrame({"gender": ["f", "m", "f"]}, index=["P01", "P02", "P03"])
    windows = dataclasses.replace(make_windows(3, 3, 20.0, 20.0, 3, 2, duration_s=1.5), attributes=people)
    settings = tiny(Compound).for_roles(Roles(ROLES.activities, {"gender": True}))
    seen = []
    fitted = settings.fit(windows, RunContext(0, seen.append))
    assert any("recognising gender from the output" in p.text for p in seen)
    assert [p.step for p in seen] == sorted(p.step for p in seen)
    assert seen[-1].step == seen[-1].total
    made = fitted.release(windows, seed=0).windows
    assert made.activities == ["act1", "act2"]
    assert (made.activity[windows.activity == "act3"] == "act2").all()
