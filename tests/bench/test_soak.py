"""What the soak test says of numbers whose growth is known, and what it counts in folders."""

import os
import sys

import numpy as np
import pytest

from bench.soak.growth import FEWEST, WARMING_UP, growth
from bench.soak.measured import measure

HOURS = [minute / 60 for minute in range(30)]
WARM = [0.0, 50.0, 90.0]  # much is loaded in the first rounds


def said(values: list[float], small: float) -> str:
    found = growth(HOURS[: WARMING_UP + len(values)], [*WARM, *values])
    return found.in_words(small)


def test_what_stays_the_same_after_warming_up_does_not_grow():
    assert said([100.0] * 12, small=0) == "no growth can be seen: +0 an hour [0, 0]"


def test_a_leak_is_found_whatever_one_round_did():
    leak = [100.0 + n for n in range(12)]
    assert said(leak, small=1000) == "GROWS: +60 an hour [60, 60]"
    leak[6] = 500
    assert said(leak, small=1000).startswith("GROWS: +60 an hour")


def test_a_leak_of_every_fourth_round_is_found():
    assert growth(HOURS[:27], [*WARM, *(float(n // 4) for n in range(24))]).low > 0


def test_noise_that_could_hide_a_leak_is_not_called_no_growth():
    noise = [float(value) for value in np.random.default_rng(0).normal(100, 5, 12)]
    assert said(noise, small=5).startswith("cannot tell")
    assert said(noise, small=500).startswith("no growth can be seen")


def test_less_is_no_growth():
    assert said([100.0 - n for n in range(12)], small=0).startswith("shrinks: -60 an hour")


def test_there_is_no_line_through_a_few_rounds():
    n = WARMING_UP + FEWEST - 1
    assert growth(HOURS[:n], [1.0] * n) is None


@pytest.mark.skipif(sys.platform == "win32", reason="handles of Unix")
def test_files_folders_and_handles_are_counted(tmp_path):
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    (home / "inbox").mkdir(parents=True)
    (home / "inbox" / "0.upload").write_bytes(bytes(2**20))
    before = measure(os.getpid(), home, temporary)
    assert (before.home_files, before.home_mb) == (2, 1.0)
    assert (before.temporary_files, before.temporary_mb) == (0, 0)
    with (home / "inbox" / "0.upload").open("rb"):
        assert measure(os.getpid(), home, temporary).handles == before.handles + 1
