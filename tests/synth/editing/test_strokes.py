"""Drawing, rubbing out, filling in, accepting: values, masks and provenance worked out by hand."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.release import Release
from synth.core.errors import TrainingError
from synth.core.run_context import RunContext
from synth.editing.strokes import (
    DrawnCurve,
    EditError,
    Erasure,
    MovedStretch,
    PinnedPoint,
    Stroke,
    apply_strokes,
    edited_release,
    fill,
    provenance,
    spans,
    stroke_from_json,
    stroke_to_json,
)
from synth.imputers.linear import LinearInterpolation
from tests.toy import make_windows

WINDOW = np.arange(20, dtype=np.float32).reshape(10, 2)


def curve(channel: int, first: int, *values: float) -> DrawnCurve:
    return DrawnCurve(channel, tuple(range(first, first + len(values))), values)


@pytest.fixture(scope="module")
def release() -> Release:
    windows = make_windows(n_subjects=2, n_activities=2, n_channels=2, rate_hz=10.0)
    return Release("noise 0.1", windows, np.arange(len(windows)), {"kind": "noise", "seed": 4})


class TestCorrect:
    def test_a_stroke_becomes_the_signal_in_its_channel_only(self):
        drawn_window = apply_strokes(WINDOW, [curve(1, 2, 7.5, 8.5)], window_index=3)
        expected = WINDOW.copy()
        expected[2:4, 1] = [7.5, 8.5]
        np.testing.assert_array_equal(drawn_window.values, expected)
        assert drawn_window.mask.all()
        assert np.argwhere(drawn_window.drawn).tolist() == [[2, 1], [3, 1]]
        assert drawn_window.window_index == 3

    def test_rubbing_out_hits_all_channels_or_those_named(self):
        drawn_window = apply_strokes(WINDOW, [Erasure(0, 2), Erasure(5, 7, (1,))], window_index=0)
        assert np.argwhere(~drawn_window.mask).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1], [5, 1], [6, 1]]

    def test_the_last_mark_wins(self):
        drawn_last = apply_strokes(
            WINDOW, [Erasure(2, 6), curve(0, 3, 1.0), curve(0, 3, 2.0)], window_index=0
        )
        assert drawn_last.mask[3, 0]
        assert drawn_last.values[3, 0] == 2.0
        erased_last = apply_strokes(WINDOW, [curve(0, 3, 1.0), Erasure(2, 6)], window_index=0)
        assert not erased_last.mask[3, 0]
        assert not erased_last.drawn.any()

    def test_a_stroke_back_in_time_ends_with_its_last_values(self):
        back = DrawnCurve(0, (4, 5, 6, 5, 4), (1.0, 2.0, 3.0, 4.0, 5.0))
        drawn_window = apply_strokes(WINDOW, [back], window_index=0)
        np.testing.assert_array_equal(drawn_window.values[4:7, 0], [5.0, 4.0, 3.0])

    def test_the_window_itself_is_not_changed(self):
        window = WINDOW.copy()
        apply_strokes(window, [curve(0, 0, 99.0), Erasure(0, 10)], window_index=0)
        np.testing.assert_array_equal(window, WINDOW)

    @pytest.mark.parametrize(
        ("stroke", "words"),
        [
            (curve(0, 9, 1.0, 2.0), "samples 0 to 9"),
            (curve(0, -1, 1.0), "Draw inside the frame"),
            (curve(2, 0, 1.0), "Channel number 3 was drawn on, but these windows have 2"),
            (curve(0, 0, np.nan), "not a number"),
            (Erasure(3, 11), "has 10 samples"),
            (PinnedPoint(0, 10, 1.0), "at sample 10, but the window has samples 0 to 9"),
            (PinnedPoint(0, 1, 1e60), "not a number"),
            (MovedStretch(0, 2, 5, 8), "moved out of the window"),
            (MovedStretch(0, 8, 11), "Stay inside the frame"),
            (MovedStretch(4, 0, 1), "Channel number 5"),
            (Erasure(0, 1, (5,)), "Channel number 6"),
        ],
    )
    def test_marks_that_do_not_fit_are_refused_in_words(self, stroke, words):
        with pytest.raises(EditError, match=words):
            apply_strokes(WINDOW, [stroke], window_index=0)

    def test_no_marks_and_a_single_dot_are_fine(self):
        assert apply_strokes(WINDOW, [], window_index=0).mask.all()
        assert apply_strokes(WINDOW, [curve(0, 4, 3.0)], window_index=0).drawn.sum() == 1

    def test_a_point_is_met_and_loosens_what_was_not_drawn_around_it(self):
        strokes = [curve(0, 3, 7.0), PinnedPoint(0, 5, -1.0, reach=2)]
        drawn_window = apply_strokes(WINDOW, strokes, window_index=0)
        assert drawn_window.mask[:, 0].tolist() == [True] * 4 + [False, True, False, False, True, True]
        assert drawn_window.values[[3, 5], 0].tolist() == [7.0, -1.0]
        assert drawn_window.mask[:, 1].all()

    def test_a_point_at_the_edge_reaches_no_further(self):
        drawn_window = apply_strokes(WINDOW, [PinnedPoint(1, 0, 9.0, reach=3)], window_index=0)
        assert drawn_window.mask[:, 1].tolist() == [True, False, False, False] + [True] * 6

    def test_a_part_moves_in_time_and_value_and_leaves_a_gap(self):
        drawn_window = apply_strokes(
            WINDOW, [MovedStretch(0, 2, 5, by_samples=2, by_value=100.0)], window_index=0
        )
        assert drawn_window.values[4:7, 0].tolist() == [104.0, 106.0, 108.0]
        assert np.flatnonzero(~drawn_window.mask[:, 0]).tolist() == [2, 3]
        assert np.flatnonzero(drawn_window.drawn[:, 0]).tolist() == [4, 5, 6]

    def test_a_part_moved_over_the_edge_loses_what_leaves(self):
        drawn_window = apply_strokes(WINDOW, [MovedStretch(0, 7, 10, by_samples=-8)], window_index=0)
        assert drawn_window.values[0:2, 0].tolist() == [16.0, 18.0]
        assert np.flatnonzero(~drawn_window.mask[:, 0]).tolist() == [7, 8, 9]

    def test_what_was_unknown_in_a_moved_part_stays_unknown(self):
        strokes = [Erasure(3, 4), MovedStretch(0, 2, 5, by_samples=4)]
        drawn_window = apply_strokes(WINDOW, strokes, window_index=0)
        assert np.flatnonzero(~drawn_window.mask[:, 0]).tolist() == [2, 3, 4, 7]

    def test_moving_back_is_nothing_but_drawing(self):
        drawn_window = apply_strokes(
            WINDOW, [MovedStretch(1, 2, 6, 3), MovedStretch(1, 5, 9, -3)], window_index=0
        )
        np.testing.assert_array_equal(drawn_window.values[2:6, 1], WINDOW[2:6, 1])


class TestFill:
    def test_what_is_drawn_stays_and_the_gap_is_filled(self, release):
        imputer = LinearInterpolation().fit(release.windows, RunContext(0))
        drawn_window = apply_strokes(
            release.windows.values[1],
            [curve(0, 4, 1.0), Erasure(5, 8, (0,)), curve(0, 8, 5.0)],
            window_index=1,
        )
        filled = fill(drawn_window, imputer, seed=0, n_draws=2)
        assert filled.shape == (2, *release.windows.values.shape[1:])
        np.testing.assert_allclose(filled[0][4:9, 0], [1, 2, 3, 4, 5], rtol=1e-6)
        np.testing.assert_array_equal(filled[1][drawn_window.mask], drawn_window.values[drawn_window.mask])

    def test_what_was_drawn_roughly_is_approached_and_the_gap_follows_it(self, release):
        imputer = LinearInterpolation().fit(release.windows, RunContext(0))
        window = np.zeros(release.windows.values.shape[1:], dtype=np.float32)
        strokes = [DrawnCurve(0, (5, 6), (4.0, 4.0), "roughly"), Erasure(7, 9, (0,)), curve(0, 10, 1.0)]
        filled = fill(apply_strokes(window, strokes, window_index=0), imputer, seed=0, n_draws=2)
        assert filled[0, 4, 0] == 0
        assert filled[0, 5:7, 0] == pytest.approx([2.0, 2.0])
        assert filled[0, 7:9, 0] == pytest.approx([filled[0, 6, 0] * 2 / 3, filled[0, 6, 0] / 3])
        assert filled[0, 10, 0] == 1.0
        np.testing.assert_array_equal(filled[0], filled[1])

    def test_rough_is_between_drawn_and_free_even_where_nothing_is_missing(self, release):
        imputer = LinearInterpolation().fit(release.windows, RunContext(0))
        window = np.zeros(release.windows.values.shape[1:], dtype=np.float32)
        rough = apply_strokes(window, [DrawnCurve(1, (3, 4), (2.0, 6.0), "roughly")], window_index=0)
        assert rough.mask.all()
        assert fill(rough, imputer, seed=0)[0, 3:5, 1].tolist() == [1.0, 3.0]

    def test_nothing_missing_needs_no_imputer_that_fits(self, release):
        imputer = LinearInterpolation().fit(release.windows, RunContext(0))
        drawn_window = apply_strokes(WINDOW, [curve(0, 4, 1.0)], window_index=0)
        np.testing.assert_array_equal(fill(drawn_window, imputer, seed=0)[0], drawn_window.values)

    def test_a_window_of_another_length_is_refused_in_words(self, release):
        imputer = LinearInterpolation().fit(release.windows, RunContext(0))
        with pytest.raises(TrainingError, match="windows of 26 samples"):
            fill(apply_strokes(WINDOW, [Erasure(1, 3)], window_index=0), imputer, seed=0)


class TestCorrectedRelease:
    def accept(self, release: Release, name: str = "corrected", index: int = 1) -> Release:
        imputer = LinearInterpolation().fit(release.windows, RunContext(0))
        strokes = [curve(1, 4, 1.0, 1.5), Erasure(8, 12)]
        drawn_window = apply_strokes(release.windows.values[index], strokes, window_index=index)
        written = provenance(drawn_window, release.windows.channels, imputer=imputer, seed=7)
        edits = {index: fill(drawn_window, imputer, seed=7)[0]}
        return edited_release(release, edits, name=name, provenance={index: written})

    def test_only_the_edited_window_changes_and_the_original_never(self, release):
        before = release.windows.fingerprint, json.dumps(dict(release.card))
        corrected = self.accept(release)
        changed = (corrected.windows.values != release.windows.values).any(axis=(1, 2))
        assert np.flatnonzero(changed).tolist() == [1]
        np.testing.assert_array_equal(corrected.windows.values[1, 4:6, 1], [1.0, 1.5])
        assert (release.windows.fingerprint, json.dumps(dict(release.card))) == before

    def test_labels_and_source_are_kept(self, release):
        corrected = self.accept(release)
        np.testing.assert_array_equal(corrected.source, release.source)
        for name in ("activity", "subject", "series", "trial", "start"):
            np.testing.assert_array_equal(getattr(corrected.windows, name), getattr(release.windows, name))

    def test_the_card_says_what_was_drawn_and_what_was_filled_by_what(self, release):
        corrected = self.accept(release)
        assert json.loads(json.dumps(dict(corrected.card))) == {
            "kind": "noise",
            "seed": 4,
            "corrected_from": "noise 0.1",
            "corrections": [
                {
                    "window": 1,
                    "drawn": {"acc_y": [[4, 6]]},
                    "roughly": {},
                    "filled": {"acc_x": [[8, 12]], "acc_y": [[8, 12]]},
                    "imputer": {"kind": "linear"},
                    "seed": 7,
                }
            ],
        }

    def test_correcting_again_remembers_both(self, release):
        twice = self.accept(self.accept(release, "first", 1), "second", 0)
        assert [c["window"] for c in twice.card["corrections"]] == [1, 0]
        assert twice.card["corrected_from"] == "first"

    def test_no_formal_promise_outlives_a_correction(self, release):
        promised = replace(release, card={**release.card, "promise": {"epsilon": 8.0}})
        assert self.accept(promised).card == self.accept(release).card

    def test_edits_that_do_not_fit_are_refused(self, release):
        good = release.windows.values[0]
        for edits, words in [
            ({len(release.windows): good}, "the release has"),
            ({0: good[:-1]}, "25 samples"),
            ({0: np.where(good > 0, np.nan, good)}, "still has missing samples"),
        ]:
            with pytest.raises(EditError, match=words):
                edited_release(release, edits, name="x", provenance={i: {} for i in edits})
        with pytest.raises(ValueError, match="provenance is needed"):
            edited_release(release, {0: good}, name="x", provenance={})


@settings(max_examples=40, deadline=None)
@given(st.lists(st.booleans(), max_size=40))
def test_spans_say_exactly_where(flags):
    back = np.zeros(len(flags), dtype=bool)
    found = spans(np.array(flags, dtype=bool))
    for start, stop in found:
        assert start < stop
        back[start:stop] = True
    assert back.tolist() == flags
    assert all(a[1] < b[0] for a, b in pairwise(found))


whole = st.integers(0, 50)
value = st.floats(-1e6, 1e6)
a_stroke = st.lists(st.tuples(whole, value), min_size=1, max_size=8).flatmap(
    lambda drawn: st.builds(
        DrawnCurve, whole, st.just(tuple(i for i, _ in drawn)), st.just(tuple(v for _, v in drawn)),
        st.sampled_from(["exact", "roughly"]),
    )
)  # fmt: skip
a_mark = st.one_of(
    a_stroke,
    st.builds(PinnedPoint, whole, whole, value, whole),
    st.builds(Erasure, whole, whole, st.none() | st.lists(whole, max_size=4).map(tuple)),
    st.builds(MovedStretch, whole, whole, whole, st.integers(-50, 50), value),
)


@settings(max_examples=40, deadline=None)
@given(a_mark)
def test_marks_come_back_from_json(stroke: Stroke):
    assert stroke_from_json(json.loads(json.dumps(stroke_to_json(stroke)))) == stroke


@settings(max_examples=40, deadline=None)
@given(st.lists(a_mark, max_size=6))
def test_any_marks_either_fit_or_are_refused_in_words(strokes):
    try:
        drawn_window = apply_strokes(np.zeros((30, 3), dtype=np.float32), strokes, window_index=0)
    except EditError:
        return
    assert np.isfinite(drawn_window.values).all()
    assert not (drawn_window.drawn & ~drawn_window.mask).any()
    assert not (drawn_window.rough & ~drawn_window.drawn).any()


@pytest.mark.parametrize(
    "body",
    [
        None,
        {"kind": "scribble"},
        {"kind": ["stroke"]},
        {"kind": "stroke", "channel": 0, "indices": [1], "values": [1, 2]},
        {"kind": "stroke", "channel": 0, "indices": [1.5], "values": [1]},
        {"kind": "stroke", "channel": 0, "indices": [1], "values": [float("nan")]},
        {"kind": "stroke", "channel": 0, "indices": [1], "values": ["one"]},
        {"kind": "stroke", "channel": True, "indices": [1], "values": [1]},
        {"kind": "stroke", "channel": 0, "indices": [1], "values": [1], "belief": "maybe"},
        {"kind": "stroke", "channel": 0, "indices": [1], "values": [1], "colour": "red"},
        {"kind": "point", "channel": 0, "index": 1, "value": 1.0, "reach": -1},
        {"kind": "point", "channel": 0, "index": 1, "value": None},
        {"kind": "unknown", "start": 0, "stop": "end"},
        {"kind": "unknown", "start": 0, "stop": 1, "channels": 2},
        {"kind": "move", "channel": 0, "start": 0, "stop": 1, "by_value": float("inf")},
        {"kind": "move", "channel": 0, "start": 0, "stop": 1, "by_samples": 10**30},
        {"kind": "stroke", "channel": 0, "indices": [], "values": []},
        {"kind": "point", "channel": 0, "index": 10**400, "value": 1.0},
    ],
)
def test_what_is_no_mark_is_refused_in_words(body):
    with pytest.raises(EditError):
        stroke_from_json(body)
