"""Looking windows up by time warping: distances with known answers, and whom they name."""

import numpy as np
import pytest

from synth.audit.reidentification.dtw import WarpingReidentification, shortened, warped_distances
from synth.core.errors import Stopped
from synth.core.run_context import RunContext
from tests.synth.audit import planted
from tests.toy import make_split


@pytest.fixture(scope="module")
def split():
    """Six people who are members."""
    return make_split(n_subjects=9, seconds_per_series=40)


def warped_distance(a: np.ndarray, b: np.ndarray, reach: int) -> float:
    """The definition, cell by cell: at most `reach` steps off the diagonal."""
    best = np.full((len(a) + 1, len(b) + 1), np.inf)
    best[0, 0] = 0
    for i in range(len(a)):
        for j in range(max(0, i - reach), min(len(b), i + reach + 1)):
            cost = ((a[i] - b[j]) ** 2).sum()
            best[i + 1, j + 1] = cost + min(best[i, j], best[i, j + 1], best[i + 1, j])
    return float(np.sqrt(best[-1, -1]))


@pytest.mark.parametrize("n_channels", [1, 6])
def test_distances_are_those_of_the_definition(n_channels):
    rng = np.random.default_rng(0)
    shown, known = rng.normal(size=(3, 40, n_channels)), rng.normal(size=(5, 40, n_channels))
    expected = [[warped_distance(a, b, reach=4) for b in known] for a in shown]
    assert np.allclose(warped_distances(shown, known), expected)


def test_many_windows_are_looked_up_in_parts():
    rng = np.random.default_rng(0)
    shown, known = rng.normal(size=(120, 16, 1)), rng.normal(size=(7, 16, 1))
    assert warped_distances(shown, known).shape == (120, 7)
    assert np.allclose(warped_distances(shown, known)[100:], warped_distances(shown[100:], known))
    with pytest.raises(Stopped):
        warped_distances(shown, known, should_stop=lambda: True)


def test_long_windows_are_averaged_over_neighbours():
    values = np.arange(130, dtype=float).reshape(1, 130, 1)
    assert shortened(values).shape == (1, 43, 1)
    assert shortened(values)[0, :2, 0].tolist() == [1, 4]
    assert np.array_equal(shortened(values[:, :16]), values[:, :16])


def test_the_nearest_names_people_through_a_recoding(split):
    results = WarpingReidentification().run(split, planted.recoded(split.fit), RunContext(0))
    assert [(r.tier, r.metric) for r in results] == [
        ("refitted", "top-1 accuracy"),
        ("refitted", "top-3 accuracy"),
        ("refitted", "top-5 accuracy"),
        ("refitted", "mean reciprocal rank"),
        ("refitted", "accepted at 1 % false acceptance"),
        ("refitted", "equal error rate"),
        ("refitted", "top-1 accuracy, most exposed person"),
        ("refitted, aggregated", "top-1 accuracy"),
    ]
    assert results[0].low > 0.8
    assert "each later window looked up among the earlier ones" in results[0].unit


def test_the_nearest_of_noise_is_nobody(split):
    for r in WarpingReidentification().run(split, planted.noise(split.fit), RunContext(0)):
        assert r.low <= r.chance


def test_controls_win_and_lose(split):
    controls = WarpingReidentification().reference(split, RunContext(0)).controls
    assert [(c.expected, c.passed) for c in controls] == [("win", True), ("lose", True)]


def test_draws_keep_everybody(split):
    results = WarpingReidentification(max_shown=30, max_known=30).run(
        split, planted.copy(split.fit), RunContext(0)
    )
    assert results[0].n == 6
    assert results[0].chance == pytest.approx(1 / 6)


def test_without_the_c_library_fewer_windows_are_looked_up(split, monkeypatch):
    attack = WarpingReidentification(max_shown=120, max_known=240)
    fast = attack.run(split, planted.copy(split.fit), RunContext(0))
    monkeypatch.setattr("dtaidistance.dtw.dtw_cc", None)
    slow = attack.run(split, planted.copy(split.fit), RunContext(0))
    assert [r.metric for r in slow] == [r.metric for r in fast]
    assert slow[0].value > slow[0].chance
