"""Looking windows up by time warping: distances with known answers, and whom they name."""

import numpy as np
import pytest

from synth.audit.attack import unprotected
from synth.audit.reidentification.dtw import (
    SIMILARITY,
    WarpingReidentification,
    farther_on_average,
    shortened,
    warped_distances,
)
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
        ("static, mean distance", "similarity rank"),
    ]
    assert results[0].low > 0.8
    assert "each later window looked up among the earlier ones" in results[0].unit


def test_the_nearest_of_noise_is_nobody(split):
    for r in WarpingReidentification().run(split, planted.noise(split.fit), RunContext(0)):
        assert r.low <= r.chance


def test_controls_win_and_lose(split):
    controls = WarpingReidentification().reference(split, RunContext(0)).controls
    assert [(c.expected, c.passed) for c in controls] == [("win", True), ("lose", True)]


def similarity_rank(split, release):
    results = WarpingReidentification().run(split, release, RunContext(0))
    (rank,) = (r for r in results if r.metric == SIMILARITY)
    return rank


def test_the_share_of_others_who_are_farther_away_on_average():
    """Of A, B is farther and C nearer: 1/2; of B, nobody is nearer: 1. D has no known window and is not ranked."""
    distance = np.array([[2.0, 4.0, 5.0, 1.0], [9.0, 1.0, 1.0, 9.0], [0.0, 0.0, 0.0, 0.0]])
    names, truth = np.array(["A", "B", "B", "C"]), np.array(["A", "B", "D"])
    assert dict(farther_on_average(distance, names, truth)) == {"A": 0.5, "B": 1.0}
    equal = np.ones((1, 3))
    assert dict(farther_on_average(equal, np.array(["A", "B", "C"]), np.array(["A"]))) == {"A": 0.5}


def test_the_similarity_rank_wins_on_recordings_and_loses_on_noise(split):
    raw = similarity_rank(split, unprotected(split))
    noise = similarity_rank(split, planted.noise(split.fit))
    assert raw.low > 0.5
    assert noise.low <= 0.5 <= noise.high
    assert (raw.chance, raw.p, raw.n) == (0.5, None, 6)
    assert raw.note == f"Rank {(1 - raw.value) * 5:.1f}, from 0 (the nearest person) to 5."


def test_the_similarity_rank_is_static(split):
    """Turned upside down, released windows are not nearest to the recordings of their own people."""
    recoded = similarity_rank(split, planted.recoded(split.fit))
    assert recoded.tier == "static, mean distance"
    assert recoded.low <= 0.5


def test_where_people_cannot_be_ranked_nothing_is_said(split):
    """It is not judged, so it must not keep others from being called safe."""
    alone = planted.copy(split.fit.take(np.flatnonzero(split.fit.subject == split.fit.subjects[0])))
    results = WarpingReidentification().run(split, alone, RunContext(0))
    assert SIMILARITY not in {r.metric for r in results}


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
