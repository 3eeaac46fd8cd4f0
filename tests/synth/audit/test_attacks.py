"""Each attacker wins where there is something to find and loses where there is not."""

import numpy as np
import pytest

from data.release import Release
from data.splits import Split, SplitSettings, split_windows
from synth.audit.attack import attacks, unprotected
from synth.audit.attributes.base import RidgeAttributes
from synth.audit.attributes.forest import ForestAttributes
from synth.audit.copies.near import Copies
from synth.audit.copies.shared_values import SharedValues
from synth.audit.copies.verbatim import VerbatimCopies
from synth.audit.discriminator.base import batches, contest
from synth.audit.discriminator.boosting import BoostingDiscriminator
from synth.audit.discriminator.convnet import ConvnetDiscriminator
from synth.audit.discriminator.forest import ForestDiscriminator
from synth.audit.discriminator.lstm import LstmDiscriminator, framed
from synth.audit.discriminator.random_kernels import KernelDiscriminator
from synth.audit.discriminator.rounding import RoundingDiscriminator
from synth.audit.discriminator.stack import StackedDiscriminator
from synth.audit.membership.base import Membership
from synth.audit.membership.gan import GanMembership
from synth.audit.membership.network import NetworkMembership
from synth.audit.membership.variation import VariationMembership
from synth.audit.models.classifiers import fit_forest
from synth.audit.models.phase_surrogates import phase_randomised
from synth.audit.question import questions
from synth.audit.realism.distances import Neighbourhoods, Realism
from synth.audit.realism.novelty import Novelty
from synth.audit.reidentification.base import Naming, scenarios
from synth.audit.reidentification.convnet import ConvnetReidentification
from synth.audit.reidentification.dtw import WarpingReidentification
from synth.audit.reidentification.forest import ForestReidentification
from synth.audit.reidentification.metric import MetricReidentification
from synth.audit.reidentification.nearest_person import NearestPerson
from synth.audit.reidentification.neighbour_maps import NeighbourMaps
from synth.audit.replacement.forest import Replacement
from synth.audit.replacement.gan import GanReplacement
from synth.audit.replacement.withholding import Withholding
from synth.audit.teaching.utility_by_model import (
    ConvnetModel,
    ForestModel,
    LstmModel,
    NeighbourModel,
    PerceptronModel,
    SupportVectorModel,
)
from synth.audit.utility.forest import ForestUtility
from synth.audit.utility.linear import LinearUtility
from synth.core.errors import Stopped
from synth.core.run_context import RunContext
from tests.synth.audit import planted
from tests.toy import make_split, make_windows


@pytest.fixture(scope="module")
def split() -> Split:
    """Nine people, three of them held out."""
    return make_split(n_subjects=9, seconds_per_series=40)


@pytest.fixture(scope="module")
def pair_split() -> Split:
    """Two people, so that nobody is held out."""
    return make_split(n_subjects=2)


def by_tier(results):
    return {(r.tier, r.metric): r for r in results}


def test_the_folder_is_searched_for_attacks():
    found = {}
    for attack in attacks():
        found.setdefault(attack.question, set()).add(type(attack))
    assert found == {
        "discriminator": {
            *(BoostingDiscriminator, KernelDiscriminator, RoundingDiscriminator),
            *(ForestDiscriminator, ConvnetDiscriminator, LstmDiscriminator, StackedDiscriminator),
        },
        "utility": {ForestUtility, LinearUtility},
        "teaching": {
            *(NeighbourModel, ForestModel, SupportVectorModel, PerceptronModel),
            *(ConvnetModel, LstmModel),
        },
        "reidentification": {
            *(ForestReidentification, ConvnetReidentification, WarpingReidentification),
            *(MetricReidentification, NearestPerson, NeighbourMaps),
        },
        "membership": {Membership, VariationMembership, NetworkMembership, GanMembership},
        "copies": {Copies, SharedValues, VerbatimCopies},
        "attributes": {RidgeAttributes, ForestAttributes},
        "replacement": {Replacement, Withholding, GanReplacement},
        "realism": {Realism, Neighbourhoods, Novelty},
    }
    assert {attack.question for attack in attacks("quick")} == set(questions()) - {"teaching"}
    assert {attack.question for attack in attacks("thorough")} == set(questions())


def test_a_thorough_audit_tries_harder():
    quick, thorough = (
        {attack.attacker for attack in attacks(effort) if attack.question == "discriminator"}
        for effort in ("quick", "thorough")
    )
    assert thorough - quick == {
        "LSTM discriminator",
        "convolutional discriminator",
        "extra-trees forest discriminator",
        "stack of all discriminators",
    }
    assert quick < thorough


def test_people_may_be_called_by_numbers():
    rng = np.random.default_rng(0)
    people = np.repeat(["1", "2", "10"], [30, 10, 20])
    table = np.concatenate([people[:, None].astype(float), rng.normal(size=(60, 2))], axis=1)
    forest = fit_forest(table, people, seed=0, balanced=True)
    assert (forest.predict(table) == people).all()


def test_pairs_have_the_same_activities_and_what_belongs_together_stays_together(split):
    given = contest(split, split.fit, max_per_side=60, seed=0)
    activity = given.windows.activity
    for name in split.fit.activities:
        assert (activity[given.is_release] == name).sum() == (activity[~given.is_release] == name).sum()
    assert 40 <= given.is_release.sum() <= 60
    tested = []
    for train, test in given.folds(3, seed=0):
        assert not set(given.group[train]) & set(given.group[test])
        tested += test.tolist()
    assert sorted(tested) == list(range(len(activity)))


def test_generated_windows_stay_in_batches_where_every_activity_has_enough(split):
    many = planted.claiming_nobody(split.fit, n_batches=8).windows
    assert np.array_equal(batches(many), many.series)
    few = planted.claiming_nobody(split.fit, n_batches=3).windows
    assert len(set(batches(few))) == len(few)


def test_forest_discriminator_catches_scrambled_phases_and_not_fresh_real_windows(split):
    controls = ForestDiscriminator().reference(split, RunContext(0)).controls
    assert [(c.expected, c.passed) for c in controls] == [("lose", True), ("win", True)]
    assert controls[1].low > 0.9


def test_forest_discriminator_catches_noise(split):
    (result,) = ForestDiscriminator().run(split, planted.noise(split.fit), RunContext(0))
    assert result.low > 0.9
    assert result.n == 6


@pytest.mark.slow
def test_lstm_discriminator_catches_noise(pair_split):
    (result,) = LstmDiscriminator(n_updates=40).run(pair_split, planted.noise(pair_split.fit), RunContext(0))
    assert result.value > 0.9


def test_lstm_discriminator_stops_within_its_training(pair_split):
    answers = iter([False] * 4 + [True] * 100)
    with pytest.raises(Stopped):
        LstmDiscriminator().run(
            pair_split, planted.noise(pair_split.fit), RunContext(0, should_stop=lambda: next(answers))
        )
    assert 90 < len(list(answers)) < 100


def test_frames_keep_samples_in_order():
    values = np.arange(2 * 128 * 3, dtype=np.float32).reshape(2, 128, 3)
    frames = framed(values)
    assert frames.shape == (2, 16, 24)
    assert np.array_equal(frames[0, 0], np.arange(24))
    assert framed(values[:, :5]).shape == (2, 5, 3)


def test_surrogates_keep_mean_and_spectrum_and_lose_the_shape():
    values = np.random.default_rng(0).gamma(1, 1, (20, 128, 2)).astype(np.float32)
    fake = phase_randomised(values, seed=1)
    power, fake_power = (np.abs(np.fft.rfft(v, axis=1)) for v in (values, fake))
    assert np.allclose(power, fake_power, rtol=1e-3, atol=1e-2)
    assert np.allclose(values.mean(axis=1), fake.mean(axis=1), atol=1e-4)
    assert abs(np.corrcoef(values.ravel(), fake.ravel())[0, 1]) < 0.2


@pytest.mark.parametrize("attack", [ForestUtility(), LinearUtility()])
def test_utility_of_a_copy_is_that_of_the_real_windows(split, attack):
    baseline = attack.reference(split, RunContext(0))
    got = by_tier(attack.run(split, planted.copy(split.fit), RunContext(0)))
    real = by_tier(baseline.shown)
    for where in ("unseen people", "unseen time of seen people"):
        for metric in ("macro-F1", "accuracy"):
            assert got[f"TSTR, {where}", metric].value == real[f"TRTR, {where}", metric].value
            assert got[f"TSTR, {where}", metric].value > 0.9
    assert got["TSTR, unseen people", "macro-F1"].chance == pytest.approx(1 / 3)
    assert all(control.passed for control in baseline.controls)


@pytest.mark.parametrize("attack", [ForestUtility(), LinearUtility()])
@pytest.mark.parametrize("make", [planted.noise, planted.labels_shuffled])
def test_what_says_nothing_about_activities_is_useless(split, make, attack):
    got = by_tier(attack.run(split, make(split.fit), RunContext(0)))
    for tier in ("TSTR, unseen people", "TSTR, unseen time of seen people", "TRTS"):
        assert got[tier, "macro-F1"].low <= got[tier, "macro-F1"].chance


def test_a_copy_names_its_people(split):
    results = ForestReidentification().run(split, planted.copy(split.fit), RunContext(0))
    first = [r for r in results if r.metric == "top-1 accuracy"]
    assert [r.tier for r in first] == ["static", "static, aggregated", "refitted", "refitted, aggregated"]
    for r in first:
        assert r.chance == pytest.approx(1 / 6)
        assert r.low > r.chance
        assert r.n == 6
        assert r.p < 0.025


def test_the_refitted_attacker_says_who_comes_next(split):
    results = ForestReidentification().run(split, planted.copy(split.fit), RunContext(0))
    refitted = {r.metric: r for r in results if r.tier == "refitted"}
    assert list(refitted)[:4] == [
        "top-1 accuracy",
        "top-3 accuracy",
        "top-5 accuracy",
        "mean reciprocal rank",
    ]
    assert refitted["top-3 accuracy"].chance == pytest.approx(3 / 6)
    assert refitted["top-5 accuracy"].chance == pytest.approx(5 / 6)
    assert refitted["mean reciprocal rank"].chance == pytest.approx(
        (1 + 1 / 2 + 1 / 3 + 1 / 4 + 1 / 5 + 1 / 6) / 6
    )
    assert (refitted["top-5 accuracy"].p, refitted["mean reciprocal rank"].p) == (None, None)
    few = make_split(n_subjects=3, held_out=0)
    assert "top-5 accuracy" not in {
        r.metric for r in ForestReidentification().run(few, planted.copy(few.fit), RunContext(0))
    }


def test_places_of_the_right_person():
    evidence = np.array([[0.1, 0.9, 0.5], [0.1, 0.9, 0.5], [0.7, 0.2, 0.1], [0.4, 0.4, 0.4]])
    told = Naming(evidence, np.array(["1", "2", "2", "2"]), ["1", "2", "3"])
    assert told.places().tolist() == [3, 1, 2, 2]
    assert told.top(1).value == pytest.approx((0 + 1 / 3) / 2)
    assert told.top(2).value == pytest.approx((0 + 1) / 2)
    assert told.reciprocal_rank().value == pytest.approx((1 / 3 + (1 + 1 / 2 + 1 / 2) / 3) / 2)
    assert told.together().value == 0.5


def test_one_who_knows_nothing_is_at_chance_in_every_metric():
    told = Naming(np.zeros((6, 6)), np.array(list("abcdef")), list("abcdef"))
    assert told.top(1).value == pytest.approx(1 / 6)
    assert told.top(5).value == pytest.approx(5 / 6)
    assert told.reciprocal_rank().value == pytest.approx(np.mean(1 / np.arange(1, 7)))


def test_noise_names_nobody(split):
    for r in ForestReidentification().run(split, planted.noise(split.fit), RunContext(0)):
        assert r.low <= r.chance


def test_only_the_refitted_attacker_sees_through_a_recoding(split):
    got = by_tier(ForestReidentification().run(split, planted.recoded(split.fit), RunContext(0)))
    static, refitted = (got[tier, "top-1 accuracy"] for tier in ("static", "refitted"))
    assert static.low <= static.chance
    assert refitted.low > 0.8


def test_reidentification_controls_win_and_lose(split):
    controls = ForestReidentification().reference(split, RunContext(0)).controls
    assert [(c.expected, c.passed) for c in controls] == [("win", True), ("lose", True)]


def test_an_attacker_never_learns_from_samples_that_he_attacks():
    split = split_windows(
        make_windows(n_trials=2, seconds_per_series=30), seed=0, settings=SplitSettings(0, 0.3)
    )
    found = {scene.tier: scene for scene in scenarios(split, unprotected(split))}
    assert set(found) == {"static", "refitted", "informed", "refitted, across trials"}
    for scene in found.values():
        for series in set(scene.known.series) & set(scene.shown.series):
            known = scene.known.start[scene.known.series == series]
            shown = scene.shown.start[scene.shown.series == series]
            assert np.abs(known[:, None] - shown).min() >= split.fit.n_timesteps
    later = found["refitted, across trials"]
    assert not set(later.known.series) & set(later.shown.series)


def test_a_release_without_a_source_is_attacked_from_fresh_windows(split):
    found = {scene.tier: scene for scene in scenarios(split, Release("file", split.fit))}
    assert found["static"].known is split.fresh


def test_lookalike_finds_members_and_clears_strangers(split):
    attack = NearestPerson()
    baseline = attack.reference(split, RunContext(0))
    assert [(c.expected, c.passed) for c in baseline.controls] == [("win", True), ("lose", True)]
    (members,) = attack.run(split, planted.claiming_nobody(split.fit), RunContext(0))
    (noise,) = attack.run(split, planted.claiming_nobody(planted.noise(split.fit).windows), RunContext(0))
    assert members.low > 0.5
    assert noise.low <= 0.5
    assert baseline.ceilings[0].value > 0.9


def test_two_people_get_reasons_instead_of_numbers(pair_split):
    (result,) = NearestPerson().run(pair_split, planted.claiming_nobody(pair_split.fit), RunContext(0))
    assert (result.value, result.low, result.high) == (None, None, None)
    assert "held out" in result.note
    got = by_tier(ForestUtility().run(pair_split, planted.copy(pair_split.fit), RunContext(0)))
    assert got["TSTR, unseen people", "macro-F1"].value is None
    assert "kept apart" in got["TSTR, unseen people", "macro-F1"].note
    assert got["TSTR, unseen time of seen people", "macro-F1"].value > 0.9
    few = planted.copy(pair_split.fit.take(np.arange(10)))
    (result,) = ForestDiscriminator().run(pair_split, few, RunContext(0))
    assert result.value is None
    assert "match" in result.note
