"""The guessing game asks what it says, shows nothing twice and gives nothing away by the side it stands on."""

from dataclasses import replace

import numpy as np
import pytest

from data.release import Release
from synth.audit.report import Report
from synth.reporting import charts
from synth.reporting.guessing_game import attackers_figure, can_be_asked, draw_rounds, scored
from tests.synth.reporting.reports import three
from tests.toy import make_split


@pytest.fixture(scope="module")
def split():
    return make_split(n_subjects=6, seconds_per_series=60)


@pytest.fixture(scope="module")
def blurred(split) -> Release:
    """Every window as it is, but for a mark: all samples are larger by 1,000."""
    marked = split.fit.with_values(split.fit.values + 1000)
    return Release("blurred", marked, source=np.arange(len(split.fit)))


def is_released(window: np.ndarray) -> bool:
    return bool(window.min() > 500)


def among(windows, shown: np.ndarray) -> np.ndarray:
    """Return which of the windows a shown one is."""
    return np.flatnonzero((windows.values == shown).all(axis=(1, 2)))


def test_one_of_two_is_real_of_the_same_activity_and_was_not_learnt_from(split, blurred):
    rounds = draw_rounds("real", split, blurred, seed=0)
    assert len(rounds) == 10
    for one in rounds:
        assert one.asked is None
        assert [is_released(choice) for choice in one.choices].count(True) == 1
        assert not is_released(one.choices[one.right])
        (index,) = among(split.fresh, one.choices[one.right][0])
        assert split.fresh.activity[index] == one.activity
        (made,) = among(blurred.windows, one.choices[1 - one.right][0])
        assert blurred.windows.activity[made] == one.activity


@pytest.mark.parametrize("kind", ["real", "whose"])
def test_the_right_choice_stands_anywhere_and_no_released_window_comes_twice(kind, split, blurred):
    rounds = draw_rounds(kind, split, blurred, seed=1, n_rounds=len(split.fit))
    shares = np.bincount([one.right for one in rounds]) / len(rounds)
    n_choices = len(rounds[0].choices)
    assert len(shares) == n_choices
    assert np.abs(shares - 1 / n_choices).max() < 4 * np.sqrt(0.25 / len(rounds))
    shown = [one.choices[1 - one.right] if kind == "real" else one.asked for one in rounds]
    assert len({window.tobytes() for window in shown if window is not None}) == len(rounds)


def test_the_person_asked_for_is_the_one_it_was_made_from(split, blurred):
    for one in draw_rounds("whose", split, blurred, seed=2):
        assert one.asked is not None
        (index,) = among(blurred.windows, one.asked[0])
        people = []
        for choice in one.choices:
            found = [among(split.fresh, window)[0] for window in choice]
            assert set(split.fresh.activity[found]) == {one.activity}
            assert len(set(found)) == 3
            people.append(set(split.fresh.subject[found]))
        assert people[one.right] == {split.fit.subject[index]}
        assert len(set().union(*people)) == 3


def test_where_nothing_is_unused_no_example_overlaps_what_was_released(split, blurred):
    used_up = replace(split, fresh=split.fresh.take(np.zeros(0, int)))
    fit = split.fit
    rounds = draw_rounds("whose", used_up, blurred, seed=3, n_rounds=len(fit))
    assert rounds
    for one in rounds:
        assert one.asked is not None
        (index,) = among(blurred.windows, one.asked[0])
        shown = [among(fit, window)[0] for choice in one.choices for window in choice]
        same = [i for i in shown if fit.series[i] == fit.series[index]]
        assert all(abs(fit.start[i] - fit.start[index]) >= fit.n_timesteps for i in same)


def test_a_seed_gives_the_same_game_and_another_one_another(split, blurred):
    first, again, other = (
        [one.choices[0].tobytes() for one in draw_rounds("real", split, blurred, seed)] for seed in (4, 4, 5)
    )
    assert first == again != other


def test_two_people_are_too_few_to_choose_from(split, blurred):
    two = split.fit.subjects[:2]
    few = replace(split, fresh=split.fresh.take(np.isin(split.fresh.subject, two)))
    assert draw_rounds("whose", few, blurred, seed=0) == ()
    assert len(draw_rounds("real", few, blurred, seed=0)) == 10


def test_the_interval_is_that_of_ten_coins():
    score = scored([True] * 5 + [False] * 5)
    assert score.value == 0.5
    assert (score.low, score.high) == pytest.approx((0.187, 0.813), abs=0.001)  # Clopper and Pearson
    assert scored([True] * 10).low == pytest.approx(0.692, abs=0.001)
    assert scored([False]).high == pytest.approx(0.975, abs=0.001)


def test_the_attacker_is_that_of_the_verdict_and_generated_movement_is_nobodys():
    noisy, *_ = three()
    generated: Report = replace(noisy, release={**noisy.release, "claims_people": False})
    assert attackers_figure(noisy, "real") == noisy.verdicts["discriminator"].headline
    assert can_be_asked("real", generated)
    assert not can_be_asked("whose", generated)


@pytest.mark.parametrize(("n_right", "said"), [(10, "more than guessing"), (6, "may be luck")])
def test_the_picture_says_whether_it_may_be_luck(n_right, said):
    score = scored([i < n_right for i in range(10)])
    drawn = charts.guessing_score(score, 0.5, None, "blurred").chart
    assert drawn is not None
    title = drawn.to_dict()["title"]
    assert said in " ".join(title["subtitle"])
    assert f"right in {10 * n_right} %" in " ".join(title["text"])
