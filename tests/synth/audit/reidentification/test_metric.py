"""The same-person metric: distances worked out by hand, and what strangers' recordings teach."""

from dataclasses import replace

import numpy as np
import pytest

from data.release import Release
from data.windows import concatenate
from synth.audit.attack import unprotected
from synth.audit.reidentification.base import EER, INFORMED, STRANGERS
from synth.audit.reidentification.metric import MetricReidentification, Placed, Space
from synth.core.errors import Stopped
from synth.core.run_context import RunContext
from tests.synth.audit import planted
from tests.toy import make_split

TOP_1 = "top-1 accuracy"


@pytest.fixture(scope="module")
def split():
    """Nine people, three of them held out."""
    return make_split(n_subjects=9, seconds_per_series=40)


def found(split, release):
    results = MetricReidentification().run(split, release, RunContext(0))
    return {(r.tier, r.metric): r for r in results}


def test_the_most_similar_window_of_the_same_activity_counts():
    """Along 0 degrees lie a window of Ann, walking, and one of Bea, sitting; Bea walks at 60 degrees."""
    known = np.array([[1, 0], [1, 0], [0.5, np.sqrt(0.75)]])
    both = Placed(
        known,
        np.array([[1.0, 0], [0, 1], [1, 0]]),
        np.array(["walk", "sit", "walk"]),
        np.array(["walk", "walk", "run"]),
        np.array(["ann", "bea", "ann"]),
    )
    naming = both.naming(np.array(["ann", "bea", "bea"]), RunContext(0))
    assert naming.people == ["ann", "bea"]
    assert naming.evidence == pytest.approx(np.array([[1, 0.5], [0, np.sqrt(0.75)], [-1, -1]]))
    with pytest.raises(Stopped):
        both.naming(np.array(["ann", "bea", "bea"]), RunContext(0, should_stop=lambda: True))


def test_in_its_space_people_differ_from_themselves_equally_in_all_directions(split, monkeypatch):
    """Features that spread a hundred times more than others within people are worth no more."""
    windows, rng = split.fit, np.random.default_rng(0)
    table = rng.normal(size=(len(windows), 3)) * [1, 100, 1]
    monkeypatch.setattr("synth.audit.reidentification.metric.features", lambda _: table)
    within = np.cov(Space.of(windows).place(windows).T)
    assert within == pytest.approx(np.eye(3), abs=0.15)


def test_it_names_people_of_copies_and_nobody_in_noise(split):
    copies = found(split, unprotected(split))
    for tier in ("refitted", INFORMED):
        assert copies[tier, TOP_1].low > 0.8
    noise = replace(planted.noise(split.fit), made_for_attackers=planted.noise(split.fresh, seed=1))
    for (_, metric), r in found(split, noise).items():
        assert r.low <= r.chance, metric


def test_controls_win_and_lose(split):
    controls = MetricReidentification().reference(split, RunContext(0)).controls
    assert [(c.expected, c.passed) for c in controls] == [("win", True), ("lose", True)]


def test_strangers_recordings_are_enough_to_link_our_windows(split):
    """The owner of the method knows nobody of ours; everything is turned upside down and stretched."""
    release = replace(planted.recoded(split.fit), made_for_attackers=planted.recoded(split.unseen))
    got = found(split, release)
    assert (INFORMED, TOP_1) not in got
    assert got[STRANGERS, TOP_1].low > 0.8
    assert got[STRANGERS, EER].value < 0.05
    judged = {key for key, r in got.items() if key[0].startswith(STRANGERS) and r.p is not None}
    assert judged == {(STRANGERS, TOP_1)}
    assert got[STRANGERS, TOP_1].p < 0.001


def test_whoever_is_in_the_release_is_no_stranger(split):
    """Unused windows of our people teach nothing to who has other people's only, nor does a single stranger."""
    one = split.unseen.take(split.unseen.subject == split.unseen.subjects[0])
    for made in (split.fresh, concatenate([split.fresh, one])):
        release = replace(planted.copy(split.fit), made_for_attackers=Release("", made))
        assert not [key for key in found(split, release) if key[0].startswith(STRANGERS)]
    assert {tier for tier, _ in found(split, planted.copy(split.fit))} == {"refitted", "refitted, aggregated"}
