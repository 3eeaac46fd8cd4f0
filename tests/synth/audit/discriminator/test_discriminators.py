"""Each discriminator finds what it is made for, and rounding is a matter of its own."""

from dataclasses import replace

import numpy as np
import pytest

from data.release import Release
from data.splits import Split
from synth.audit.attack import unprotected
from synth.audit.discriminator.base import MORE_WOULD_HELP, contest, judged, rounded_alike
from synth.audit.discriminator.boosting import BoostingDiscriminator, out_of_step
from synth.audit.discriminator.forest import ForestDiscriminator
from synth.audit.discriminator.random_kernels import KernelDiscriminator
from synth.audit.discriminator.rounding import RoundingDiscriminator
from synth.audit.discriminator.stack import StackedDiscriminator, members
from synth.core.run_context import RunContext
from tests.synth.audit import planted
from tests.toy import make_split

QUICK = [BoostingDiscriminator(), KernelDiscriminator(), RoundingDiscriminator()]


@pytest.fixture(scope="module")
def split() -> Split:
    return make_split(n_subjects=9, seconds_per_series=40, n_channels=3)


def coupled(split: Split) -> Split:
    """Recordings whose first two channels share their noise."""
    rng = np.random.default_rng(5)

    def changed(windows):
        values = windows.values.copy()
        values[..., :2] += 0.4 * rng.normal(size=(*values.shape[:2], 1))
        return windows.with_values(values)

    return replace(split, **{part: changed(getattr(split, part)) for part in ("fit", "fresh", "unseen")})


def independent(windows) -> Release:
    """The same windows and noise, but drawn for each channel."""
    rng = np.random.default_rng(6)
    values = windows.values.copy()
    values[..., :2] += 0.4 * rng.normal(size=(*values.shape[:2], 2))
    return Release("independent", windows.with_values(values), np.arange(len(windows)))


@pytest.mark.parametrize("attack", QUICK, ids=lambda a: a.attacker)
def test_each_wins_and_loses_where_it_should(split, attack):
    controls = attack.reference(split, RunContext(0)).controls
    assert [c.expected for c in controls][:2] == ["lose", "win"]
    assert controls[0].passed
    assert controls[1].low > 0.7


@pytest.mark.parametrize("attack", QUICK, ids=lambda a: a.attacker)
def test_same_seed_same_result(split, attack):
    release = planted.noise(split.fit)
    assert attack.run(split, release, RunContext(3)) == attack.run(split, release, RunContext(3))


def test_noise_that_no_longer_goes_together_is_found_by_boosting(split):
    real, release = coupled(split), independent(split.fit)
    (fine,) = BoostingDiscriminator().run(real, release, RunContext(0))
    assert fine.low > 0.8


def test_channels_out_of_step_have_their_values():
    values = np.arange(24, dtype=np.float32).reshape(1, 6, 4)
    moved = out_of_step(values)
    assert np.array_equal(moved[..., ::2], values[..., ::2])
    assert np.array_equal(moved[:, 1:, 1::2], values[:, :-1, 1::2])
    assert np.array_equal(moved[:, 0], values[:, 0])


def test_rounded_windows_are_found_by_rounding_alone(split):
    values = np.round(split.fit.values, 3)
    release = Release("three decimals", split.fit.with_values(values), np.arange(len(values)))
    (by_rounding,) = RoundingDiscriminator().run(split, release, RunContext(0))
    assert by_rounding.low > 0.95
    assert by_rounding.tier == "refitted, by rounding alone"
    (fine,) = BoostingDiscriminator().run(split, release, RunContext(0))
    assert fine.low <= 0.5


def test_where_nothing_is_rounded_there_is_nothing_to_find_by_it(split):
    (result,) = RoundingDiscriminator().run(split, planted.noise(split.fit), RunContext(0))
    assert result.value == pytest.approx(0.5)


def test_movement_gives_nothing_away_by_rounding(split):
    """On the same grid, still windows and a channel that was removed are found by others."""
    on_grid = replace(
        split, **{part: rounded_to_hundredths(getattr(split, part)) for part in ("fit", "fresh", "unseen")}
    )
    values = np.round(0.2 * on_grid.fit.values, 2)
    values[..., 0] = 0
    release = Release("still", split.fit.with_values(values), np.arange(len(values)))
    (by_rounding,) = RoundingDiscriminator().run(on_grid, release, RunContext(0))
    (fine,) = BoostingDiscriminator().run(on_grid, release, RunContext(0))
    assert by_rounding.low <= 0.5
    assert fine.low > 0.9


def rounded_to_hundredths(windows):
    return windows.with_values(np.round(windows.values, 2))


def test_sides_are_rounded_alike_and_real_windows_stay_what_they_are(split):
    on_grid = replace(split, fresh=split.fresh.with_values(np.round(split.fresh.values, 2)))
    given = contest(on_grid, split.fit, max_per_side=100, seed=0)
    values = rounded_alike(given).windows.values
    assert np.allclose(values, np.round(given.windows.values, 2), atol=0.00501)
    assert np.allclose(values * 100, np.round(values * 100), atol=1e-3)
    real = ~given.is_release
    assert values[real] == pytest.approx(given.windows.values[real], abs=1e-6)


def test_who_could_be_stronger_says_so(split, monkeypatch):
    (result,) = BoostingDiscriminator().run(split, planted.noise(split.fit), RunContext(0))
    assert result.note == ""  # everything is found already
    given = contest(split, split.fit, max_per_side=200, seed=0)
    attack = BoostingDiscriminator()
    sure = np.where(given.is_release, 1.0, 0.0)
    monkeypatch.setattr(BoostingDiscriminator, "_out_of_fold", lambda *_, **__: 1 - sure)
    note = attack._if_not_saturated(given, sure, RunContext(0))
    assert note == f"{MORE_WOULD_HELP} With half of these, they reached 0 %."


def test_the_stack_asks_all_who_see_values_rounded_alike():
    assert {type(member).__name__ for member in members()} == {
        "BoostingDiscriminator",
        "KernelDiscriminator",
        "ForestDiscriminator",
        "ConvnetDiscriminator",
        "LstmDiscriminator",
    }


def test_the_stack_is_as_good_as_its_members_and_knows_no_label_of_the_test(split, monkeypatch):
    monkeypatch.setattr(
        "synth.audit.discriminator.stack.members", lambda: (ForestDiscriminator(), BoostingDiscriminator())
    )
    stack = StackedDiscriminator()
    (noise,) = stack.run(split, planted.noise(split.fit), RunContext(0))
    assert noise.low > 0.95
    (real,) = stack.run(split, unprotected(split), RunContext(0))
    assert real.low <= 0.5
    given = contest(split, planted.noise(split.fit).windows, max_per_side=100, seed=0)
    scores = stack.scores(given, RunContext(0))
    _, test = next(given.folds(3, seed=0))
    flipped = given.is_release.copy()
    flipped[test] = ~flipped[test]
    # Folds are drawn by the labels, so the same folds are handed over.
    folds = list(given.folds(3, seed=0))
    lied_to = replace(given, is_release=flipped)
    monkeypatch.setattr(type(given), "folds", lambda *_, **__: iter(folds))
    assert np.array_equal(stack.scores(lied_to, RunContext(0))[test], scores[test])


def test_constant_scores_say_nothing(split):
    given = contest(split, split.fit, max_per_side=100, seed=0)
    tilted = 0.5 + np.where(given.is_release, 1e-12, -1e-12)
    assert judged(given, tilted).value == 0.5
    assert judged(given, np.full(len(tilted), np.nan)) is None
