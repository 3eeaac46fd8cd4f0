"""A copy is nothing new, one window over and over is not diverse, and real recordings are both."""

from dataclasses import replace

import numpy as np
import pytest

from data.release import Release
from synth.audit.realism.novelty import ALIKE, DIVERSE, NEW, Novelty, Ratios, diversity, likeness, novelty
from synth.core.run_context import RunContext
from tests.synth.audit import planted
from tests.toy import make_split, make_windows


@pytest.fixture(scope="module")
def split():
    return make_split(n_subjects=6, n_channels=2, rate_hz=20.0, seconds_per_series=30.0)


@pytest.fixture(scope="module")
def lines():
    """Return a way to make windows that are level lines at given heights, in two series."""

    def at(heights, series):
        windows = make_windows(2, 1, 20.0, 20.0, 1, duration_s=1.0)
        values = np.tile(np.array(heights, np.float32)[:, None, None], (1, 20, 1))
        some = windows.take(np.arange(len(heights)))
        return replace(some, values=values, series=np.array(series), subject=np.array(series))

    return at


def test_ratios_are_those_of_a_ruler(lines):
    """Real lines of the other series are 2 away; new ones lie 1 and 3 away from the nearest and 4 from each other."""
    used = lines([0.0, 2.0], ["a", "b"])
    shown = replace(lines([-1.0, 5.0], ["batch 1", "batch 2"]), subject=np.array(["", ""]))
    assert novelty(shown, used, RunContext(0)).values.tolist() == pytest.approx([0.5, 1.5])
    assert diversity(shown, used, RunContext(0)).values.tolist() == pytest.approx([3.0, 3.0])


def test_mean_distances_are_those_of_a_ruler(lines):
    """Real lines of the other series are 2 away; new ones lie 2 and 4 away from all of them, on average."""
    used = lines([0.0, 2.0], ["a", "b"])
    assert likeness(lines([-1.0, 5.0], ["c", "d"]), used, RunContext(0)).values.tolist() == pytest.approx(
        [1.0, 2.0]
    )


def test_recordings_that_were_used_are_as_like_each_other_as_they_are(lines, split):
    used = lines([0.0, 2.0], ["a", "b"])
    assert likeness(used, used, RunContext(0)).values.tolist() == pytest.approx([1.0, 1.0])
    assert likeness(split.fit, split.fit, RunContext(0)).unlike_real().value < 0.02


def test_mean_distances_see_what_is_too_strong_and_neither_copies_nor_noise(split):
    def unlike(windows):
        return likeness(windows, split.fit, RunContext(0)).unlike_real().value

    assert unlike(split.fit.with_values(3 * split.fit.values)) > 0.5
    for windows in (split.unseen, split.fit, planted.noise(split.fit).windows):
        assert unlike(windows) < 0.3


def test_a_near_window_does_not_make_the_next_one_near(lines):
    used = lines([0.0, 2.0], ["a", "b"])
    shown = lines([0.0, 4.0], ["c", "d"])
    assert novelty(shown, used, RunContext(0)).values.tolist() == pytest.approx([0.0, 1.0])


@pytest.mark.parametrize(("values", "share"), [([1, 1], 0), ([0, 0], 1), ([0.5, 0.5], 0.5), ([2, 2], 0.5)])
def test_too_near_and_too_far_are_both_unlike_real(values, share):
    got = Ratios(np.array(values, float), np.array(["a", "b"])).unlike_real()
    assert (got.value, got.low, got.high) == pytest.approx((share, share, share), abs=1e-6)


def test_an_interval_around_one_begins_at_nothing():
    got = Ratios(np.array([0.9, 1.2]), np.array(["a", "b"])).unlike_real()
    assert got.low == 0 <= got.value < got.high <= 1


def test_a_copy_is_not_new_and_windows_of_other_people_are_new_and_diverse(split):
    assert novelty(split.fit, split.fit, RunContext(0)).mean == pytest.approx(0, abs=1e-6)
    assert novelty(split.fresh, split.fit, RunContext(0)).mean < 0.5  # the same people a little later
    others = novelty(split.unseen, split.fit, RunContext(0)).mean
    assert others == pytest.approx(1, abs=0.4)
    assert diversity(split.fresh, split.fit, RunContext(0)).mean == pytest.approx(1, abs=0.4)
    assert novelty(planted.noise(split.fit).windows, split.fit, RunContext(0)).mean > others


def test_controls_pass_and_a_report_says_the_ratio(split):
    attack = Novelty()
    baseline = attack.reference(split, RunContext(0))
    assert [(c.expected, c.passed) for c in baseline.controls] == [
        ("win", True),
        ("win", True),
        ("win", True),
        ("lose", True),
        ("lose", True),
    ]
    assert all(type(c.passed) is bool for c in baseline.controls)
    assert {r.tier for r in baseline.ceilings} == {NEW, DIVERSE, ALIKE}
    copy, other, whole = attack.run(split, planted.claiming_nobody(split.fit), RunContext(0))
    assert copy.value == pytest.approx(1, abs=1e-6)
    assert "0.00 times as far" in copy.note
    assert 0 <= other.low <= other.value <= other.high <= 1
    assert whole.value < 0.5  # on the whole copies are like real windows


def test_one_series_an_activity_is_said_in_words(split):
    only = split.fit.take(split.fit.subject == split.fit.subjects[0])
    results = Novelty().run(replace(split, fit=only), Release("r", only), RunContext(0))
    assert [r.value for r in results] == [None] * 3
    assert all("two series" in r.note for r in results)
