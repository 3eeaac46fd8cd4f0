"""The background of the canvas: the trace to be corrected, with its grid and labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pages.ui.canvas.frame import BOTTOM, LEFT, RIGHT, TOP, Frame

OVERSAMPLING = 3  # drawn larger and reduced, for smooth lines
FONT_PX = 12
MARGIN_PX = 4


@dataclass(frozen=True)
class _Ink:
    """Subdued colours, so that strokes stand out on them."""

    paper: str
    grid: str
    label: str
    ghost: str
    trace: str


_LIGHT = _Ink(paper="#FFFFFF", grid="#E6E9ED", label="#5B6470", ghost="#C9D3DE", trace="#3E6A94")
_DARK = _Ink(paper="#12161D", grid="#2A313C", label="#A5AFBC", ghost="#3C4A5A", trace="#8FB5DA")


def trace_image(
    values: np.ndarray,
    frame: Frame,
    *,
    ghosts: Sequence[np.ndarray] = (),
    unit: str = "",
    rate_hz: float,
    dark: bool = False,
) -> Image.Image:
    """Draw one channel of a window exactly where `frame` puts it.

    Args:
        values: `(timesteps,)` in sensor units; NaN leaves a gap.
        frame: The mapping of the canvas; the picture has its width and height.
        ghosts: Other traces `(timesteps,)` to show faintly behind, for example before the correction.
        unit: Unit of the channel for the value labels.
        rate_hz: Samples per second, for the time labels.
        dark: Colours for a dark page.

    Returns:
        An RGB picture of `frame.width` x `frame.height` pixels.
    """
    ink = _DARK if dark else _LIGHT
    size = (frame.width * OVERSAMPLING, frame.height * OVERSAMPLING)
    picture = Image.new("RGB", size, ink.paper)
    draw = ImageDraw.Draw(picture)
    _grid(draw, frame, ink, unit=unit, rate_hz=rate_hz)
    for ghost in ghosts:
        _trace(draw, ghost, frame, colour=ink.ghost, width_px=1.0)
    _trace(draw, values, frame, colour=ink.trace, width_px=2.0)
    return picture.resize((frame.width, frame.height), Image.Resampling.LANCZOS)


def _grid(draw: ImageDraw.ImageDraw, frame: Frame, ink: _Ink, *, unit: str, rate_hz: float) -> None:
    k, font = OVERSAMPLING, ImageFont.load_default(size=FONT_PX * OVERSAMPLING)
    right, bottom = frame.width - RIGHT, frame.height - BOTTOM
    for level in _round_numbers(frame.low, frame.high, n=max(4, frame.height // 50)):
        y = float(frame.y_of(level))
        draw.line([(LEFT * k, y * k), (right * k, y * k)], fill=ink.grid, width=k)
        draw.text(((LEFT - MARGIN_PX) * k, y * k), f"{level:.6g}", fill=ink.label, font=font, anchor="rm")
    last_s = (frame.n_timesteps - 1) / rate_hz
    for time_s in _round_numbers(0, last_s, n=max(3, frame.width // 90)):
        x = float(frame.x_of(time_s * rate_hz))
        draw.line([(x * k, TOP * k), (x * k, bottom * k)], fill=ink.grid, width=k)
        anchor = "ra" if frame.width - x < 30 else "ma"
        draw.text(
            (x * k, (bottom + MARGIN_PX) * k), f"{time_s:.6g} s", fill=ink.label, font=font, anchor=anchor
        )
    if unit:
        draw.text(((LEFT + MARGIN_PX) * k, TOP * k), unit, fill=ink.label, font=font, anchor="la")


def _trace(
    draw: ImageDraw.ImageDraw, values: np.ndarray, frame: Frame, *, colour: str, width_px: float
) -> None:
    """Draw each uninterrupted stretch of `values`; a lone sample becomes a dot."""
    k, radius = OVERSAMPLING, width_px * OVERSAMPLING / 2
    known = np.flatnonzero(np.isfinite(values))
    for stretch in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1):
        x, y = frame.x_of(stretch), frame.y_of(np.asarray(values, dtype=float)[stretch])
        corners = list(zip(np.multiply(x, k).tolist(), np.multiply(y, k).tolist(), strict=True))
        if len(corners) > 1:
            draw.line(corners, fill=colour, width=round(width_px * k), joint="curve")
        elif corners:
            (cx, cy) = corners[0]
            draw.ellipse([cx - 2 * radius, cy - 2 * radius, cx + 2 * radius, cy + 2 * radius], fill=colour)


def _round_numbers(low: float, high: float, *, n: int) -> list[float]:
    """Return at most `n + 1` multiples of 1, 2 or 5 times a power of ten in `[low, high]`."""
    raw = (high - low) / n
    power = 10.0 ** np.floor(np.log10(raw))
    step = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    return [float(f"{i * step + 0.0:.10g}") for i in np.arange(first, last + 1)]
