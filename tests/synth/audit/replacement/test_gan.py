"""One who knows genuine windows only finds replaced ones that are smoother, and nothing where nothing was replaced."""

from dataclasses import replace

import numpy as np
import pytest

from data.release import Release
from synth.audit.replacement.forest import NONE_REPLACED, equally_many
from synth.audit.replacement.gan import GanReplacement, means_of_some, told_apart
from synth.core.errors import Stopped
from synth.core.run_context import RunContext
from tests.synth.audit import planted
from tests.toy import make_split

ATTACK = GanReplacement(n_updates=200)


@pytest.fixture(scope="module")
def split():
    """Six people who are members."""
    return make_split(n_subjects=9, seconds_per_series=40, rate_hz=20.0, n_channels=3)


def half_replaced(split, values: np.ndarray) -> Release:
    which = np.random.default_rng(1).random(len(split.fit)) < 1 / 2
    changed = np.where(which[:, None, None], values, split.fit.values)
    return Release("replaced", split.fit.with_values(changed), np.arange(len(which)))


@pytest.mark.slow
def test_smooth_replacements_are_found_and_exchanged_windows_are_not(split):
    rng = np.random.default_rng(0)
    kind = [np.flatnonzero(split.fit.activity == name) for name in split.fit.activity.tolist()]
    exchanged = split.fit.values[[rng.choice(rows) for rows in kind]]
    (smooth,) = ATTACK.run(split, half_replaced(split, means_of_some(split.fit, rng)), RunContext(0))
    (real,) = ATTACK.run(split, half_replaced(split, exchanged), RunContext(0))
    assert smooth.low > 0.5
    assert real.low <= 0.5 <= real.high
    assert (smooth.p, real.p) == (None, None)


@pytest.mark.slow
def test_every_number_says_what_the_attacker_reaches_on_planted_windows(split):
    calibration = ATTACK.reference(split, RunContext(0)).calibration
    (result,) = ATTACK.calibrated(calibration).run(
        split, half_replaced(split, 0 * split.fit.values), RunContext(0)
    )
    assert result.note.startswith("Where means of five windows of the same activity are planted")
    share = float(result.note.split("rightly calls ")[1].split(" %")[0])
    assert share > 65
    assert ATTACK.calibrated(None) is ATTACK


def test_without_other_recordings_there_is_nothing_to_learn_from(split):
    nobody = split.fit.take(np.arange(0))
    alone = replace(split, fresh=nobody, unseen=nobody)
    assert ATTACK.run(alone, half_replaced(alone, 0 * alone.fit.values), RunContext(0)) == ()
    assert ATTACK.reference(alone, RunContext(0)).calibration is None


def test_the_less_real_half_of_each_kind_is_called_replaced():
    kind = np.array(["walk"] * 4 + ["sit"] * 4)
    real = np.array([1, 2, 3, 4, 11, 12, 13, 14.0])
    low = np.array([True, True, False, False] * 2)
    person = np.array(list("ABABABAB"))
    assert told_apart(real, low, kind, person).value == 1.0
    assert told_apart(real, ~low, kind, person).value == 0.0
    assert told_apart(real, low, np.zeros(8), person).value == 0.5


def test_pairs_know_what_they_were_paired_by():
    kind, is_replaced = np.array(["a", "a", "b", "b", "b"]), np.array([True, False, True, False, False])
    pairs = equally_many(kind, is_replaced, seed=0)
    assert np.array_equal(pairs.kind, kind[pairs.index])
    assert pairs.kind.tolist() == ["a", "a", "b", "b"]


def test_means_are_of_the_same_activity(split):
    marked = split.fit.with_values(
        np.broadcast_to(
            np.searchsorted(split.fit.activities, split.fit.activity)[:, None, None], split.fit.values.shape
        )
    )
    means = means_of_some(marked, np.random.default_rng(0))
    assert np.allclose(means, marked.values)


def test_where_nothing_was_replaced_nothing_is_trained(split):
    (result,) = ATTACK.run(split, planted.copy(split.fit), RunContext(0))
    assert (result.value, result.note) == (None, NONE_REPLACED)
    with pytest.raises(Stopped):
        ATTACK.run(split, half_replaced(split, 0 * split.fit.values), RunContext(0, should_stop=lambda: True))
