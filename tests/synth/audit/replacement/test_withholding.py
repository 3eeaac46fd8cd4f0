"""Gaps are found where the order of a file shows them, and counts of windows only where they tell."""

from dataclasses import replace

import numpy as np
import pytest

from data.release import Release
from synth.audit.replacement import withholding as attack
from synth.audit.replacement.withholding import Withholding, stops_of
from synth.audit.report import Result
from synth.core.run_context import RunContext
from tests.toy import make_split, make_windows


def withholding(windows, withheld) -> Release:
    kept = np.flatnonzero(~withheld)
    return Release("withholding", windows.take(kept), kept)


def by_tier(results) -> dict[str, Result]:
    return {result.tier: result for result in results}


@pytest.fixture(scope="module")
def split():
    """Everybody does three activities in turn, six times."""
    split = make_split(n_subjects=8, n_activities=3, seconds_per_series=40, n_trials=6)
    fit = split.fit
    in_turn = np.lexsort((fit.start, fit.activity, fit.trial, fit.subject))
    return replace(split, fit=fit.take(in_turn))


def test_gaps_show_in_a_file_with_times_and_not_where_they_are_called_by_lot(split):
    controls = Withholding().reference(split, RunContext(0)).controls
    assert [(control.expected, control.passed) for control in controls] == [("win", True), ("lose", True)]
    assert controls[0].low > 0.6


def test_the_order_in_which_files_are_shared_hides_gaps(split):
    starts = np.random.default_rng(0).random(len(split.fit)) < 0.1
    release = withholding(split.fit, starts | np.roll(starts, 1))
    where = by_tier(Withholding().run(split, release, RunContext(0)))["stops, refitted"]
    stops = stops_of(split.fit, release)
    in_order = attack._surroundings(release.windows, stops.index, np.arange(len(release.windows)))
    assert where.low < 0.5
    assert attack._where(in_order, stops, seed=0).low > 0.6


def test_a_stop_is_a_gap_only_if_what_came_next_was_withheld():
    windows = make_windows(n_subjects=2, n_activities=2)
    n_a_series = len(windows) // 4
    withheld = np.zeros(len(windows), bool)
    withheld[[3, 4, n_a_series]] = True  # within the first series, and where the second one begins
    stops = stops_of(windows, withholding(windows, withheld))
    kept = np.flatnonzero(~withheld)
    assert kept[stops.index].tolist() == [2, *(n_a_series * np.arange(1, 5) - 1)]
    assert stops.is_gap.tolist() == [True, True, False, False, False]


def test_who_shares_less_has_more_to_hide_where_all_recorded_as_much(split):
    first = np.concatenate([np.arange((split.fit.subject == p).sum()) for p in split.fit.subjects])
    rank = np.searchsorted(split.fit.subjects, split.fit.subject)
    release = withholding(split.fit, first < 8 * rank)
    amount = by_tier(Withholding().run(split, release, RunContext(0)))["amounts, by person"]
    assert amount.value == 1.0
    nothing = withholding(split.fit, np.zeros(len(split.fit), bool))
    assert not Withholding().applies_to(nothing)
    assert not Withholding().applies_to(Release("generated", split.fit))


def test_few_stops_and_few_people_are_said_in_words(split):
    release = withholding(split.fit, np.arange(len(split.fit)) == 5)
    results = by_tier(Withholding().run(split, release, RunContext(0)))
    assert [result.value for result in results.values()] == [None, None]
    assert "at least 20 are needed" in results["stops, refitted"].note
    assert "too few people" in results["amounts, by person"].note
