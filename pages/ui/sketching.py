"""From what the canvas sent, channel by channel, to a correction of one window. Knows no Streamlit."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from pages.ui.canvas import Frame, drawn_samples, erased_spans, frame_around, strokes
from synth.editing.marks import Correction, Stroke, Unknown, correct, spans

WIDTH, HEIGHT = 900, 340


def frame_of(window: np.ndarray, channel: int) -> Frame:
    """Return the frame in which a channel of a window `(timesteps, channels)` is drawn."""
    return frame_around(window[:, channel], width=WIDTH, height=HEIGHT)


def correction_of(
    window: np.ndarray,
    drawings: Mapping[int, Mapping[str, Any]],
    *,
    window_index: int,
) -> Correction:
    """Apply everything drawn on a window.

    Args:
        window: `(timesteps, channels)` in sensor units.
        drawings: Channel -> what its canvas sent.
        window_index: Which window of the release it is.

    Raises:
        CorrectionError: If a drawing does not fit the window.
    """
    marks = [
        mark
        for channel, sent in drawings.items()
        for mark in _marks(sent, frame_of(window, channel), channel)
    ]
    return correct(window, marks, window_index=window_index)


def changed_spans(correction: Correction) -> list[list[tuple[int, int, Literal["drawn", "filled in"]]]]:
    """Return for each channel where it was drawn or is to be filled in, as `(start, stop, kind)`."""
    return [
        [
            *((start, stop, "drawn") for start, stop in spans(drawn)),
            *((start, stop, "filled in") for start, stop in spans(~known)),
        ]
        for drawn, known in zip(correction.drawn.T, correction.mask.T, strict=True)
    ]


def _marks(sent: Mapping[str, Any], frame: Frame, channel: int) -> list[Stroke | Unknown]:
    marks: list[Stroke | Unknown] = []
    for stroke in strokes(sent):
        indices, values = drawn_samples([stroke], frame)
        if len(indices):
            marks.append(Stroke(channel, tuple(indices), tuple(values)))
        where = None if stroke.everywhere else (channel,)
        marks += [Unknown(start, stop, where) for start, stop in erased_spans([stroke], frame)]
    return marks
