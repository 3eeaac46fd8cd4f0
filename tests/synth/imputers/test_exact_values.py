"""Every imputer against an attacker who only compares numbers: none fills in a number of windows that it learnt from.

The nearest real window is copied by definition (`copies`); there the attack must win.
"""

import numpy as np
import pytest

from synth.core.run_context import RunContext
from synth.imputers.base import Imputer, imputers
from synth.imputers.gain.gain import GAIN
from tests.eager import eagerly
from tests.synth.exact_values import accused_by_numbers, accused_by_samples
from tests.synth.imputers.test_contract import QUICK
from tests.toy import make_split

BY_CHANCE = 1e-3  # a less probable excess is not put down to chance
LEARNERS = {kind: imputer(**QUICK.get(kind, {})) for kind, imputer in sorted(imputers().items())} | {
    "gain, dense": GAIN(network="dense", **QUICK["gain"])
}
KINDS = [pytest.param(kind, marks=pytest.mark.slow) if "gain" in kind else kind for kind in LEARNERS]


@pytest.fixture(scope="module")
def split():
    return make_split(8, 3, 60.0, 20.0, 3, duration_s=1.5, seed=2)


@pytest.fixture(scope="module", params=KINDS)
def learner(request) -> Imputer:
    return LEARNERS[request.param]


@pytest.fixture(scope="module")
def filled(learner, split) -> np.ndarray:
    """Channels of other people's windows that were missing altogether: all in them was learnt or drawn."""
    known = np.zeros(split.unseen.values.shape, bool)
    known[..., 0] = True
    with eagerly():
        drawn = learner.fit(split.fit, RunContext(3)).impute(split.unseen.values, known, seed=0)
    return drawn[0, ..., 1:]


@pytest.fixture(scope="module")
def private(split) -> tuple[np.ndarray, np.ndarray]:
    """The same channels of windows that were used, and of others of the same people, which were not."""
    return split.fit.values[..., 1:], split.fresh.values[..., 1:]


def test_no_number_recurs_in_fillings_that_is_one_of_a_used_window(learner, filled, private):
    accused = accused_by_numbers(filled, *private, n_repetitions=2)
    if not learner.copies:
        assert accused.used.mean() <= accused.unused.mean()


def test_fillings_have_no_more_numbers_of_used_windows_than_of_unused_ones(learner, filled, private):
    accused = accused_by_numbers(filled, *private, n_repetitions=1)
    assert (accused.chance < BY_CHANCE) == learner.copies


def test_only_who_says_so_fills_in_samples_of_used_windows(learner, filled, private):
    accused = accused_by_samples(filled, *private)
    assert (accused.chance < BY_CHANCE) == learner.copies
