"""Every mechanism against an attacker who only compares numbers: none writes a private window's into its releases."""

import numpy as np
import pytest

from synth.core.run_context import RunContext
from synth.mechanisms.base import mechanisms
from tests.eager import eagerly
from tests.synth.exact_values import accused_by_numbers, accused_by_samples
from tests.synth.mechanisms.conftest import is_compiled
from tests.toy import make_split

N_RELEASES = 4  # of the same model: the attacker has them all
BY_CHANCE = 1e-3  # a less probable excess is not put down to chance

# What a method keeps of real windows by definition, so that the attack must find it there.
KEEPS_SAMPLES = {
    "filtering": "activities that are not withheld stay as they are",
    "rae": "activities that are neither sensitive nor redrawn stay as they are",
}
KEEPS_NUMBERS = KEEPS_SAMPLES | {
    "channel_removal": "channels that are not removed stay as they are",
    "fft_resampling": "the lowest frequency of a window is its mean, and low frequencies are kept",
}


@pytest.fixture(scope="module")
def split():
    """Windows to learn from; others of the same people; and those of others."""
    return make_split(5, 3, 40.0, 20.0, 3, duration_s=1.5, seed=2)


@pytest.fixture(scope="module")
def released(mechanism, split) -> np.ndarray:
    """All windows of several releases; those that are the same in each of them once."""
    with eagerly(is_compiled(mechanism)):
        fitted = mechanism.fit(split.fit, RunContext(3))
        return np.unique(
            np.concatenate([fitted.release(split.fit, seed=s).windows.values for s in range(N_RELEASES)]),
            axis=0,
        )


@pytest.fixture(scope="module")
def private(split) -> tuple[np.ndarray, np.ndarray]:
    """Windows that were used, and windows that were not."""
    return split.fit.values, np.concatenate([split.fresh.values, split.unseen.values])


def test_no_number_recurs_in_released_windows_that_is_one_of_a_private_window(mechanism, released, private):
    accused = accused_by_numbers(released, *private, n_repetitions=2)
    if mechanism.kind not in KEEPS_NUMBERS:
        assert accused.used.mean() <= accused.unused.mean()


def test_released_windows_have_no_more_numbers_of_used_windows_than_of_unused_ones(
    mechanism, released, private
):
    accused = accused_by_numbers(released, *private, n_repetitions=1)
    assert (accused.chance < BY_CHANCE) == (mechanism.kind in KEEPS_NUMBERS)


def test_no_sample_of_a_private_window_is_released(mechanism, released, private):
    accused = accused_by_samples(released, *private)
    assert (accused.chance < BY_CHANCE) == (mechanism.kind in KEEPS_SAMPLES)


def test_what_is_kept_is_said_of_methods_that_exist():
    assert set(KEEPS_NUMBERS) <= set(mechanisms())
