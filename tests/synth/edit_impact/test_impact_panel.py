"""What an edit changed: cases with a known answer, and that no check learnt from what it measures."""

import numpy as np
import pytest

from data.release import Release
from synth.core.errors import Stopped
from synth.core.run_context import RunContext
from synth.edit_impact.counterfeits import KINDS, counterfeits
from synth.edit_impact.cross_fitting import N_FOLDS, CrossFittedForests
from synth.edit_impact.impact_panel import MAX_MEASURED, ImpactPanel
from tests.synth.audit.planted import claiming_nobody
from tests.toy import make_split

QUESTIONS = ("discriminator", "utility", "reidentification", "copies")
EDITED = 5


@pytest.fixture(scope="module")
def split():
    """Five people, two of them held out; each has three activities twice, 40 s each."""
    return make_split(n_subjects=5, n_channels=3, seconds_per_series=40, rate_hz=25, n_trials=2, held_out=0.4)


@pytest.fixture(scope="module")
def recordings(split):
    """The recordings themselves as a version."""
    return Release("as recorded", split.fit, np.arange(len(split.fit)))


@pytest.fixture(scope="module")
def panel(split, recordings):
    return ImpactPanel.fit(split, recordings, RunContext(0))


def elsewhere(windows, *, person: bool, activity: bool) -> int:
    """Find a window of another person or activity than the edited one."""
    same_person = windows.subject == windows.subject[EDITED]
    same_activity = windows.activity == windows.activity[EDITED]
    return int(np.flatnonzero((same_person != person) & (same_activity != activity))[3])


def compared(panel, after: np.ndarray, indices=(EDITED,)):
    before = panel.release.windows.values[list(indices)]
    found = panel.compare(before, after, indices)
    assert tuple(c.question for c in found) == QUESTIONS
    return {c.question: c for c in found}


def test_what_is_unchanged_is_said_to_be(panel):
    found = compared(panel, panel.release.windows.values[[EDITED]])
    for impact in found.values():
        assert impact.before == impact.after
        assert impact.text_before == impact.text_after
        assert impact.n == 1
        assert impact.text.startswith("Unchanged")
    assert found["utility"].after == 1.0
    assert found["copies"].after == 1.0


def test_noise_is_distinguished_from_real_and_no_copy(panel):
    window = panel.release.windows.values[[EDITED]]
    # Toy recordings hold the noise that seed 0 draws, and the check for copies finds it.
    noise = np.random.default_rng(99).normal(
        window.mean(1, keepdims=True), window.std(1, keepdims=True), window.shape
    )
    found = compared(panel, noise.astype(np.float32))
    assert (found["discriminator"].before, found["discriminator"].after) == (0.0, 1.0)
    assert found["discriminator"].text_after.startswith("distinguished from real")
    assert (found["copies"].before, found["copies"].after) == (1.0, 0.0)


@pytest.mark.parametrize("change", [lambda window: window + 20, lambda window: 6 * window])
def test_what_no_person_does_is_distinguished_from_real(panel, change):
    found = compared(panel, change(panel.release.windows.values[[EDITED]]))["discriminator"]
    assert (found.before, found.after) == (0.0, 1.0)


def test_another_activity_is_recognised_as_that(panel):
    windows = panel.release.windows
    other = elsewhere(windows, person=False, activity=True)
    found = compared(panel, windows.values[[other]])["utility"]
    assert (found.before, found.after) == (1.0, 0.0)
    assert f"recognised as {windows.activity[EDITED]} (" in found.text_before
    assert f"recognised as {windows.activity[other]} (" in found.text_after


def test_another_person_is_recognised_as_that(panel):
    windows = panel.release.windows
    other = elsewhere(windows, person=True, activity=False)
    found = compared(panel, windows.values[[other]])["reidentification"]
    assert found.after == 0.0
    assert f"recognised as {windows.subject[other]} (" in found.text_after


def test_a_copy_put_into_harmless_windows_is_found(split):
    rng = np.random.default_rng(99)
    harmless = split.fit.with_values(rng.normal(0, 1, split.fit.values.shape))
    panel = ImpactPanel.fit(split, Release("noise", harmless, np.arange(len(harmless))), RunContext(0))
    found = compared(panel, split.fit.values[[EDITED + 40]])
    assert (found["copies"].before, found["copies"].after) == (0.0, 1.0)
    assert "verbatim" in found["copies"].text_after
    assert split.fit.subject[EDITED + 40] in found["copies"].text_after
    assert (found["discriminator"].before, found["discriminator"].after) == (1.0, 0.0)


def test_few_windows_are_counted_and_many_get_shares(panel):
    values = panel.release.windows.values
    few = compared(panel, values[:4], range(4))
    many = compared(panel, values[: MAX_MEASURED + 20], range(MAX_MEASURED + 20))
    for question in QUESTIONS:
        assert "%" not in few[question].text_after
        assert f"% of {MAX_MEASURED}" in many[question].text_after


def test_every_figure_has_its_chance(panel, split):
    found = compared(panel, panel.release.windows.values[[EDITED]])
    assert found["utility"].chance == pytest.approx(1 / 3)
    assert found["reidentification"].chance == pytest.approx(1 / len(split.fit.subjects))
    assert 0 <= found["discriminator"].chance < 0.5
    assert found["copies"].chance == pytest.approx(0.02)


def test_no_forest_learnt_from_what_it_classifies(split, recordings):
    """Labels that mean nothing but differ from series to series: a forest that knows neighbours would be right."""
    rng = np.random.default_rng(1)
    series = np.unique(split.fit.series)
    named = dict(zip(series, rng.permutation(np.arange(len(series)) % 3).astype(str), strict=True))
    labels = np.array([named[name] for name in split.fit.series])
    table = np.concatenate([split.fit.values[:, ::8].reshape(len(split.fit), -1)])
    forests = CrossFittedForests.fit(table, labels, split.fit.series, RunContext(0))
    assert forests.balanced_accuracy < 0.6
    leaky = CrossFittedForests.fit(table, labels, np.arange(len(labels)).astype(str), RunContext(0))
    assert leaky.balanced_accuracy > forests.balanced_accuracy + 0.2


def test_a_group_is_classified_by_the_forest_that_did_not_see_it(split):
    """Taught upside down in one group: only a forest that did not learn from that group answers as elsewhere."""
    groups = split.fit.series
    odd = groups == groups[0]
    labels = np.where(odd, "other", split.fit.activity)
    table = split.fit.values.reshape(len(groups), -1)
    forests = CrossFittedForests.fit(table, labels, groups, RunContext(0))
    assert not forests.knows("other", groups[0])
    assert forests.votes(table[odd], groups[odd])[:, list(forests.names).index("other")].max() == 0
    strangers = np.full(int(odd.sum()), "nobody knows this series")
    assert forests.votes(table[odd], strangers)[:, list(forests.names).index("other")].max() > 0
    assert set(forests.fold.values()) == set(range(N_FOLDS))


def test_generated_windows_are_asked_whom_they_look_like(split):
    release = claiming_nobody(split.fit)
    panel = ImpactPanel.fit(split, release, RunContext(0))
    outsider = split.unseen.values[[0]]
    found = {c.question: c for c in panel.compare(release.windows.values[[EDITED]], outsider, [EDITED])}
    who = found["reidentification"]
    assert (who.before, who.after) == (1.0, 0.0)
    assert who.chance == pytest.approx(len(split.fit.subjects) / 5)
    assert "who took part" in who.text_before
    assert f"most like {split.unseen.subject[0]}, who did not take part" in who.text_after


def test_what_cannot_be_said_is_said(split):
    one_series = split.fit.take(np.isin(split.fit.activity, ["act1"]))
    first = [np.flatnonzero(one_series.subject == person)[:6] for person in one_series.subjects]
    few = one_series.take(np.concatenate(first))
    release = Release("one series each", few, np.arange(len(few)))
    panel = ImpactPanel.fit(
        type(split)(few, few.take(np.zeros(0, int)), few.take(np.zeros(0, int)), 0, 0), release, RunContext(0)
    )
    found = {c.question: c for c in panel.compare(few.values[:1], few.values[:1], [0])}
    for question in ("utility", "reidentification", "copies"):
        assert found[question].before is found[question].after is found[question].chance is None
        assert found[question].text.startswith("Cannot tell")


def test_the_same_question_has_the_same_answer(split, recordings, panel):
    after = split.fit.values[[40]]
    again = ImpactPanel.fit(split, recordings, RunContext(0)).compare(
        split.fit.values[[EDITED]], after, [EDITED]
    )
    assert again == tuple(compared(panel, after).values())


def test_fitting_can_be_stopped(split, recordings):
    with pytest.raises(Stopped):
        ImpactPanel.fit(split, recordings, RunContext(0, should_stop=lambda: True))


def test_no_window_is_no_question(panel):
    nothing = panel.release.windows.values[:0]
    with pytest.raises(ValueError, match="at least one"):
        panel.compare(nothing, nothing, [])


def test_counterfeits_are_made_of_their_own_group(split):
    values = np.zeros_like(split.fit.values) + np.arange(len(split.fit), dtype=np.float32)[:, None, None]
    group = np.where(np.arange(len(values)) < 30, "a", "b")
    made, kinds = counterfeits(values, group, seed=0)
    assert made.dtype == np.float32
    assert set(kinds) == set(KINDS)
    spliced = kinds == "a stretch of another window"
    assert (made[spliced] != values[spliced]).any(axis=(1, 2)).all()
    assert ((made[spliced] < 30).all(axis=(1, 2)) == (group[spliced] == "a")).all()


def test_every_kind_of_counterfeit_changes_a_window_and_keeps_its_size(split):
    made, kinds = counterfeits(split.fit.values, split.fit.series, seed=0)
    assert np.isfinite(made).all()
    for kind in KINDS:
        there = kinds == kind
        assert (made[there] != split.fit.values[there]).any(axis=(1, 2)).all(), kind
        assert made[there].std() < 10 * split.fit.values.std()
