"""What is hidden for practice has the shapes that it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.imputers.masks import draw_masks, one_channel, scattered, stretches


def test_scattered_samples_are_missing_at_their_rate():
    mask = scattered((200, 50, 4), 0.2, np.random.default_rng(0))
    assert 1 - mask.mean() == pytest.approx(0.2, abs=0.01)


def test_a_stretch_is_one_run_of_its_length_in_all_channels():
    mask = stretches(100, 60, 12, np.random.default_rng(0))
    assert mask.shape == (100, 60, 1)
    assert ((~mask).sum(axis=1) == 12).all()
    ends = np.abs(np.diff(np.pad(~mask[:, :, 0], ((0, 0), (1, 1))).astype(int), axis=1)).sum(axis=1)
    assert (ends == 2).all()


def test_one_channel_is_chosen_evenly():
    chosen = ~one_channel(3000, 3, np.random.default_rng(0))[:, 0]
    assert (chosen.sum(axis=1) == 1).all()
    np.testing.assert_allclose(chosen.mean(axis=0), 1 / 3, atol=0.03)


def test_gaps_come_in_one_some_all_channels_and_whole():
    mask = draw_masks((3000, 40, 4), kind="gaps", miss_rate=0.2, rng=np.random.default_rng(0))
    n_hit = (~mask).any(axis=1).sum(axis=1)
    whole = (~mask).all(axis=1).any(axis=1)
    assert whole.mean() == pytest.approx(1 / 3, abs=0.03)
    assert (n_hit[whole] == 1).all()
    assert (n_hit[~whole] == 1).mean() == pytest.approx(1 / 2 + 1 / 4 / 8, abs=0.04)
    assert (n_hit == 4).mean() == pytest.approx(1 / 6 + 1 / 6 / 8, abs=0.03)
    assert set(n_hit.tolist()) == {1, 2, 3, 4}


@pytest.fixture(scope="module")
def missing() -> np.ndarray:
    shape = (4000, 50, 4)
    return ~draw_masks(shape, kind="sketches", miss_rate=0.2, rng=np.random.default_rng(0))


class TestSketches:
    def n_runs(self, missing: np.ndarray) -> np.ndarray:
        """Return how many separate stretches each channel of each window misses."""
        return (np.diff(missing.astype(int), axis=1, prepend=0) == 1).sum(axis=1)

    def test_whole_channels_gaps_and_scattered_samples_come_as_often_as_is_said(self, missing):
        untouched = missing.all(axis=1)
        assert (untouched.sum(axis=1) == 1).mean() == pytest.approx(0.30 * 5 / 6, abs=0.04)
        assert 0.005 < (untouched.sum(axis=1) > 1).mean() < 0.03
        assert untouched.all(axis=1).mean() == 0
        many = self.n_runs(missing).sum(axis=1) > 12
        assert many.mean() == pytest.approx(0.1, abs=0.03)

    def test_gaps_in_one_in_some_and_in_all_channels(self, missing):
        is_gap = ~missing.all(axis=1).any(axis=1) & (self.n_runs(missing).max(axis=1) <= 2)
        n_hit = missing[is_gap].any(axis=1).sum(axis=1)
        shares = np.bincount(n_hit, minlength=5)[1:] / len(missing)
        assert shares[0] > 0.08
        assert (shares[1:3] > 0.02).all()
        assert shares[3] > 0.25

    def test_some_have_a_second_gap_and_some_a_drawn_piece_inside(self, missing):
        runs = self.n_runs(missing)
        in_all = (missing == missing[:, :, :1]).all(axis=(1, 2)) & (runs[:, 0] <= 2)
        assert 0.1 < (runs[in_all, 0] == 2).mean() < 0.5
        almost_whole = (missing.mean(axis=1) > 0.85) & ~missing.all(axis=1)
        assert almost_whole.any(axis=1).mean() == pytest.approx(0.32 / 6, abs=0.02)

    def test_something_is_always_missing_and_something_known(self, missing):
        assert (missing.any(axis=(1, 2)).mean()) > 0.99
        assert (~missing).any(axis=(1, 2)).all()


@given(
    n=st.integers(0, 5),
    n_timesteps=st.integers(1, 30),
    n_channels=st.integers(1, 5),
    kind=st.sampled_from(["scattered", "gaps", "mixed", "sketches"]),
    miss_rate=st.floats(0.01, 0.9),
)
def test_any_shape_gets_a_mask_and_gaps_always_hide_something(n, n_timesteps, n_channels, kind, miss_rate):
    shape = (n, n_timesteps, n_channels)
    mask = draw_masks(shape, kind=kind, miss_rate=miss_rate, rng=np.random.default_rng(0))
    assert mask.shape == shape
    assert mask.dtype == bool
    if kind == "gaps":
        assert (~mask).any(axis=(1, 2)).all()
        if n_timesteps > 1:
            assert mask.any(axis=(1, 2)).all()
