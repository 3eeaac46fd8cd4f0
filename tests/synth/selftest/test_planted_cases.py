"""The bank plants what it says it plants, and the self-test judges the audit by it."""

import numpy as np
import pytest

from data.windows import concatenate
from synth.audit.question import with_verdict
from synth.core.run_context import RunContext
from synth.selftest.planted_cases import ATTRIBUTE, cases
from synth.selftest.run import selftest, table
from synth.selftest.world import AT_RISK, PlantedCase, world_of
from tests.toy import make_windows

BANK = {case.name: case for case in cases()}


@pytest.fixture(scope="module")
def world():
    return world_of(make_windows(n_subjects=9, seconds_per_series=30, n_channels=3), seed=0)


@pytest.mark.parametrize("name", BANK)
def test_every_case_is_a_release_that_can_be_audited(world, name):
    trial = BANK[name].make(world)
    windows = trial.release.windows
    assert len(windows) >= 10
    assert windows.channels == trial.split.fit.channels
    assert np.isfinite(windows.values).all()
    assert set(BANK[name].expected) <= set(with_verdict())
    again = BANK[name].make(world).release.windows
    assert np.array_equal(again.values, windows.values)


def test_every_question_with_a_verdict_has_a_leak_or_a_defect_planted():
    asked = {question for case in BANK.values() for question in case.expected}
    assert asked == set(with_verdict())
    harmless = [q for case in BANK.values() for q, right in case.expected.items() if "safe" in right]
    assert {"reidentification", "membership", "copies", "attributes"} <= set(harmless)


def test_strangers_are_in_no_part_of_the_split(world):
    split = world.split
    everyone = concatenate([split.fit, split.fresh, split.unseen])
    assert world.strangers.subjects
    assert not set(world.strangers.subjects) & set(everyone.subjects)


def test_harmless_windows_hold_no_used_sample_and_few_copies_are_few(world):
    used = {window.tobytes() for window in world.fit.values}
    released = {name: BANK[name].make(world).release.windows for name in BANK}
    assert not any(w.tobytes() in used for w in released["real windows of other people"].values)
    assert not any(w.tobytes() in used for w in released["unused windows of the same people"].values)
    few = released["5 % copies among harmless windows"]
    assert 0.03 < np.mean([w.tobytes() in used for w in few.values]) < 0.07
    assert few.subjects == []


def test_half_of_the_unused_windows_are_left_to_the_audit(world):
    trial = BANK["unused windows of the same people"].make(world)
    assert len(trial.release.windows) + len(trial.split.fresh) == len(world.split.fresh)


def test_levels_and_pace_are_all_that_is_kept_of_people(world):
    levels = BANK["levels kept (gravity, bias), all else redrawn"].make(world).release.windows
    for person in world.fit.subjects:
        own = world.fit.subject == person
        theirs = world.fit.values[own].mean(axis=(0, 1))
        assert np.allclose(levels.values[own].mean(axis=(0, 1)), theirs, atol=0.05)
    paces = BANK["pace kept, all else redrawn"].make(world).release.windows
    assert abs(paces.values.mean(axis=1)).max() < 1.0


def test_the_planted_attribute_is_known_of_everyone_and_shows_in_the_amplitude(world):
    trial = BANK["an attribute in the amplitude"].make(world)
    fit = trial.split.fit
    having = fit.attributes.index[fit.attributes[ATTRIBUTE] == "yes"]
    assert 0 < len(having) < len(fit.subjects)
    spread = fit.values.std(axis=1) / world.fit.values.std(axis=1)
    assert np.allclose(spread[np.isin(fit.subject, having)], 1.6, atol=0.01)
    assert np.allclose(spread[~np.isin(fit.subject, having)], 1.0, atol=0.01)


@pytest.mark.slow
@pytest.mark.usefixtures("without_networks")
def test_the_selftest_says_what_was_right_and_what_was_wrong(monkeypatch):
    import synth.selftest.run

    wrongly_expected = PlantedCase(
        "noise called a copy", {"copies": AT_RISK}, BANK["noise of each activity's level"].make
    )
    bank = (BANK["the used windows themselves"], wrongly_expected)
    monkeypatch.setattr(synth.selftest.run, "cases", lambda: bank)
    windows = make_windows(n_subjects=9, seconds_per_series=60, n_channels=3)
    answers = list(selftest(windows, RunContext(0)))
    assert [(a.case, a.question) for a in answers] == [
        (case.name, question) for case in bank for question in case.expected
    ]
    found = table(answers).set_index(["planted", "question"])
    assert found.loc[("the used windows themselves", "copies"), "right"] == 1
    assert found.loc[("noise called a copy", "copies"), "wrong"] == 1
