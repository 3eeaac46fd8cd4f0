"""What every imputer promises."""

import numpy as np
import pytest

from data.windows import Windows
from synth.core.errors import TrainingError
from synth.core.run_context import RunContext
from synth.imputers.base import FittedImputer, Imputer, imputers
from synth.imputers.draw_mode import in_draw_mode
from synth.imputers.masks import draw_masks
from tests.eager import eagerly
from tests.toy import make_windows

QUICK = {
    "gain": {"iterations": 1, "hidden": 8, "batch_size": 16},
    "iterative": {"n_nearest": 4, "rounds": 1},
}
KINDS = sorted(imputers())


def small_windows(**changes: object) -> Windows:
    return make_windows(**{"n_channels": 3, "rate_hz": 10.0, "seconds_per_series": 12.0, **changes})


def learner(kind: str) -> Imputer:
    return imputers()[kind](**QUICK.get(kind, {}))


@pytest.fixture(scope="module", autouse=True)
def _not_compiled():
    with eagerly():
        yield


@pytest.fixture(scope="module")
def windows() -> Windows:
    return small_windows()


@pytest.fixture(scope="module")
def fitted(windows) -> dict[str, FittedImputer]:
    return {kind: learner(kind).fit(windows, RunContext(3)) for kind in KINDS}


@pytest.fixture(scope="module")
def mask(windows) -> np.ndarray:
    return draw_masks(windows.values.shape, kind="mixed", miss_rate=0.3, rng=np.random.default_rng(5))


def test_all_six_are_found():
    assert KINDS == ["cubic", "gain", "iterative", "linear", "mean", "nearest"]


@pytest.mark.parametrize("kind", KINDS)
class TestEveryImputer:
    def test_fills_everything_and_keeps_known_samples_exactly(self, kind, fitted, windows, mask):
        filled = fitted[kind].impute(windows.values, mask, n_draws=2, seed=0)
        assert filled.shape == (2, *windows.values.shape)
        assert filled.dtype == np.float32
        assert np.isfinite(filled).all()
        for draw in filled:
            np.testing.assert_array_equal(draw[mask], windows.values[mask])
        assert kind == "nearest" or (filled[0][~mask] != windows.values[~mask]).mean() > 0.9

    def test_what_is_expected_keeps_known_samples_and_lies_among_the_draws(self, kind, fitted, windows, mask):
        expected = fitted[kind].expect(windows.values, mask, seed=0)
        assert expected.dtype == np.float32
        np.testing.assert_array_equal(expected[mask], windows.values[mask])
        draws = fitted[kind].impute(windows.values, mask, n_draws=2, seed=0)
        low, high = draws.min(axis=0), draws.max(axis=0)
        assert ((expected >= low - 1e-4) & (expected <= high + 1e-4)).mean() > 0.99

    def test_the_likely_course_is_what_is_expected_in_every_draw(self, kind, fitted, windows, mask):
        expected = fitted[kind].expect(windows.values, mask, seed=1)
        likely = in_draw_mode(fitted[kind], "likely").impute(windows.values, mask, n_draws=2, seed=1)
        np.testing.assert_array_equal(likely, np.stack([expected] * 2))
        assert in_draw_mode(fitted[kind], "possible") is fitted[kind]

    def test_what_is_missing_does_not_matter(self, kind, fitted, windows, mask):
        hidden = [np.where(mask, windows.values, other).astype(np.float32) for other in (np.nan, 1e9)]
        first, second = (fitted[kind].impute(values, mask, seed=0) for values in hidden)
        np.testing.assert_array_equal(first, second)

    def test_same_seed_gives_the_same_bytes(self, kind, fitted, windows, mask):
        again = learner(kind).fit(windows, RunContext(3))
        assert again.to_bytes() == fitted[kind].to_bytes()
        first, second = (f.impute(windows.values, mask, seed=1) for f in (fitted[kind], again))
        assert first.tobytes() == second.tobytes()

    def test_saving_and_loading_changes_nothing(self, kind, fitted, windows, mask):
        loaded = learner(kind).load(fitted[kind].to_bytes())
        assert loaded.learner == fitted[kind].learner
        assert loaded.history == fitted[kind].history
        np.testing.assert_array_equal(
            loaded.impute(windows.values, mask, seed=2), fitted[kind].impute(windows.values, mask, seed=2)
        )
        assert loaded.to_bytes() == fitted[kind].to_bytes()

    def test_one_window_is_filled_as_among_many(self, kind, fitted, windows, mask):
        alone = fitted[kind].impute(windows.values[:1], mask[:1], seed=0)
        together = fitted[kind].impute(windows.values, mask, seed=0)
        np.testing.assert_allclose(alone[0, 0], together[0, 0], atol=1e-4)

    def test_no_windows_give_no_fillings(self, kind, fitted, windows, mask):
        assert fitted[kind].impute(windows.values[:0], mask[:0], seed=0).shape == (
            1,
            0,
            *windows.values.shape[1:],
        )

    def test_input_is_not_touched(self, kind, fitted, windows, mask):
        values = windows.values.copy()
        before = (values.tobytes(), mask.tobytes())
        fitted[kind].impute(values, mask, seed=0)
        assert (values.tobytes(), mask.tobytes()) == before

    def test_everything_missing_is_still_filled(self, kind, fitted, windows):
        nothing = np.zeros((2, *windows.values.shape[1:]), dtype=bool)
        filled = fitted[kind].impute(np.full(nothing.shape, np.nan, np.float32), nothing, seed=0)
        low, high = windows.values.min(axis=(0, 1)), windows.values.max(axis=(0, 1))
        assert ((filled >= low - 0.5) & (filled <= high + 0.5)).all()

    def test_windows_of_another_shape_are_refused_in_words(self, kind, fitted, windows, mask):
        with pytest.raises(TrainingError, match=r"windows of 26 samples and 3 channels"):
            fitted[kind].impute(windows.values[:, :-1], mask[:, :-1], seed=0)
        with pytest.raises(TrainingError, match="Cut the windows in the same way"):
            fitted[kind].impute(windows.values[:, :, :2], mask[:, :, :2], seed=0)

    def test_known_samples_that_are_no_numbers_are_refused(self, kind, fitted, windows):
        values = windows.values[:1].copy()
        values[0, 0, 0] = np.nan
        with pytest.raises(TrainingError, match="Mark them as missing"):
            fitted[kind].impute(values, np.ones(values.shape, dtype=bool), seed=0)

    def test_damaged_payload_is_refused(self, kind, fitted):
        payload = bytearray(fitted[kind].to_bytes())
        payload[len(payload) // 2] ^= 1
        with pytest.raises(ValueError, match="damaged"):
            learner(kind).load(bytes(payload))

    @pytest.mark.parametrize(
        "changes", [{"n_channels": 1}, {"n_subjects": 2, "n_activities": 2, "duration_s": 1.0}]
    )
    def test_other_data_sets_work(self, kind, changes):
        windows = small_windows(**changes)
        mask = draw_masks(windows.values.shape, kind="gaps", miss_rate=0.2, rng=np.random.default_rng(0))
        filled = learner(kind).fit(windows, RunContext(0)).impute(windows.values, mask, seed=0)
        assert np.isfinite(filled).all()


@pytest.mark.parametrize("kind", KINDS)
def test_mask_and_draws_are_checked(kind, fitted, windows, mask):
    with pytest.raises(ValueError, match="mask must be bool"):
        fitted[kind].impute(windows.values, mask.astype(float), seed=0)
    with pytest.raises(ValueError, match="n_draws"):
        fitted[kind].impute(windows.values, mask, n_draws=0, seed=0)
