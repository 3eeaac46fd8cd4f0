"""Maps before and after: what is drawn, and whether people stay together."""

from dataclasses import replace

import numpy as np
import pytest

from data.release import Release
from synth.audit.reidentification.neighbour_maps import MAPS, NeighbourMaps, alike
from synth.core.run_context import RunContext
from tests.synth.audit import planted
from tests.toy import make_split


@pytest.fixture(scope="module")
def split():
    """Four people who are members."""
    return make_split(n_subjects=6, n_activities=2, seconds_per_series=30)


def drawn(split, release) -> dict:
    evidence = NeighbourMaps().examine(split, release, RunContext(0))
    assert evidence.results == ()
    return {(found["colour"], found["side"]): found for found in evidence.exhibits[MAPS]}


def test_people_stay_together_in_a_copy_and_are_scattered_in_noise(split):
    copied, noise = (drawn(split, make(split.fit)) for make in (planted.copy, planted.noise))
    assert copied["person", "after"]["alike"] == copied["person", "before"]["alike"] > 0.9
    assert noise["person", "before"] == copied["person", "before"]
    assert noise["person", "after"]["alike"] < 0.5
    assert noise["activity", "after"]["alike"] < copied["activity", "after"]["alike"]


def test_people_are_mapped_within_the_activity_that_most_of_them_do(split):
    first, second = split.fit.activities
    missing = (split.fit.subject == split.fit.subjects[0]) & (split.fit.activity == first)
    fewer = replace(split, fit=split.fit.take(~missing))
    maps = drawn(fewer, planted.copy(fewer.fit))
    assert {point["activity"] for point in maps["person", "after"]["points"]} == {second}
    assert {point["activity"] for point in maps["activity", "after"]["points"]} == {first, second}


def test_both_sides_show_the_same_windows(split):
    some = np.arange(0, len(split.fit), 2)
    shuffled = np.random.default_rng(0).permutation(some)
    maps = drawn(split, Release("some", split.fit.take(shuffled), shuffled))
    for colour in ("person", "activity"):
        before, after = ([p["person"] for p in maps[colour, side]["points"]] for side in ("before", "after"))
        assert before == after


def test_the_nearest_point_must_not_share_a_sample(split):
    """The next window of the same series overlaps: next to it lies one of another label, which counts."""
    windows = split.fit.take(np.arange(3))
    assert windows.series[0] == windows.series[1]
    assert abs(windows.start[1] - windows.start[0]) < windows.n_timesteps
    places = np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 5.0]])
    apart = replace(windows, series=np.array([windows.series[0], windows.series[1], "other"]))
    assert alike(places, np.array(["A", "A", "B"]), apart) == 0.0
    assert alike(places, np.array(["B", "A", "B"]), apart) == pytest.approx(1 / 3)


def test_nothing_is_drawn_of_windows_whose_origin_is_unknown(split):
    assert not NeighbourMaps().applies_to(planted.claiming_nobody(split.fit))
    assert not NeighbourMaps().applies_to(Release("file", split.fit))
    few = planted.copy(split.fit.take(np.arange(4)))
    assert NeighbourMaps().examine(split, few, RunContext(0)).exhibits == {}
