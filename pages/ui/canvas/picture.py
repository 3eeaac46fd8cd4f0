"""The background of the canvas: the trace to be corrected, with its grid and labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pages.ui.canvas.frame import BOTTOM, LEFT, RIGHT, TOP, Frame, frame_around

OVERSAMPLING = 3  # drawn larger and reduced, for smooth lines
FONT_PX = 12
MARGIN_PX = 4


LayerKind = Literal["before", "trace", "joined", "drawn", "roughly", "filled", "other"]


@dataclass(frozen=True, eq=False)
class Layer:
    """One line on the picture.

    Attributes:
        values: `(timesteps,)` of the whole window in sensor units; NaN leaves a gap.
        kind: What it shows, which gives it its colour: the signal before the correction, what was left alone, what was
            shifted to meet a drawn curve, what was drawn exactly or roughly, what was filled in, what might as well
            have been.
    """

    values: np.ndarray
    kind: LayerKind = "trace"


@dataclass(frozen=True)
class Band:
    """A stretch of time with a different background: unknown, chosen to be moved, or around a jump.

    Attributes:
        start: First sample.
        stop: The sample after the last one.
        kind: What it shows.
    """

    start: int
    stop: int
    kind: Literal["unknown", "part", "jump"] = "unknown"


@dataclass(frozen=True)
class _Palette:
    """Subdued colours for what is there already, so that strokes stand out on them."""

    paper: str
    grid: str
    label: str
    bands: Mapping[str, str]
    lines: Mapping[LayerKind, str]


_LIGHT = _Palette(
    paper="#FFFFFF", grid="#E6E9ED", label="#5B6470",
    bands={"unknown": "#F7E8F0", "part": "#DDF1EA", "jump": "#F6D5CB"},
    lines={"before": "#B4BECA", "trace": "#3E6A94", "joined": "#C98A62", "drawn": "#D55E00", "roughly": "#E69F00",
           "filled": "#0072B2", "other": "#A9CBE3"},
)  # fmt: skip
_DARK = _Palette(
    paper="#12161D", grid="#2A313C", label="#A5AFBC",
    bands={"unknown": "#3A2733", "part": "#16382E", "jump": "#5A2C20"},
    lines={"before": "#566374", "trace": "#8FB5DA", "joined": "#C9925F", "drawn": "#F0833A", "roughly": "#F0B93A",
           "filled": "#56B4E9", "other": "#2F5C7C"},
)  # fmt: skip
_WIDTHS_PX: Mapping[LayerKind, float] = {
    "before": 1.2, "trace": 2.0, "joined": 2.6, "drawn": 3.0, "roughly": 3.0, "filled": 2.6, "other": 1.0,
}  # fmt: skip


def trace_image(
    layers: Sequence[Layer],
    frame: Frame,
    *,
    bands: Sequence[Band] = (),
    unit: str = "",
    rate_hz: float,
    begin: float = 0.0,
    across: str = "s",
    dark: bool = False,
    scale: int = 1,
) -> Image.Image:
    """Draw one channel of a window exactly where `frame` puts it.

    Args:
        layers: Lines, the lowest first.
        frame: The mapping of the canvas; the picture has its proportions.
        bands: Stretches with a different background.
        unit: Unit of the channel for the value labels.
        rate_hz: Samples per second, for the time labels.
        begin: What the first sample is labelled.
        across: Unit of the labels below.
        dark: Colours for a dark page.
        scale: Pixels of the picture for each of the frame, so that it is sharp where it is shown larger.

    Returns:
        An RGB picture of `frame.width` x `frame.height` pixels, times `scale`.
    """
    palette = _DARK if dark else _LIGHT
    picture, draw = _sheet(frame, palette)
    _bands(draw, bands, frame, palette)
    times = _times(frame, rate_hz, begin)
    _grid(draw, frame, palette, [(time - begin) * rate_hz for time in times])
    for layer in layers:
        _trace(draw, layer, frame, palette)
    _margins(draw, frame, palette)
    labels = {(time - begin) * rate_hz: f"{time:.6g} {across}" for time in times}
    _labels(draw, frame, palette, labels, unit=unit)
    return _reduced(picture, frame, scale)


def strip_image(
    layers: Sequence[Layer],
    under: Frame,
    *,
    height: int,
    name: str,
    rate_hz: float,
    bands: Sequence[Band] = (),
    dark: bool = False,
    scale: int = 1,
) -> Image.Image:
    """Draw another channel, low and without value labels, on the time axis of the canvas that it stands under.

    Args:
        layers: Lines, the lowest first.
        under: The mapping of that canvas; the picture is as wide and shows the same time.
        height: Height of the picture in pixels of that canvas.
        name: What is written into it.
        rate_hz: Samples per second, for the time lines.
        bands: Stretches with a different background.
        dark: Colours for a dark page.
        scale: Pixels of the picture for each of that canvas.
    """
    palette = _DARK if dark else _LIGHT
    values = np.stack([layer.values for layer in layers])[:, under.first : under.last + 1]
    around = frame_around(values, width=under.width, height=height + TOP + BOTTOM)
    frame = replace(around, n_timesteps=under.n_timesteps, first=under.first)
    picture, draw = _sheet(frame, palette)
    _bands(draw, bands, frame, palette)
    k = OVERSAMPLING
    for time in _times(frame, rate_hz):
        x = float(frame.x_of(time * rate_hz)) * k
        draw.line([(x, TOP * k), (x, (TOP + height) * k)], fill=palette.grid, width=k)
    for layer in layers:
        _trace(draw, layer, frame, palette)
    _margins(draw, frame, palette)
    _name(draw, name, height, palette)
    strip = _reduced(picture, frame, scale)
    return strip.crop((0, TOP * scale, frame.width * scale, (TOP + height) * scale))


def _name(draw: ImageDraw.ImageDraw, name: str, height: int, palette: _Palette) -> None:
    """Write a channel's name left of its strip; into it, on paper, where it is too long for that."""
    k, font = OVERSAMPLING, ImageFont.load_default(size=FONT_PX * OVERSAMPLING)
    if font.getlength(name) <= (LEFT - 2 * MARGIN_PX) * k:
        middle = ((LEFT - MARGIN_PX) * k, (TOP + height / 2) * k)
        draw.text(middle, name, anchor="rm", fill=palette.label, font=font)
        return
    corner = ((LEFT + MARGIN_PX) * k, TOP * k)
    draw.rectangle(draw.textbbox(corner, name, anchor="la", font=font), fill=palette.paper)
    draw.text(corner, name, anchor="la", fill=palette.label, font=font)


def time_step_s(frame: Frame, rate_hz: float) -> float:
    """Return the distance of the time lines in seconds."""
    times = _times(frame, rate_hz)
    return times[1] - times[0] if len(times) > 1 else 1 / rate_hz


def _sheet(frame: Frame, palette: _Palette) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    size = (frame.width * OVERSAMPLING, frame.height * OVERSAMPLING)
    picture = Image.new("RGB", size, palette.paper)
    return picture, ImageDraw.Draw(picture)


def _reduced(picture: Image.Image, frame: Frame, scale: int) -> Image.Image:
    return picture.resize((frame.width * scale, frame.height * scale), Image.Resampling.LANCZOS)


def _bands(draw: ImageDraw.ImageDraw, bands: Sequence[Band], frame: Frame, palette: _Palette) -> None:
    k, bottom = OVERSAMPLING, (frame.height - BOTTOM) * OVERSAMPLING
    for band in bands:
        left, right = (float(frame.x_of(t)) * k for t in (band.start - 0.5, band.stop - 0.5))
        draw.rectangle([left, TOP * k, right, bottom], fill=palette.bands[band.kind])


def _grid(draw: ImageDraw.ImageDraw, frame: Frame, palette: _Palette, times: Sequence[float]) -> None:
    k, right, bottom = OVERSAMPLING, frame.width - RIGHT, frame.height - BOTTOM
    for level in _levels(frame):
        y = float(frame.y_of(level))
        draw.line([(LEFT * k, y * k), (right * k, y * k)], fill=palette.grid, width=k)
    for t in times:
        x = float(frame.x_of(t))
        draw.line([(x * k, TOP * k), (x * k, bottom * k)], fill=palette.grid, width=k)


def _margins(draw: ImageDraw.ImageDraw, frame: Frame, palette: _Palette) -> None:
    """Cover what reaches beyond the plot."""
    k, width, height = OVERSAMPLING, frame.width * OVERSAMPLING, frame.height * OVERSAMPLING
    right, bottom = width - (RIGHT - 2) * k, height - BOTTOM * k
    for box in ([0, 0, width, (TOP - 2) * k], [0, bottom, width, height]):
        draw.rectangle(box, fill=palette.paper)
    for box in ([0, 0, (LEFT - 2) * k, height], [right, 0, width, height]):
        draw.rectangle(box, fill=palette.paper)


def _labels(
    draw: ImageDraw.ImageDraw, frame: Frame, palette: _Palette, below: Mapping[float, str], *, unit: str
) -> None:
    k, font = OVERSAMPLING, ImageFont.load_default(size=FONT_PX * OVERSAMPLING)
    ink = {"fill": palette.label, "font": font}
    for level in _levels(frame):
        y = float(frame.y_of(level))
        draw.text(((LEFT - MARGIN_PX) * k, y * k), f"{level:.6g}", anchor="rm", **ink)
    for t, text in below.items():
        x = float(frame.x_of(t))
        anchor = "ra" if frame.width - x < 30 else "ma"
        draw.text((x * k, (frame.height - BOTTOM + MARGIN_PX) * k), text, anchor=anchor, **ink)
    if unit:
        draw.text(((LEFT + MARGIN_PX) * k, TOP * k), unit, anchor="la", **ink)


def _levels(frame: Frame) -> list[float]:
    return _round_numbers(frame.low, frame.high, n=max(4, frame.height // 50))


def _times(frame: Frame, rate_hz: float, begin: float = 0.0) -> list[float]:
    first, last = (begin + t / rate_hz for t in (frame.first, frame.last))
    return _round_numbers(first, last, n=max(3, frame.width // 90))


def _trace(draw: ImageDraw.ImageDraw, layer: Layer, frame: Frame, palette: _Palette) -> None:
    """Draw each uninterrupted stretch of a layer; a lone sample becomes a dot."""
    colour, width_px = palette.lines[layer.kind], _WIDTHS_PX[layer.kind]
    k, radius = OVERSAMPLING, width_px * OVERSAMPLING / 2
    shown = np.arange(max(0, frame.first - 1), min(frame.last + 2, len(layer.values)))
    known = shown[np.isfinite(layer.values[shown])]
    for stretch in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1):
        x, y = frame.x_of(stretch), frame.y_of(np.asarray(layer.values, dtype=float)[stretch])
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
