"""Fixtures shared by all tests. What they hold is made in `tests/toy.py` or comes with the sample."""

import pytest

from data.recordings import Recordings
from data.sample import load_sample
from data.splits import Split
from data.windows import Windows
from tests.toy import make_split, make_windows


@pytest.fixture(scope="session")
def toy_windows() -> Windows:
    """Four people, three activities, 20 s each at 50 Hz, six channels; windows of 128 samples."""
    return make_windows()


@pytest.fixture(scope="session")
def toy_split() -> Split:
    """Four people, three activities, 40 s each; one person held out."""
    return make_split()


@pytest.fixture(scope="session")
def sample_recordings() -> Recordings:
    """The real recordings that come with the app."""
    return load_sample()
