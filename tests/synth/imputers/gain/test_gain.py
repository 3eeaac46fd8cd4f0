"""GAIN: its hints and losses worked out by hand, and that every setting matters."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

from data.windows import Windows
from synth.core.errors import Stopped, TrainingError
from synth.core.learner import preset
from synth.core.run_context import Progress, RunContext
from synth.imputers.gain.gain import GAIN, FittedGAIN
from synth.imputers.gain.scaling import MinMax
from synth.imputers.gain.training import draw_hints
from synth.imputers.masks import draw_masks
from synth.imputers.mean import ChannelMean
from synth.imputers.tables import TableImputer, complete_table
from synth.keras_support.tensorflow_backend import tensorflow
from tests.toy import make_windows

TINY = {
    "network": "dense",
    "masks": "mixed",
    "error_on": "all",
    "iterations": 100,
    "hidden": 16,
    "batch_size": 32,
    "patience": 1,
}
IMPATIENT = {**TINY, "iterations": 500, "learning_rate": 0.2}  # stops early: it gets worse soon
MASK = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
B = np.array([[1.0, 0.0], [1.0, 0.0]], np.float32)
JUDGED = np.array([[0.8, 0.3], [0.4, 0.6]])


@pytest.fixture(scope="module")
def windows() -> Windows:
    return make_windows(n_channels=2, rate_hz=10.0, seconds_per_series=16.0)


@pytest.fixture(scope="module")
def network():
    tensorflow(seed=0)
    from synth.imputers.gain import _network

    return _network


@pytest.fixture(scope="module")
def base(windows) -> dict[int, FittedGAIN]:
    return {start["iterations"]: GAIN(**start).fit(windows, RunContext(0)) for start in (TINY, IMPATIENT)}


def logits() -> np.ndarray:
    return np.log(JUDGED / (1 - JUDGED)).astype(np.float32)


def filled_with(fitted: FittedGAIN, windows: Windows) -> np.ndarray:
    mask = draw_masks(windows.values.shape, kind="mixed", miss_rate=0.3, rng=np.random.default_rng(0))
    return fitted.impute(windows.values, mask, seed=0)


class TestHints:
    def mask(self) -> np.ndarray:
        return (np.random.default_rng(1).random((400, 50)) < 0.8).astype(np.float32)

    def test_code_hints_only_ever_give_known_samples_away(self):
        mask = self.mask()
        b, hints = draw_hints(mask, variant="code", rate=0.9, rng=np.random.default_rng(0))
        assert set(np.unique(hints)) == {0.0, 1.0}
        np.testing.assert_array_equal(hints, b * mask)
        # FACTS: P(known | hint 0) = .8 x .1 / (.8 x .1 + .2) = .286 at a fifth missing.
        assert mask[hints == 0].mean() == pytest.approx(0.08 / 0.28, abs=0.02)
        assert mask[hints == 1].min() == 1

    def test_paper_hints_are_the_mask_or_one_half(self):
        mask = self.mask()
        b, hints = draw_hints(mask, variant="paper", rate=0.9, rng=np.random.default_rng(0))
        assert (hints == 0.5).mean() == pytest.approx(0.1, abs=0.01)
        np.testing.assert_array_equal(hints == 0.5, b == 0)
        np.testing.assert_array_equal(hints[b == 1], mask[b == 1])
        assert mask[hints == 0.5].mean() == pytest.approx(0.8, abs=0.03)

    @pytest.mark.parametrize(("rate", "expected"), [(0.0, 0.5), (1.0, None)])
    def test_extreme_rates(self, rate, expected):
        _, hints = draw_hints(MASK, variant="paper", rate=rate, rng=np.random.default_rng(0))
        np.testing.assert_array_equal(hints, MASK if expected is None else np.full((2, 2), expected))


class TestLossesByHand:
    def test_discriminator(self, network):
        entropy = -np.log([[0.8, 1 - 0.3], [1 - 0.4, 0.6]])
        code = network.discriminator_loss(logits(), MASK, B, "code")
        paper = network.discriminator_loss(logits(), MASK, B, "paper")
        assert float(code) == pytest.approx(entropy.mean(), rel=1e-5)
        assert float(paper) == pytest.approx(entropy[:, 1].mean(), rel=1e-5)

    def test_generator_is_judged_on_missing_samples_only(self, network):
        code = network.adversarial_loss(logits(), MASK, B, "code")
        paper = network.adversarial_loss(logits(), MASK, B, "paper")
        assert float(code) == pytest.approx(-(np.log(0.3) + np.log(0.4)) / 4, rel=1e-5)
        assert float(paper) == pytest.approx(-np.log(0.3) / 2, rel=1e-5)

    def test_error_of_the_generator(self, network):
        truth = np.array([[0.5, 0.2], [0.9, 0.1]], np.float32)
        generated = np.array([[0.7, 0.6], [0.8, 0.4]], np.float32)
        known, hidden = (0.04 + 0.09) / 2, (0.16 + 0.01) / 2
        assert float(network.reconstruction_loss(truth, generated, MASK, "known")) == pytest.approx(
            known, rel=1e-4
        )
        both = float(network.reconstruction_loss(truth, generated, MASK, "all"))
        assert both == pytest.approx(known + hidden, rel=1e-4)

    def test_a_perfectly_sure_discriminator_keeps_the_loss_finite(self, network):
        sure = np.array([[100.0, 100.0], [-100.0, -100.0]], np.float32)
        assert np.isfinite(float(network.discriminator_loss(sure, MASK, B, "code")))
        assert np.isfinite(float(network.adversarial_loss(sure, MASK, B, "code")))

    def test_each_update_moves_only_its_own_network(self, network):
        generator = network.dense_network(2, 3, "sigmoid", seed=0)
        discriminator = network.dense_network(2, 3, "linear", seed=1)
        step, _ = network.make_train_step(
            generator, discriminator, alpha=0.0, hint="code", error_on="known", learning_rate=0.01
        )
        before = [[np.asarray(w).copy() for w in net.weights] for net in (generator, discriminator)]
        nothing_missing = np.ones((2, 2), np.float32)
        noise = np.zeros((2, 2), np.float32)
        step((JUDGED.astype(np.float32), nothing_missing, noise, B, B * nothing_missing))
        # With nothing missing and alpha 0 the generator has nothing to learn; the discriminator has.
        assert all(np.array_equal(a, w) for a, w in zip(before[0], generator.weights, strict=True))
        assert any(not np.array_equal(a, w) for a, w in zip(before[1], discriminator.weights, strict=True))


class TestFitting:
    @pytest.mark.slow
    def test_it_learns_more_than_the_mean(self, windows):
        mask = draw_masks(windows.values.shape, kind="scattered", miss_rate=0.2, rng=np.random.default_rng(0))
        settings = GAIN(
            network="dense", error_on="all", iterations=800, hidden=64, masks="scattered", patience=16
        )
        errors = [
            np.sqrt(
                np.mean(
                    (
                        learner.fit(windows, RunContext(0)).impute(windows.values, mask, seed=0)[0]
                        - windows.values
                    )[~mask]
                    ** 2
                )
            )
            for learner in (settings, ChannelMean())
        ]
        assert errors[0] < 0.7 * errors[1]

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "change",
        [
            {"iterations": 50},
            {"masks": "scattered"},
            {"masks": "gaps"},
            {"masks": "sketches"},
            {"miss_rate": 0.5},
            {"hidden": 8},
            {"alpha": 1.0},
            {"error_on": "known"},
            {"error_on": "hidden"},
            {"hint": "paper"},
            {"hint_rate": 0.5},
            {"batch_size": 16},
            {"learning_rate": 0.01},
            {"patience": 3},
        ],
        ids=str,
    )
    def test_every_setting_matters(self, change, windows, base):
        start = IMPATIENT if "patience" in change else TINY
        other = GAIN(**{**start, **change}).fit(windows, RunContext(0))
        assert len(base[start["iterations"]].history) != len(other.history) or not np.array_equal(
            filled_with(base[start["iterations"]], windows), filled_with(other, windows)
        )

    def test_another_seed_gives_another_network_and_other_draws(self, windows):
        fitted, other = (GAIN(**TINY).fit(windows, RunContext(seed)) for seed in (0, 1))
        assert not np.array_equal(filled_with(fitted, windows), filled_with(other, windows))
        nothing = np.zeros((1, *windows.values.shape[1:]), dtype=bool)
        first, second = fitted.impute(windows.values[:1], nothing, n_draws=2, seed=0)
        assert not np.array_equal(first, second)

    def test_progress_and_history_agree(self, windows):
        seen: list[Progress] = []
        fitted = GAIN(**{**TINY, "iterations": 120, "patience": 9}).fit(windows, RunContext(0, seen.append))
        assert [p.step for p in seen] == [1, 2, 3]
        assert [dict(p.figures) for p in seen] == fitted.history
        assert set(fitted.history[0]) == {"discriminator loss", "generator loss", "held-out loss"}

    def test_stop_is_obeyed(self, windows):
        with pytest.raises(Stopped):
            GAIN(**TINY).fit(windows, RunContext(0, should_stop=lambda: True))

    def test_too_few_windows_are_refused_in_words(self, windows):
        with pytest.raises(TrainingError, match="too few for training"):
            GAIN(**TINY).fit(windows.take(np.arange(1)), RunContext(0))

    def test_one_series_is_enough(self, windows):
        one = windows.take(windows.series == windows.series[0])
        assert len(GAIN(**TINY).fit(one, RunContext(0)).history) >= 1

    @pytest.mark.parametrize("name", ["quick", "balanced", "thorough"])
    def test_presets_are_valid(self, name):
        assert preset(GAIN, name).iterations >= 100


class TestTables:
    @pytest.mark.slow
    def test_published_settings_on_the_breast_cancer_table(self):
        table = load_breast_cancer().data
        holes = np.random.default_rng(0).random(table.shape) < 0.2
        scale = MinMax.of(table)

        def error(learner: TableImputer) -> float:
            filled = complete_table(learner, np.where(holes, np.nan, table), seed=0)[0]
            return float(np.sqrt(np.mean((scale.to_unit(filled) - scale.to_unit(table))[holes] ** 2)))

        published = GAIN(iterations=10_000, alpha=100.0, error_on="known", patience=40)
        assert error(published) < 0.6 * error(ChannelMean())

    def test_known_entries_come_back(self):
        table = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32)
        table[3, 1] = np.nan
        filled = complete_table(GAIN(iterations=10), table, seed=0, n_draws=2)
        assert filled.shape == (2, 30, 3)
        known = np.isfinite(table)
        np.testing.assert_array_equal(filled[1][known], table[known])
        assert np.isfinite(filled).all()
