"""Pixels and samples are one mapping; canvas_drawing.json was recorded from the real component.

It was drawn with the mouse in Chromium on a canvas of 700 x 300 pixels (streamlit-drawable-canvas 0.13):
a freehand line from (100, 50) to (500, 250); a straight line from (640, 260) to (560, 60); an erasing
rectangle from (150, 40) to (250, 200); a freehand erasure from x = 400 to 460; a point at (60, 200).
In "edited" the straight line was then moved by (-30, +20) and the rectangle stretched by 1.297.
In "backwards" the mouse went from x = 650 to 500 along y = 150 + 60 sin((650 - x) / 50).
"""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.ui.canvas import (
    DRAW_COLOUR,
    ERASE_COLOUR,
    Frame,
    Stroke,
    drawn_samples,
    erased_spans,
    frame_around,
    strokes,
    trace_image,
)

RECORDED = json.loads((Path(__file__).parent / "canvas_drawing.json").read_text())
FRAME = Frame(width=700, height=300, n_timesteps=128, low=-2.0, high=2.0)

frames = st.builds(
    Frame,
    width=st.integers(300, 1400),
    height=st.integers(120, 600),
    n_timesteps=st.integers(2, 400),
    low=st.floats(-50, -0.1),
    high=st.floats(0.1, 50),
)


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
        t, v = share_t * (frame.n_timesteps - 1), frame.low + share_v * (frame.high - frame.low)
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
        drawn = strokes(RECORDED["drawn"])
        assert [stroke.tool for stroke in drawn] == ["draw", "draw", "erase", "erase", "draw"]
        np.testing.assert_allclose(drawn[0].points[[0, -1]], [[100, 50], [500, 250]], atol=0.01)
        np.testing.assert_allclose(drawn[1].points, [[640, 260], [560, 60]])
        np.testing.assert_allclose(drawn[2].points.min(axis=0), [150, 40])
        np.testing.assert_allclose(drawn[2].points.max(axis=0), [250, 200])
        np.testing.assert_allclose(drawn[4].points, [[60, 200]])

    def test_a_stroke_over_a_known_line_comes_back_as_that_line(self):
        indices, values = drawn_samples(strokes(RECORDED["drawn"])[:1], FRAME)
        x, y = _rows(FRAME, indices, values)
        assert indices[0] == np.ceil(FRAME.t_of(100))
        assert indices[-1] == np.floor(FRAME.t_of(500))
        np.testing.assert_allclose(y, np.maximum(50 + (x - 100) / 2, 12), atol=0.1)

    def test_a_stroke_backwards_in_time(self):
        indices, values = drawn_samples(strokes(RECORDED["backwards"]), FRAME)
        x, y = _rows(FRAME, indices, values)
        assert (indices == np.arange(indices[0], indices[-1] + 1)).all()
        assert np.abs(y - (150 + 60 * np.sin((650 - x) / 50))).max() < 2

    def test_erased_spans_are_the_spans_dragged(self):
        spans = erased_spans(strokes(RECORDED["drawn"]), FRAME)
        inside = [[np.ceil(FRAME.t_of(a)), np.floor(FRAME.t_of(b)) + 1] for a, b in [(150, 250), (400, 460)]]
        assert [list(span) for span in spans] == inside

    def test_what_was_moved_or_stretched_is_read_where_it_is_now(self):
        moved, stretched = (strokes(RECORDED["edited"])[i].points for i in (1, 2))
        np.testing.assert_allclose(moved, [[610, 280], [530, 80]])
        np.testing.assert_allclose(stretched.max(axis=0), [150 + 100 * 1.297, 40 + 160 * 1.297], atol=0.05)


class TestStrokes:
    @pytest.mark.parametrize("nothing", [None, {}, {"objects": []}, {"objects": [{"type": "Textbox"}]}])
    def test_nothing_drawn(self, nothing):
        assert strokes(nothing) == []
        assert drawn_samples([], FRAME)[0].size == 0
        assert erased_spans([], FRAME) == []

    def test_a_turned_line(self):
        line = {"type": "Line", "x1": -50, "x2": 50, "y1": 0, "y2": 0, "width": 100, "height": 0, "angle": 90}
        line |= {"left": 200, "top": 100, "originX": "center", "originY": "center", "stroke": DRAW_COLOUR}
        np.testing.assert_allclose(strokes({"objects": [line]})[0].points, [[200, 50], [200, 150]], atol=1e-9)

    def test_colour_chooses_the_tool_whatever_its_case(self):
        points = np.array([[100.0, 50.0], [200.0, 50.0]])
        (stroke,) = strokes({"objects": [_path(points, ERASE_COLOUR.lower())]})
        assert stroke.tool == "erase"

    @settings(deadline=None, max_examples=50)
    @given(frames, st.floats(0.02, 0.45), st.floats(0.55, 0.98), st.floats(0.1, 0.9), st.floats(0.1, 0.9))
    def test_law_a_stroke_over_a_line_is_that_line_within_two_pixels(self, frame, x0, x1, y0, y1):
        x = np.linspace(frame.x_of(0), frame.x_of(frame.n_timesteps - 1), 1001)[
            [int(x0 * 1000), int(x1 * 1000)]
        ]
        y = np.array([frame.y_of(frame.low + share * (frame.high - frame.low)) for share in (y0, y1)])
        mouse = np.column_stack([np.linspace(*x, 40), np.linspace(*y, 40)]).round()
        indices, values = drawn_samples(strokes({"objects": [_path(mouse)]}), frame)
        assert len(indices) >= 1
        if frame.pixels_per_step < x[1] - x[0]:
            px, py = _rows(frame, indices, values)
            true = np.interp(px, mouse[[0, -1], 0], mouse[[0, -1], 1])
            assert np.abs(py - true).max() <= 2.0 + abs(np.diff(y)[0] / np.diff(x)[0])


class TestPainting:
    def test_the_last_stroke_wins(self):
        low = Stroke("draw", np.array([[100.0, 200.0], [400.0, 200.0]]))
        high = Stroke("draw", np.array([[200.0, 100.0], [300.0, 100.0]]))
        indices, values = drawn_samples([low, high], FRAME)
        x, y = _rows(FRAME, indices, values)
        np.testing.assert_allclose(y, np.where((x >= 200) & (x <= 300), 100, 200), atol=1e-3)

    def test_erasing_a_drawing_and_drawing_over_an_erasure(self):
        drawn = Stroke("draw", np.array([[100.0, 200.0], [400.0, 200.0]]))
        erased = Stroke("erase", np.array([[200.0, 50.0], [300.0, 250.0]]))
        indices, _ = drawn_samples([drawn, erased], FRAME)
        ((start, stop),) = erased_spans([drawn, erased], FRAME)
        assert not np.isin(np.arange(start, stop), indices).any()
        assert erased_spans([erased, drawn], FRAME) == []

    def test_outside_the_plot(self):
        beyond = Stroke("draw", np.array([[-500.0, -100.0], [1500.0, -100.0]]))
        indices, values = drawn_samples([beyond], FRAME)
        assert (indices == np.arange(128)).all()
        assert (values == 2.0).all()
        left = [Stroke(tool, np.array([[0.0, 50.0], [30.0, 50.0]])) for tool in ("draw", "erase")]
        assert drawn_samples(left, FRAME)[0].size == 0
        assert erased_spans(left, FRAME) == []

    def test_a_dot_sets_the_nearest_sample(self):
        dot = Stroke("draw", np.array([[FRAME.x_of(40) + 2.0, FRAME.y_of(1.0)]]))
        indices, values = drawn_samples([dot], FRAME)
        assert indices.tolist() == [40]
        assert values[0] == pytest.approx(1.0)

    def test_a_stroke_that_turns_round_overwrites_itself(self):
        there_and_back = Stroke(
            "draw", np.array([[100.0, 200.0], [400.0, 200.0], [400.0, 100.0], [100.0, 100.0]])
        )
        indices, values = drawn_samples([there_and_back], FRAME)
        _, y = _rows(FRAME, indices, values)
        np.testing.assert_allclose(y, 100, atol=1e-3)

    @settings(deadline=None, max_examples=50)
    @given(
        st.lists(
            st.builds(
                Stroke,
                st.sampled_from(["draw", "erase"]),
                st.lists(st.tuples(st.floats(-50, 750), st.floats(-50, 350)), min_size=1, max_size=5).map(
                    np.array
                ),
            ),
            max_size=5,
        )
    )
    def test_law_no_sample_is_both_drawn_and_erased(self, drawing):
        indices, values = drawn_samples(drawing, FRAME)
        erased = [i for start, stop in erased_spans(drawing, FRAME) for i in range(start, stop)]
        assert not set(indices.tolist()) & set(erased)
        assert ((values >= -2) & (values <= 2)).all()
        assert set(indices.tolist()) | set(erased) <= set(range(128))


class TestPicture:
    @pytest.mark.parametrize("dark", [False, True])
    def test_the_trace_is_where_the_frame_says(self, dark):
        values = 1.5 * np.sin(np.arange(128) / 30)
        blank = trace_image(np.full(128, np.nan), FRAME, rate_hz=50, dark=dark)
        picture = trace_image(values, FRAME, rate_hz=50, unit="g", dark=dark)
        assert picture.size == (700, 300)
        change = np.abs(np.asarray(picture, dtype=int) - np.asarray(blank, dtype=int)).sum(axis=2)
        change[:, :80] = 0
        for t in range(8, 127, 7):
            column = change[:, round(FRAME.x_of(t))]
            assert abs((column * np.arange(300)).sum() / column.sum() - FRAME.y_of(values[t])) < 2

    def test_same_input_same_bytes_and_ghosts_are_seen(self):
        values = np.linspace(-1, 1, 128)
        assert (
            trace_image(values, FRAME, rate_hz=50).tobytes()
            == trace_image(values, FRAME, rate_hz=50).tobytes()
        )
        with_ghost = trace_image(values, FRAME, rate_hz=50, ghosts=[-values])
        assert with_ghost.tobytes() != trace_image(values, FRAME, rate_hz=50).tobytes()
