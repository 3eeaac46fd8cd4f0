"""What stands behind the Sketch page, without Streamlit: history, what is shown of a window, typed numbers."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.ui.canvas import Ink, colour_of
from pages.ui.canvas.frame import LEFT
from pages.ui.sketch.canvas_view import scale_around
from pages.ui.sketch.curve_setting import Axes, drawn_curve
from pages.ui.sketch.group_edit import _most_open
from pages.ui.sketch.history import History
from pages.ui.sketch.typed_edits import curve_through, described, moved_part, points_at, unknown_between
from pages.ui.sketch.window_selection import numbers_in
from pages.ui.sketch.window_view import MOST_ACTIONS, added, bands, changed_spans, condensed, layers
from synth.editing.strokes import (
    DrawnCurve,
    EditError,
    Erasure,
    MovedStretch,
    PinnedPoint,
    Stroke,
    apply_strokes,
)
from synth.editing.transforms.base import EditedWindows

N, CHANNELS = 40, 3
WINDOW = np.random.default_rng(0).normal(0, 1, (N, CHANNELS)).astype(np.float32)
SIZE = {"rate_hz": 20.0, "n_timesteps": N}

spans = st.tuples(st.integers(0, N), st.integers(0, N)).map(sorted)
channels = st.integers(0, CHANNELS - 1)
strokes = st.one_of(
    st.builds(
        lambda channel, at, belief: DrawnCurve(channel, tuple(at), tuple(float(i) for i in at), belief),
        channels,
        st.lists(st.integers(0, N - 1), min_size=1, max_size=10),
        st.sampled_from(["exact", "roughly"]),
    ),
    st.builds(PinnedPoint, channels, st.integers(0, N - 1), st.floats(-3, 3, width=32), st.integers(0, 5)),
    st.builds(
        lambda span, channel: Erasure(*span, None if channel is None else (channel,)),
        spans,
        st.none() | channels,
    ),
    st.builds(
        lambda channel, span, by, value: MovedStretch(channel, *span, by, value),
        channels,
        spans,
        st.integers(-5, 5),
        st.floats(-1, 1, width=32),
    ),
)


def same_state(ours: list[Stroke], theirs: list[Stroke]) -> None:
    a, b = (apply_strokes(WINDOW, m, window_index=0) for m in (ours, theirs))
    for name in ("mask", "drawn", "rough"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    np.testing.assert_array_equal(a.values[a.mask], b.values[b.mask])


class TestHistory:
    first, second = Erasure(1, 3), PinnedPoint(0, 5, 1.0)

    def test_undo_and_redo_go_back_and_forth(self):
        history = History().add(self.first).add(self.second)
        assert history.undo().strokes == (self.first,)
        assert history.undo().undo().undo().strokes == ()
        assert history.undo().undo().redo().redo().redo() == history

    def test_what_is_new_ends_what_could_be_redone(self):
        history = History().add(self.first).undo().add(self.second)
        assert history.redo() == history
        assert history.strokes == (self.second,)

    def test_clearing_can_be_undone(self):
        history = History().add(self.first).clear()
        assert history.strokes == ()
        assert history.add(self.second).strokes == (self.second,)
        assert history.undo().strokes == (self.first,)
        assert History().clear() == History()

    @settings(deadline=None, max_examples=30)
    @given(st.lists(st.one_of(strokes, st.sampled_from(["undo", "redo", "clear"])), max_size=12))
    def test_law_it_survives_the_workspace(self, did):
        history = History()
        for act in did:
            history = getattr(history, act)() if isinstance(act, str) else history.add(act)
        assert History.from_json(json.loads(json.dumps(history.to_json()))) == history

    @pytest.mark.parametrize(
        "damaged", [{}, {"done": [1], "undone": []}, {"done": [{"marks": [{}]}], "undone": []}]
    )
    def test_a_damaged_one_is_told(self, damaged):
        with pytest.raises(EditError):
            History.from_json(damaged)


class TestAdding:
    def test_each_mark_is_an_action_and_one_without_place_is_left_out(self):
        inside, outside = Erasure(2, 4), MovedStretch(0, 0, 5, -20)
        history, refused = added(History(), WINDOW, [inside, outside, PinnedPoint(1, 3, 0.5)])
        assert history.strokes == (inside, PinnedPoint(1, 3, 0.5))
        assert "out of the window" in refused

    def test_it_does_not_grow_without_bounds_and_nothing_is_lost(self):
        many = [DrawnCurve(0, (i % N,), (float(i),)) for i in range(MOST_ACTIONS + 30)]
        history, _ = added(History(), WINDOW, many)
        assert len(history.done) == MOST_ACTIONS
        same_state(history.strokes, many)

    def test_a_moved_part_never_becomes_recorded_samples(self):
        many = [
            MovedStretch(0, 0, 10, 5),
            *(DrawnCurve(1, (i % N,), (float(i),)) for i in range(MOST_ACTIONS + 5)),
        ]
        history, _ = added(History(), WINDOW, many)
        assert list(history.strokes) == many

    @settings(deadline=None, max_examples=60)
    @given(st.lists(strokes, max_size=8))
    def test_law_condensed_marks_leave_the_same(self, many):
        history, _ = added(History(), WINDOW, many)
        same_state(condensed(WINDOW, history.strokes), history.strokes)


class TestWhatIsShown:
    drawn_window = apply_strokes(
        WINDOW,
        [DrawnCurve(0, (3, 4), (1.0, 2.0)), DrawnCurve(0, (8,), (1.0,), "roughly"), Erasure(20, 25)],
        window_index=0,
    )

    def test_spans_by_channel_and_kind(self):
        assert changed_spans(self.drawn_window) == [
            [(3, 5, "drawn"), (8, 9, "drawn roughly"), (20, 25, "filled in")],
            [(20, 25, "filled in")],
            [(20, 25, "filled in")],
        ]
        assert [(band.start, band.stop) for band in bands(self.drawn_window, 1)] == [(20, 25)]

    def test_every_sample_is_in_one_line_and_fillings_reach_their_neighbours(self):
        draws = np.stack([np.where(self.drawn_window.mask, self.drawn_window.values, k) for k in (7, 8)])
        shown = {
            layer.kind: layer.values
            for layer in layers(WINDOW, self.drawn_window, draws, 0, with_original=True)
        }
        assert np.flatnonzero(np.isfinite(shown["drawn"])).tolist() == [3, 4]
        assert np.flatnonzero(np.isfinite(shown["roughly"])).tolist() == [8]
        assert not np.isfinite(shown["trace"][[3, 4, 8, *range(20, 25)]]).any()
        np.testing.assert_array_equal(np.flatnonzero(np.isfinite(shown["filled"])), [7, 8, 9, *range(19, 26)])
        assert shown["filled"][22] == 7
        assert shown["other"][22] == 8
        np.testing.assert_array_equal(shown["before"], WINDOW[:, 0])
        kinds = {layer.kind for layer in layers(WINDOW, self.drawn_window, None, 0, with_original=False)}
        assert kinds == {"trace", "roughly", "drawn"}


class TestTyped:
    def test_lines_through_typed_values(self):
        stroke = curve_through([(0.5, 1.0), (0.0, 0.0)], 1, belief="roughly", **SIZE)
        assert (stroke.channel, stroke.belief, stroke.indices) == (1, "roughly", tuple(range(11)))
        assert stroke.values == pytest.approx(np.arange(11) / 10)

    def test_points_ranges_and_moves(self):
        assert points_at([(0.26, 1.5)], 2, reach=3, **SIZE) == (PinnedPoint(2, 5, 1.5, 3),)
        assert unknown_between([(0.5, 1.0, False), (0.0, 1.95, True)], 1, **SIZE) == (
            Erasure(10, 21, (1,)),
            Erasure(0, 40, None),
        )
        assert moved_part((0.5, 1.0), -0.25, 0.5, 0, **SIZE) == MovedStretch(0, 10, 21, -5, 0.5)

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            (lambda: curve_through([(2.0, 1.0)], 0, belief="exact", **SIZE), "from 0 to 1.95 s"),
            (lambda: points_at([(-0.2, 1.0)], 0, reach=1, **SIZE), "outside this window"),
            (lambda: points_at([(0.2, None)], 0, reach=1, **SIZE), "value is missing"),
            (lambda: points_at([(None, 2.0)], 0, reach=1, **SIZE), "time is missing"),
            (lambda: unknown_between([(1.0, 0.5, True)], 0, **SIZE), "before it begins"),
            (lambda: moved_part((1.0, 0.5), 0.1, 0.0, 0, **SIZE), "before it begins"),
        ],
    )
    def test_what_cannot_be_is_told(self, wrong, said):
        with pytest.raises(EditError, match=said):
            wrong()

    def test_marks_in_words(self):
        names = ("a", "b", "c")
        assert described(Erasure(0, 20), names, 20) == "Unknown in all channels, 0.00 to 0.95 s"
        assert described(Erasure(0, 20, (1,)), names, 20) == "Unknown in b, 0.00 to 0.95 s"
        assert (
            described(DrawnCurve(0, (5, 4), (1.0, 1.0), "roughly"), names, 20)
            == "Drawn roughly in a, 0.20 to 0.25 s"
        )
        assert described(PinnedPoint(2, 10, 0.5), names, 20) == "Point in c at 0.50 s: 0.5"
        assert (
            described(MovedStretch(0, 0, 10, -2, 0.1), names, 20)
            == "Moved in a, 0.00 to 0.45 s, by -0.10 s and +0.1"
        )


class TestNumbers:
    def test_numbers_and_ranges(self):
        assert numbers_in(" 3, 1-2 ,9–10,2", 10) == (0, 1, 2, 8, 9)
        assert numbers_in("", 10) == ()

    @pytest.mark.parametrize("wrong", ["a", "0", "3-2", "11", "1;2", "1-"])
    def test_what_is_no_number_is_told(self, wrong):
        with pytest.raises(EditError, match="“"):
            numbers_in(wrong, 10)


def test_a_curve_changes_where_it_was_drawn_over():
    axes, start = Axes((0.0, 1.0), (0.0, 3.0)), ((0.0, 1.0), (1.0, 1.0))
    assert drawn_curve([], start, axes) == start
    line = {"type": "Line", "x1": -46, "x2": 46, "y1": 0, "y2": 0, "width": 92, "height": 0}
    line |= {
        "left": LEFT + 46,  # from the left edge to the middle of the plot
        "top": 78,
        "originX": "center",
        "originY": "center",
        "stroke": colour_of(Ink("draw")),
    }
    curve = np.array(drawn_curve([line], start, axes))
    changed = curve[:, 1] != 1.0
    assert changed[:17].all()
    assert not changed[24:].any()
    assert (np.diff(curve[:, 0]) > 0).all()
    assert np.ptp(curve[:17, 1]) < 1e-6


def test_the_window_of_which_most_is_open_counts_what_was_drawn_roughly():
    mask, rough = np.ones((2, N, CHANNELS), bool), np.zeros((2, N, CHANNELS), bool)
    mask[0, :3], rough[1, 5:20] = False, True
    edited = EditedWindows(np.zeros(mask.shape, np.float32), mask, None, rough)
    np.testing.assert_array_equal(_most_open(edited), ~rough[1])
    assert not _most_open(EditedWindows(edited.values, mask))[:3].any()


@pytest.mark.parametrize(
    ("low", "high", "decimals"),
    [(1013.2, 1013.6, 3), (-1.3, 2.4, 2), (101_325.0, 101_325.02, 4), (-2e5, 3e5, 0), (0.0, 1e-6, 8)],
)
def test_the_values_shown_have_room_around_them_however_high_they_lie(low, high, decimals):
    bounds, usual, step, digits = scale_around(low, high)
    assert bounds[0] < usual[0] < usual[1] < bounds[1]
    assert usual == pytest.approx((low, high), abs=(high - low) / 100)
    assert 0 < step < (high - low) / 20
    assert digits == decimals
