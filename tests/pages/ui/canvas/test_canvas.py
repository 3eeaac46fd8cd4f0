"""Pixels and samples are one mapping; canvas_drawing.json was recorded from the real component.

It was drawn with the mouse in Chromium on a canvas of 700 x 300 pixels (streamlit-drawable-canvas 0.13):
a freehand line from (100, 50) to (500, 250); a straight line from (640, 260) to (560, 60); an erasing
rectangle from (150, 40) to (250, 200); a freehand erasure from x = 400 to 460; a point at (60, 200).
In "edited" the straight line was then moved by (-30, +20) and the rectangle stretched by 1.297.
In "backwards" the mouse went from x = 650 to 500 along y = 150 + 60 sin((650 - x) / 50).
"""

import json
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.ui.canvas import (
    INKS,
    Band,
    Frame,
    Ink,
    Layer,
    Pen,
    Shape,
    colour_of,
    frame_around,
    read,
    shapes,
    strip_image,
    time_step_s,
    trace_image,
)
from synth.editing.strokes import DrawnCurve, Erasure, MovedStretch, PinnedPoint

RECORDED = json.loads((Path(__file__).parent / "canvas_drawing.json").read_text())
FRAME = Frame(width=700, height=300, n_timesteps=128, low=-2.0, high=2.0)

PEN = Pen(FRAME, channel=2, n_timesteps=128, reach=5)
DRAW, ERASE = Ink("draw"), Ink("erase")
DRAW_COLOUR, ERASE_COLOUR = colour_of(DRAW), colour_of(ERASE)

frames = st.builds(
    Frame,
    width=st.integers(300, 1400),
    height=st.integers(120, 600),
    n_timesteps=st.integers(2, 400),
    low=st.floats(-50, -0.1),
    high=st.floats(0.1, 50),
    first=st.integers(0, 300),
)


def objects_of(drawing: dict) -> list[dict]:
    return drawing["objects"]


def line(ink: Ink, *corners: tuple[float, float]) -> Shape:
    return Shape(ink, np.array(corners, dtype=float))


def only(shape: Shape, pen: Pen = PEN):
    """The one mark that a shape becomes."""
    (stroke,) = read([shape], pen).strokes
    return stroke


def _rows(frame: Frame, indices: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return frame.x_of(indices), frame.y_of(values)


def _path(points: np.ndarray, colour: str = DRAW_COLOUR) -> dict:
    """A freehand object as the component sends one: midpoints joined by curves around the mouse's points."""
    commands: list[list] = [["M", *points[0]]]
    for here, after in pairwise(points):
        commands.append(["Q", *here, *((here + after) / 2)])
    commands.append(["L", *points[-1]])
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    return {
        "type": "Path",
        "path": [[c, *map(float, numbers)] for c, *numbers in commands],
        "originX": "center",
        "originY": "center",
        "left": float(middle[0]),
        "top": float(middle[1]),
        "width": float(np.ptp(points[:, 0])),
        "height": float(np.ptp(points[:, 1])),
        "stroke": colour,
        "strokeWidth": 3,
        "scaleX": 1,
        "scaleY": 1,
        "angle": 0,
    }


class TestFrame:
    @settings(deadline=None, max_examples=50)
    @given(frames, st.floats(0, 1), st.floats(0, 1))
    def test_pixels_and_samples_convert_forth_and_back(self, frame, share_t, share_v):
        t = frame.first + share_t * (frame.n_timesteps - 1)
        v = frame.low + share_v * (frame.high - frame.low)
        assert frame.t_of(frame.x_of(t)) == pytest.approx(t, abs=1e-6)
        assert frame.value_of(frame.y_of(v)) == pytest.approx(v, abs=1e-6)

    def test_edges_of_the_plot(self):
        assert (FRAME.x_of(0), FRAME.x_of(127)) == (52, 686)
        assert (FRAME.y_of(2.0), FRAME.y_of(-2.0)) == (12, 274)

    @pytest.mark.parametrize(
        "wrong", [{"n_timesteps": 1}, {"width": 60}, {"low": 2.0}, {"high": float("nan")}]
    )
    def test_refuses_what_cannot_be_drawn(self, wrong):
        with pytest.raises(ValueError, match="Received"):
            Frame(**{"width": 700, "height": 300, "n_timesteps": 10, "low": 0.0, "high": 1.0, **wrong})

    def test_room_around_a_trace_and_around_a_flat_one(self):
        frame = frame_around(np.array([0.0, 1.0, np.nan]), width=300, height=200)
        assert (frame.low, frame.high, frame.n_timesteps) == (-0.25, 1.25, 3)
        flat = frame_around(np.full(5, 2.0), width=300, height=200)
        assert (flat.low, flat.high) == (1.5, 2.5)
        empty = frame_around(np.full(5, np.nan), width=300, height=200)
        assert empty.low < 0 < empty.high


class TestRecordedFromTheComponent:
    def test_tools_and_ends(self):
        drawn = shapes(objects_of(RECORDED["drawn"]))
        assert [shape.ink.tool for shape in drawn] == ["draw", "draw", "erase", "erase", "draw"]
        np.testing.assert_allclose(drawn[0].points[[0, -1]], [[100, 50], [500, 250]], atol=0.01)
        np.testing.assert_allclose(drawn[1].points, [[640, 260], [560, 60]])
        np.testing.assert_allclose(drawn[2].points.min(axis=0), [150, 40])
        np.testing.assert_allclose(drawn[2].points.max(axis=0), [250, 200])
        np.testing.assert_allclose(drawn[4].points, [[60, 200]])

    def test_a_stroke_over_a_known_line_comes_back_as_that_line(self):
        stroke = read(shapes(objects_of(RECORDED["drawn"])), PEN).strokes[0]
        x, y = _rows(FRAME, np.array(stroke.indices), np.array(stroke.values))
        assert stroke.channel == 2
        assert stroke.indices[0] == np.ceil(FRAME.t_of(100))
        assert stroke.indices[-1] == np.floor(FRAME.t_of(500))
        np.testing.assert_allclose(y, np.maximum(50 + (x - 100) / 2, 12), atol=0.1)

    def test_a_stroke_backwards_in_time(self):
        (stroke,) = read(shapes(objects_of(RECORDED["backwards"])), PEN).strokes
        indices = np.array(stroke.indices)
        x, y = _rows(FRAME, indices, np.array(stroke.values))
        assert (indices == np.arange(indices[0], indices[-1] + 1)).all()
        assert np.abs(y - (150 + 60 * np.sin((650 - x) / 50))).max() < 2

    def test_erased_spans_are_the_spans_dragged(self):
        strokes = read(shapes(objects_of(RECORDED["drawn"])), PEN).strokes
        inside = [
            Erasure(int(np.ceil(FRAME.t_of(a))), int(np.floor(FRAME.t_of(b))) + 1, (2,))
            for a, b in [(150, 250), (400, 460)]
        ]
        assert [stroke for stroke in strokes if isinstance(stroke, Erasure)] == inside

    def test_what_was_moved_or_stretched_is_read_where_it_is_now(self):
        moved, stretched = (shapes(objects_of(RECORDED["edited"]))[i].points for i in (1, 2))
        np.testing.assert_allclose(moved, [[610, 280], [530, 80]])
        np.testing.assert_allclose(stretched.max(axis=0), [150 + 100 * 1.297, 40 + 160 * 1.297], atol=0.05)


class TestShapes:
    @pytest.mark.parametrize("nothing", [[], [{"type": "Textbox"}], [{"type": "Line", "stroke": "#123456"}]])
    def test_nothing_drawn(self, nothing):
        assert shapes(nothing) == []
        assert read([], PEN).strokes == ()

    def test_a_turned_line(self):
        line = {"type": "Line", "x1": -50, "x2": 50, "y1": 0, "y2": 0, "width": 100, "height": 0, "angle": 90}
        line |= {"left": 200, "top": 100, "originX": "center", "originY": "center", "stroke": DRAW_COLOUR}
        np.testing.assert_allclose(shapes([line])[0].points, [[200, 50], [200, 150]], atol=1e-9)
        np.testing.assert_allclose(shapes([line], scale=2)[0].points, [[100, 25], [100, 75]], atol=1e-9)

    def test_colour_chooses_the_tool_whatever_its_case(self):
        points = np.array([[100.0, 50.0], [200.0, 50.0]])
        for colour, ink in INKS.items():
            assert shapes([_path(points, colour.lower())])[0].ink == ink
            assert colour_of(ink) == colour

    @settings(deadline=None, max_examples=50)
    @given(frames, st.floats(0.02, 0.45), st.floats(0.55, 0.98), st.floats(0.1, 0.9), st.floats(0.1, 0.9))
    def test_law_a_stroke_over_a_line_is_that_line_within_two_pixels(self, frame, x0, x1, y0, y1):
        x = np.linspace(frame.x_of(frame.first), frame.x_of(frame.last), 1001)[
            [int(x0 * 1000), int(x1 * 1000)]
        ]
        y = np.array([frame.y_of(frame.low + share * (frame.high - frame.low)) for share in (y0, y1)])
        mouse = np.column_stack([np.linspace(*x, 40), np.linspace(*y, 40)]).round()
        stroke = only(shapes([_path(mouse)])[0], Pen(frame, 0, frame.last + 1))
        assert len(stroke.indices) >= 1
        if frame.pixels_per_step < x[1] - x[0]:
            px, py = _rows(frame, np.array(stroke.indices), np.array(stroke.values))
            true = np.interp(px, mouse[[0, -1], 0], mouse[[0, -1], 1])
            assert np.abs(py - true).max() <= 2.0 + abs(np.diff(y)[0] / np.diff(x)[0])


class TestReading:
    def test_outside_the_plot(self):
        beyond = only(line(DRAW, (-500, -100), (1500, -100)))
        assert beyond.indices == tuple(range(128))
        assert set(beyond.values) == {2.0}
        for ink in (DRAW, ERASE, Ink("select"), Ink("point")):
            reading = read([line(ink, (0, 50), (30, 50))], PEN)
            assert reading.strokes == ()
            assert "outside the frame" in reading.remark

    def test_a_dot_sets_the_nearest_sample_and_is_remarked(self):
        reading = read([line(DRAW, (FRAME.x_of(40) + 2.0, FRAME.y_of(1.0)))], PEN)
        (stroke,) = reading.strokes
        assert (stroke.indices, stroke.values) == ((40,), (pytest.approx(1.0),))
        assert "single dot" in reading.remark

    def test_a_stroke_that_turns_round_overwrites_itself(self):
        turning = only(line(DRAW, (100, 200), (400, 200), (400, 100), (100, 100)))
        np.testing.assert_allclose(FRAME.y_of(np.array(turning.values)), 100, atol=1e-3)

    def test_belief_and_all_channels(self):
        assert only(line(Ink("draw", "roughly"), (100, 50), (200, 50))).belief == "roughly"
        assert only(line(Ink("erase", everywhere=True), (100, 50), (200, 90))).channels is None

    def test_a_smooth_curve_trembles_less_and_keeps_its_ends(self):
        rng = np.random.default_rng(0)
        x = np.arange(100, 500, 4.0)
        hand = np.column_stack([x, 150 + rng.normal(0, 6, len(x))])
        pen, curve = (only(Shape(Ink(kind), hand)) for kind in ("draw", "curve"))
        assert pen.indices == curve.indices
        assert np.abs(np.diff(curve.values)).mean() < 0.4 * np.abs(np.diff(pen.values)).mean()
        assert (curve.values[0], curve.values[-1]) == pytest.approx((pen.values[0], pen.values[-1]), abs=1e-6)

    def test_a_point_has_its_room(self):
        point = only(line(Ink("point"), (FRAME.x_of(30) + 1.5, FRAME.y_of(0.5))))
        assert isinstance(point, PinnedPoint)
        assert (point.index, point.value, point.reach) == (30, pytest.approx(0.5), 5)

    def test_ends_and_edges_snap_to_time_lines(self):
        snapping = Pen(FRAME, 0, 128, grid=10.0)
        stroke = only(line(DRAW, (FRAME.x_of(18.0), 50), (FRAME.x_of(43.0), 50)), snapping)
        assert (stroke.indices[0], stroke.indices[-1]) == (20, 40)
        erased = only(line(ERASE, (FRAME.x_of(57.0), 50), (FRAME.x_of(72.0), 90)), snapping)
        assert (erased.start, erased.stop) == (60, 71)

    def test_a_part_is_chosen_and_moved_and_stays_chosen_where_it_is(self):
        box = line(Ink("select"), (FRAME.x_of(20), 50), (FRAME.x_of(29), 200))
        drag = line(Ink("shift"), (200, 200), (200 + 10 * FRAME.pixels_per_step, 180))
        reading = read([box, drag], PEN)
        (move,) = reading.strokes
        assert (move.start, move.stop, move.by_samples) == (20, 30, 10)
        assert move.by_value == pytest.approx(20 * FRAME.value_per_pixel)
        assert reading.part == (30, 40)
        again = read([drag], PEN, part=reading.part).strokes[0]
        assert (again.start, again.stop) == (30, 40)

    def test_moving_needs_a_part_and_a_distance(self):
        drag = line(Ink("shift"), (200, 200), (300, 180))
        assert "nothing to move" in read([drag], PEN).remark
        assert read([line(Ink("shift"), (200, 200), (200, 200))], PEN, part=(3, 9)).strokes == ()

    def test_a_zoomed_view_reaches_only_what_it_shows(self):
        zoomed = Pen(Frame(700, 300, 31, -1.0, 1.0, first=50), 0, 128)
        stroke = only(line(DRAW, (-100, 150), (900, 150)), zoomed)
        assert stroke.indices == tuple(range(50, 81))
        at = zoomed.frame.x_of(60)
        assert only(line(DRAW, (at - 1, 150), (at + 1, 150)), zoomed).indices == (60,)

    @settings(deadline=None, max_examples=50)
    @given(
        st.lists(
            st.builds(
                Shape,
                st.sampled_from(list(INKS.values())),
                st.lists(st.tuples(st.floats(-50, 750), st.floats(-50, 350)), min_size=2, max_size=5).map(
                    np.array
                ),
            ),
            max_size=5,
        )
    )
    def test_law_marks_lie_in_the_window_and_the_frame(self, drawing):
        for stroke in read(drawing, PEN).strokes:
            if isinstance(stroke, DrawnCurve):
                assert 0 <= stroke.indices[0] <= stroke.indices[-1] < 128
                assert all(-2 <= value <= 2 for value in stroke.values)
            elif isinstance(stroke, Erasure | MovedStretch):
                assert 0 <= stroke.start < stroke.stop <= 128
            else:
                assert 0 <= stroke.index < 128


class TestPicture:
    @pytest.mark.parametrize("dark", [False, True])
    @pytest.mark.parametrize("kind", ["trace", "drawn", "filled", "before"])
    def test_the_trace_is_where_the_frame_says(self, dark, kind):
        values = 1.5 * np.sin(np.arange(128) / 30)
        blank = trace_image([], FRAME, rate_hz=50, dark=dark)
        picture = trace_image([Layer(values, kind)], FRAME, rate_hz=50, dark=dark)
        assert picture.size == (700, 300)
        change = np.abs(np.asarray(picture, dtype=int) - np.asarray(blank, dtype=int)).sum(axis=2)
        change[:, :80] = 0
        for t in range(8, 127, 7):
            column = change[:, round(FRAME.x_of(t))]
            assert abs((column * np.arange(300)).sum() / column.sum() - FRAME.y_of(values[t])) < 2

    def test_pictures_several_times_as_large_show_the_same(self):
        layers = [Layer(1.5 * np.sin(np.arange(128) / 30))]
        for draw in (trace_image, partial(strip_image, height=50, name="x")):
            small, large = (draw(layers, FRAME, rate_hz=50, scale=scale) for scale in (1, 2))
            assert large.size == (2 * small.width, 2 * small.height)
            assert np.abs(np.subtract(large.reduce(2), small, dtype=float)).mean() < 1

    def test_same_input_same_bytes_and_everything_is_seen(self):
        values = np.linspace(-1, 1, 128)

        def picture(*layers, bands=()):
            return trace_image(layers, FRAME, rate_hz=50, bands=bands).tobytes()

        plain = picture(Layer(values))
        assert plain == picture(Layer(values))
        others = [picture(Layer(values), Layer(-values, kind)) for kind in ("before", "roughly", "other")]
        banded = [picture(Layer(values), bands=[Band(20, 40, kind)]) for kind in ("unknown", "part")]
        assert len({plain, *others, *banded}) == 6

    def test_a_band_lies_under_its_samples(self):
        blank, banded = (
            np.asarray(trace_image([], FRAME, rate_hz=50, bands=bands), dtype=int)
            for bands in ([], [Band(20, 40)])
        )
        changed = np.flatnonzero((blank != banded).any(axis=(0, 2)))
        assert changed[0] == pytest.approx(FRAME.x_of(19.5), abs=1.5)
        assert changed[-1] == pytest.approx(FRAME.x_of(39.5), abs=1.5)

    def test_a_strip_shows_a_peak_where_the_canvas_above_shows_the_same_time(self):
        under = Frame(700, 300, 51, -1.0, 1.0, first=40)
        values = np.zeros(128)
        values[70] = 1.0
        strip = strip_image([Layer(values, "drawn")], under, height=50, name="", rate_hz=50.0)
        assert strip.size == (700, 50)
        row = np.asarray(strip).astype(int)[14]  # well above the level part of the line
        (columns,) = np.nonzero(row[:, 0] - row[:, 2] > 100)
        assert abs(columns.mean() - under.x_of(70)) <= 1

    def test_time_lines(self):
        assert time_step_s(FRAME, 50.0) == pytest.approx(0.5)
        assert time_step_s(Frame(700, 300, 26, -1.0, 1.0, first=50), 50.0) == pytest.approx(0.1)
