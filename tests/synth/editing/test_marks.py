"""Drawing, rubbing out, filling in, accepting: values, masks and provenance worked out by hand."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.release import Release
from synth.editing.marks import (
    CorrectionError,
    Stroke,
    Unknown,
    correct,
    corrected_release,
    fill,
    provenance,
    spans,
)
from synth.errors import TrainingError
from synth.imputers.linear import LinearInterpolation
from tests.toy import make_windows

WINDOW = np.arange(20, dtype=np.float32).reshape(10, 2)


def stroke(channel: int, first: int, *values: float) -> Stroke:
    return Stroke(channel, tuple(range(first, first + len(values))), values)


@pytest.fixture(scope="module")
def release() -> Release:
    windows = make_windows(n_subjects=2, n_activities=2, n_channels=2, rate_hz=10.0)
    return Release("noise 0.1", windows, np.arange(len(windows)), {"kind": "noise", "seed": 4})


class TestCorrect:
    def test_a_stroke_becomes_the_signal_in_its_channel_only(self):
        correction = correct(WINDOW, [stroke(1, 2, 7.5, 8.5)], window_index=3)
        expected = WINDOW.copy()
        expected[2:4, 1] = [7.5, 8.5]
        np.testing.assert_array_equal(correction.values, expected)
        assert correction.mask.all()
        assert np.argwhere(correction.drawn).tolist() == [[2, 1], [3, 1]]
        assert correction.window_index == 3

    def test_rubbing_out_hits_all_channels_or_those_named(self):
        correction = correct(WINDOW, [Unknown(0, 2), Unknown(5, 7, (1,))], window_index=0)
        assert np.argwhere(~correction.mask).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1], [5, 1], [6, 1]]

    def test_the_last_mark_wins(self):
        drawn_last = correct(WINDOW, [Unknown(2, 6), stroke(0, 3, 1.0), stroke(0, 3, 2.0)], window_index=0)
        assert drawn_last.mask[3, 0]
        assert drawn_last.values[3, 0] == 2.0
        erased_last = correct(WINDOW, [stroke(0, 3, 1.0), Unknown(2, 6)], window_index=0)
        assert not erased_last.mask[3, 0]
        assert not erased_last.drawn.any()

    def test_a_stroke_back_in_time_ends_with_its_last_values(self):
        back = Stroke(0, (4, 5, 6, 5, 4), (1.0, 2.0, 3.0, 4.0, 5.0))
        correction = correct(WINDOW, [back], window_index=0)
        np.testing.assert_array_equal(correction.values[4:7, 0], [5.0, 4.0, 3.0])

    def test_the_window_itself_is_not_changed(self):
        window = WINDOW.copy()
        correct(window, [stroke(0, 0, 99.0), Unknown(0, 10)], window_index=0)
        np.testing.assert_array_equal(window, WINDOW)

    @pytest.mark.parametrize(
        ("mark", "words"),
        [
            (stroke(0, 9, 1.0, 2.0), "samples 0 to 9"),
            (stroke(0, -1, 1.0), "Draw inside the frame"),
            (stroke(2, 0, 1.0), "Channel number 3 was drawn on, but these windows have 2"),
            (stroke(0, 0, np.nan), "not a number"),
            (Unknown(3, 11), "has 10 samples"),
            (Unknown(0, 1, (5,)), "Channel number 6"),
        ],
    )
    def test_marks_that_do_not_fit_are_refused_in_words(self, mark, words):
        with pytest.raises(CorrectionError, match=words):
            correct(WINDOW, [mark], window_index=0)

    def test_no_marks_and_a_single_dot_are_fine(self):
        assert correct(WINDOW, [], window_index=0).mask.all()
        assert correct(WINDOW, [stroke(0, 4, 3.0)], window_index=0).drawn.sum() == 1


class TestFill:
    def test_what_is_drawn_stays_and_the_gap_is_filled(self, release):
        imputer = LinearInterpolation().fit(release.windows, seed=0)
        correction = correct(
            release.windows.values[1],
            [stroke(0, 4, 1.0), Unknown(5, 8, (0,)), stroke(0, 8, 5.0)],
            window_index=1,
        )
        filled = fill(correction, imputer, seed=0, n_draws=2)
        assert filled.shape == (2, *release.windows.values.shape[1:])
        np.testing.assert_allclose(filled[0][4:9, 0], [1, 2, 3, 4, 5], rtol=1e-6)
        np.testing.assert_array_equal(filled[1][correction.mask], correction.values[correction.mask])

    def test_nothing_missing_needs_no_imputer_that_fits(self, release):
        imputer = LinearInterpolation().fit(release.windows, seed=0)
        correction = correct(WINDOW, [stroke(0, 4, 1.0)], window_index=0)
        np.testing.assert_array_equal(fill(correction, imputer, seed=0)[0], correction.values)

    def test_a_window_of_another_length_is_refused_in_words(self, release):
        imputer = LinearInterpolation().fit(release.windows, seed=0)
        with pytest.raises(TrainingError, match="windows of 26 samples"):
            fill(correct(WINDOW, [Unknown(1, 3)], window_index=0), imputer, seed=0)


class TestCorrectedRelease:
    def accept(self, release: Release, name: str = "corrected", index: int = 1) -> Release:
        imputer = LinearInterpolation().fit(release.windows, seed=0)
        marks = [stroke(1, 4, 1.0, 1.5), Unknown(8, 12)]
        correction = correct(release.windows.values[index], marks, window_index=index)
        written = provenance(correction, release.windows.channels, imputer=imputer, seed=7)
        edits = {index: fill(correction, imputer, seed=7)[0]}
        return corrected_release(release, edits, name=name, provenance={index: written})

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

    def test_edits_that_do_not_fit_are_refused(self, release):
        good = release.windows.values[0]
        for edits, words in [
            ({len(release.windows): good}, "the release has"),
            ({0: good[:-1]}, "25 samples"),
            ({0: np.where(good > 0, np.nan, good)}, "still has missing samples"),
        ]:
            with pytest.raises(CorrectionError, match=words):
                corrected_release(release, edits, name="x", provenance={i: {} for i in edits})
        with pytest.raises(ValueError, match="provenance is needed"):
            corrected_release(release, {0: good}, name="x", provenance={})


@given(st.lists(st.booleans(), max_size=40))
def test_spans_say_exactly_where(flags):
    back = np.zeros(len(flags), dtype=bool)
    found = spans(np.array(flags, dtype=bool))
    for start, stop in found:
        assert start < stop
        back[start:stop] = True
    assert back.tolist() == flags
    assert all(a[1] < b[0] for a, b in pairwise(found))
