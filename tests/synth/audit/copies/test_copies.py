"""Copies are found however they are disguised; windows that were never used are not taken for copies."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import signal

from data.release import Release
from data.sample import load_sample
from data.shared_samples import run_length
from data.splits import Split, split_by_holdout, split_windows
from data.windows import Windows, concatenate, cut_windows
from synth.audit.copies.near import STANDING_OUT, Copies, Haystack
from synth.audit.copies.search import Search, aligned
from synth.audit.copies.tracks import Tracks
from synth.audit.copies.verbatim import VerbatimCopies
from synth.audit.copies.views import VIEWS, replayed
from synth.audit.membership.base import Membership
from synth.audit.membership.member_sets import Sides, excess, stretches
from synth.audit.question import verdict_of
from synth.audit.report import Result
from synth.core.errors import Stopped
from synth.core.run_context import RunContext
from tests.toy import make_split, make_windows

DISGUISES = {
    "as they are": lambda v, rng: v,
    "shifted": lambda v, rng: np.roll(v, 6, axis=1),
    "noisy": lambda v, rng: v + rng.normal(0, 0.02, v.shape),
    "louder": lambda v, rng: v * rng.uniform(0.5, 2, (len(v), 1, v.shape[2])),
    "offset": lambda v, rng: v + rng.normal(0, 3, (len(v), 1, v.shape[2])),
    "turned round": lambda v, rng: -v,
    "backwards": lambda v, rng: v[:, ::-1],
    "channels exchanged": lambda v, rng: v[:, :, rng.permutation(v.shape[2])],
    "rounded": lambda v, rng: np.round(v * 10) / 10,
    "low-passed": lambda v, rng: signal.sosfiltfilt(signal.butter(4, 3 / 25, output="sos"), v, axis=1),
    "turned": lambda v, rng: v @ np.linalg.qr(rng.standard_normal((len(v), 3, 3)))[0],
    "slower": lambda v, rng: replayed(v, 1.1)[:, : v.shape[1]],
    "spliced": lambda v, rng: np.concatenate([v[:, :64], v[rng.permutation(len(v)), 64:]], axis=1),
    "mixed in pairs": lambda v, rng: 0.5 * v + 0.5 * v[rng.permutation(len(v))],
}


@pytest.fixture(scope="module")
def split() -> Split:
    """Nine people, three of them held out."""
    return make_split(n_subjects=9, seconds_per_series=60, n_channels=3)


@pytest.fixture(scope="module")
def copies(split) -> Copies:
    """The attack, with its yardsticks: they take longer than a release."""
    return Copies().calibrated(Copies().reference(split, RunContext(0)).calibration)


def verdict(split: Split, windows: Windows, attack) -> tuple[str, tuple[Result, ...]]:
    results = attack.run(split, Release("r", windows), RunContext(0))
    return verdict_of("copies", results, []).verdict, results


def test_nothing_is_found_in_unused_windows_and_what_is_planted_is_where_movement_does_not_hide_it(split):
    """The toy's movement is so regular that copies under noise look like repetitions: the controls say so."""
    controls = {control.planted: control for control in Copies().reference(split, RunContext(0)).controls}
    nothing = controls.pop("unused real windows")
    assert nothing.expected == "lose"
    assert nothing.passed
    assert len(controls) == len(Haystack.of(split).views)
    assert all(control.expected == "win" for control in controls.values())
    found = {name.split("elsewhere and ")[1]: control for name, control in controls.items()}
    clear = ("with other scales and levels", "with every sensor turned", "spliced from two used recordings")
    assert all(found[name].passed for name in clear)
    noisy = found["under noise of 30 % of their movement"]
    assert noisy.value < 0.9
    assert not noisy.passed


@pytest.mark.slow
def test_every_kind_of_known_copies_is_found_in_the_sample():
    controls = Copies().reference(split_windows(cut_windows(load_sample()), seed=0), RunContext(0)).controls
    assert len(controls) == len(VIEWS) + 1
    assert all(control.passed for control in controls)


def test_measured_by_its_reference_a_release_gives_the_same_numbers(split):
    attack = Copies()
    calibration = json.loads(json.dumps(attack.reference(split, RunContext(0)).calibration))
    release = Release("r", split.unseen)
    known = attack.calibrated(calibration).run(split, release, RunContext(0))
    assert known == attack.run(split, release, RunContext(0))


@pytest.mark.slow
@pytest.mark.parametrize("disguise", DISGUISES)
def test_copies_are_found_in_every_disguise(split, copies, disguise):
    values = DISGUISES[disguise](split.fit.values, np.random.default_rng(0))
    word, results = verdict(split, split.fit.with_values(values), copies)
    assert word == "at risk"
    assert max(result.value for result in results) > 0.4


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_windows_of_other_people_are_no_copies(split, copies, seed):
    strangers = make_windows(n_subjects=6, seconds_per_series=40, n_channels=3, seed=70 + seed)
    word, results = verdict(split, strangers, copies)
    assert word != "at risk"
    assert all(r.low == 0 for r in results if r.tier.endswith(STANDING_OUT))


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_a_single_copied_window_among_hundreds_is_found(split, copies, noise):
    windows = make_windows(n_subjects=6, seconds_per_series=40, n_channels=3, seed=70)
    values = windows.values.copy()
    copied = split.fit.values[-1]
    values[100] = copied + np.random.default_rng(0).normal(0, noise, copied.shape) * copied.std(axis=0)
    assert verdict(split, windows.with_values(values), copies)[0] == "at risk"


def test_few_copies_among_harmless_windows_are_found(split, copies):
    copied = split.fit.take(np.arange(0, len(split.fit), 8))
    mixed = concatenate(
        [split.unseen, split.fit.with_values(np.round(split.fit.values, 1)).take(np.arange(0, 300, 8))]
    )
    assert len(copied) / len(mixed) < 0.2
    assert verdict(split, mixed, copies)[0] == "at risk"


def test_the_closest_pairs_are_shown_on_top_of_each_other(split, copies):
    turned = split.fit.with_values(-2 * np.roll(split.fit.values, 5, axis=1) + 7)
    pairs = copies.examine(split, Release("turned", turned), RunContext(0)).exhibits["pairs"]
    assert len(pairs) == 3
    for pair in pairs:
        assert np.corrcoef(pair["released"], pair["private"])[0, 1] > 0.95


def test_without_a_holdout_only_verbatim_copies_can_be_judged(split):
    alone = split_by_holdout(split.fit, None, seed=0)
    assert "holdout" in Copies().obstacle(alone)
    assert verdict(alone, split.fit, VerbatimCopies())[0] == "at risk"
    assert verdict(alone, split.unseen, VerbatimCopies())[0] == "safe"


def test_a_run_within_a_window_is_found_and_rounded_or_still_ones_are_not(split):
    half = split.unseen.values[: len(split.fit)].copy()
    half[:, 40:60] = split.fit.values[: len(half), 10:30]
    assert run_length(split.fit) < 20
    assert (
        verdict(split, split.unseen.take(np.arange(len(half))).with_values(half), VerbatimCopies())[0]
        == "at risk"
    )
    spread = split.fit.values.std(axis=(0, 1))
    moved = split.fit.with_values(split.fit.values + 0.001 * spread)
    exactly, nearly = VerbatimCopies().run(split, Release("r", moved), RunContext(0))
    assert exactly.value == 0
    assert nearly.value > 0.1
    still = split.fit.with_values(np.zeros_like(split.fit.values))
    assert VerbatimCopies().run(split, Release("r", still), RunContext(0))[0].value == 0


def test_verbatim_controls(split):
    controls = VerbatimCopies().reference(split, RunContext(0)).controls
    assert [(control.expected, control.passed) for control in controls] == [("win", True), ("lose", True)]


def test_stretches_are_what_a_split_assigned_as_a_whole(split):
    sides = Haystack.of(split).sides
    assert len(sides.pool) == len(split.fit) + len(split.fresh)
    for place in np.unique(sides.place):
        here = sides.place == place
        assert len(set(sides.used[here])) == 1
        assert len(set(sides.pool.series[here])) == 1
        assert (np.diff(np.sort(sides.pool.start[here])) <= split.fit.n_timesteps).all()
    one_series = split.fit.take(split.fit.series == split.fit.series[0])
    gaps = np.diff(np.sort(one_series.start)) > 1.5 * split.fit.n_timesteps
    assert len(np.unique(stretches(one_series, np.ones(len(one_series), bool)))) == 1 + gaps.sum()


def test_resembling_either_side_as_often_as_it_is_large_is_no_excess(split):
    sides = Haystack.of(split).sides
    rng = np.random.default_rng(0)
    everywhere = rng.integers(0, len(sides.pool), 500)
    all_of_them = np.ones(500, bool)
    p_values = [excess(drawn_again(sides, rng), everywhere, all_of_them, seed=seed)[1] for seed in range(200)]
    assert 0.01 < np.mean(np.array(p_values) <= 0.05) < 0.1
    used = rng.choice(np.flatnonzero(sides.used), 500)
    estimate, p = excess(sides, used, all_of_them, seed=0)
    assert estimate.value == pytest.approx(1.0)
    assert p < 0.001


def drawn_again(sides: Sides, rng: np.random.Generator) -> Sides:
    """Assign stretches to sides anew."""
    share = sides.odds / (1 + sides.odds)
    first = [np.argmax(sides.place == place) for place in range(sides.place.max() + 1)]
    used = rng.random(len(first)) < share[first]
    return Sides(sides.pool, used[sides.place], sides.place, sides.odds)


def test_where_only_other_people_are_held_out_used_windows_show_how_people_resemble_themselves(split):
    nobody = split.fresh.take(np.zeros(0, np.int64))
    parts = replace(split, fresh=nobody, at_random=False)
    hay = Haystack.of(parts)
    assert hay.sides is None
    assert hay.harmless.all()
    some = split.fresh.take(split.fresh.subject != split.fresh.subjects[0])
    mixed = Haystack.of(replace(split, fresh=some))
    assert set(mixed.windows.subject[mixed.harmless & mixed.used]) == {split.fresh.subjects[0]}
    attack = Copies().calibrated(Copies().reference(parts, RunContext(0)).calibration)
    assert verdict(parts, split.fresh, attack)[0] != "at risk"
    assert verdict(parts, split.fit.take(np.arange(0, len(split.fit), 3)), attack)[0] == "at risk"


@pytest.mark.parametrize(
    "view", [v for v in VIEWS if v.name != "at another pace"], ids=lambda view: view.name
)
def test_windows_cut_elsewhere_are_found_where_they_were_cut(split, view):
    hay = Haystack.of(split)
    n_timesteps, begin = split.fit.n_timesteps, hay.pool.tracks.begin[:300:3] + 17
    begin = begin[hay.pool.tracks.inside[begin + n_timesteps]]
    values = hay.pool.tracks.values[begin[:, None] + np.arange(n_timesteps)]
    found = Search.of(hay.pool, view).look_up(
        split.fit.take(np.arange(len(begin))).with_values(5 - 3 * values)
    )
    off = np.abs(hay.pool.tracks.begin[found.nearest] - begin)
    assert (off < n_timesteps).mean() > 0.9
    assert ((found.fit >= 0) & (found.fit <= 1) & (found.margin >= 0) & (found.margin <= 1)).all()


def test_a_window_that_is_in_the_recordings_itself_is_looked_for_elsewhere(split):
    hay, itself = Haystack.of(split), np.arange(0, 200, 4)
    found = Search.of(hay.pool, VIEWS[0]).look_up(split.fit.take(itself), own=itself)
    begin = hay.pool.tracks.begin
    assert (np.abs(begin[found.nearest] - begin[itself]) > split.fit.n_timesteps).all()


def test_recordings_are_put_together_from_windows(split):
    tracks = Haystack.of(split).pool.tracks
    for part, begin in zip(
        (split.fit, split.unseen), (tracks.begin, tracks.begin[-len(split.unseen) :]), strict=True
    ):
        rows = begin[: len(part), None] + np.arange(part.n_timesteps)
        np.testing.assert_array_equal(tracks.values[rows], part.values)
        assert tracks.inside[rows].all()
    assert not tracks.values[~tracks.inside].any()


def test_windows_that_contradict_each_other_stay_apart():
    windows = make_windows(n_subjects=1, n_activities=1, seconds_per_series=10)
    twice = concatenate([windows, windows.with_values(windows.values + 1)])
    tracks = Tracks.of(twice, np.zeros(len(twice)))
    np.testing.assert_array_equal(
        tracks.values[tracks.begin[:, None] + np.arange(windows.n_timesteps)], twice.values
    )


def test_alignment_undoes_shift_sign_and_scale():
    rng = np.random.default_rng(0)
    window = rng.normal(size=(64, 3)).cumsum(axis=0)
    ours, theirs, _ = aligned(-4 * np.roll(window, 6, axis=0) + 1, window)
    assert np.corrcoef(ours, theirs)[0, 1] > 0.95


def test_it_stops_when_asked(split):
    with pytest.raises(Stopped):
        Copies().run(split, Release("r", split.fit), RunContext(0, should_stop=lambda: True))


def brought(split: Split) -> Split:
    """The same parts as somebody would bring them: nothing was drawn at random."""
    return replace(split, at_random=False)


def test_with_sides_that_were_brought_only_what_stands_out_counts(split):
    parts = brought(split)
    copied = Copies().run(parts, Release("r", split.fit), RunContext(0))
    assert all(r.tier.endswith(STANDING_OUT) for r in copied)
    assert verdict_of("copies", copied, []).verdict == "at risk"
    for nothing in (split.unseen, split.fresh):
        assert (
            verdict_of("copies", Copies().run(parts, Release("r", nothing), RunContext(0)), []).verdict
            != "at risk"
        )


@pytest.mark.slow
def test_other_times_of_the_same_people_are_no_copies_where_the_holdout_is_of_another_session():
    """Every session has its own orientation: harmless windows resemble the session that was used."""
    recordings = make_windows(n_subjects=8, n_trials=2, seconds_per_series=40, n_channels=3, overlap=0.5)
    turned = np.where(recordings.trial == "2", 1.0, 0.0)[:, None, None] * np.array([0.8, -0.6, 0.4])
    sessions = recordings.with_values(recordings.values * (1 + 0.3 * turned) + turned)
    first, second = (sessions.take(sessions.trial == name) for name in ("1", "2"))
    early = first.take(first.start < 1000)
    late = first.take(first.start > 1000 + 128)
    parts = split_by_holdout(early, second, seed=0)
    for attack, question in ((Copies(), "copies"), (Membership(), "membership")):
        results = attack.run(parts, Release("late", late), RunContext(0))
        assert (
            verdict_of(question, results, attack.reference(parts, RunContext(0)).controls).verdict
            != "at risk"
        )
    copied = Copies().run(parts, Release("early", early), RunContext(0))
    assert verdict_of("copies", copied, []).verdict == "at risk"
