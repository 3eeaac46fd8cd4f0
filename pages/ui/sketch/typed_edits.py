"""Numbers typed into tables -> strokes: for precision, and for whoever cannot draw. Independent of Streamlit."""

from collections.abc import Sequence

import numpy as np

from synth.editing.strokes import Belief, DrawnCurve, EditError, Erasure, MovedStretch, PinnedPoint, Stroke


def curve_through(
    rows: Sequence[tuple[float, float]],
    channel: int,
    *,
    rate_hz: float,
    n_timesteps: int,
    belief: Belief,
    join: int = 0,
) -> DrawnCurve:
    """Return the straight lines through typed points, in the order of time.

    Args:
        rows: Time in seconds from the window's beginning, and value in the channel's unit.
        channel: Which channel.
        rate_hz: Samples per second.
        n_timesteps: Samples in the window.
        belief: Whether the lines are to be met or only approached.
        join: How many recorded samples beside the ends are shifted to meet lines that are to be met.

    Raises:
        EditError: If a time is not in the window or a number is missing.
    """
    at = sample_of([time_s for time_s, _ in rows], rate_hz, n_timesteps)
    values = _numbers([value for _, value in rows], "value")
    places = dict(zip(at.tolist(), values.tolist(), strict=True))
    corners = sorted(places)
    between = np.arange(corners[0], corners[-1] + 1)
    levels = np.interp(between, corners, [places[corner] for corner in corners]).astype(np.float32)
    join = join if belief == "exact" else 0
    return DrawnCurve(channel, tuple(between.tolist()), tuple(levels.tolist()), belief, join)


def points_at(
    rows: Sequence[tuple[float, float]], channel: int, *, rate_hz: float, n_timesteps: int, reach: int
) -> tuple[PinnedPoint, ...]:
    """Return typed points that must be met, with `reach` samples of room around each. Raises as above."""
    at = sample_of([time_s for time_s, _ in rows], rate_hz, n_timesteps)
    values = _numbers([value for _, value in rows], "value").astype(np.float32)
    return tuple(PinnedPoint(channel, int(i), float(v), reach) for i, v in zip(at, values, strict=True))


def unknown_between(
    rows: Sequence[tuple[float, float, bool]], channel: int, *, rate_hz: float, n_timesteps: int
) -> tuple[Erasure, ...]:
    """Return typed ranges: from and to in seconds, and whether in all channels.

    Raises:
        EditError: If a range is not in the window, ends before it begins, or a number is missing.
    """
    strokes = []
    for from_s, to_s, everywhere in rows:
        start, last = sample_of([from_s, to_s], rate_hz, n_timesteps)
        if last < start:
            raise EditError(f"A range ends at {to_s:g} s, before it begins at {from_s:g} s.")
        strokes.append(Erasure(int(start), int(last) + 1, None if everywhere else (channel,)))
    return tuple(strokes)


def moved_part(
    part_s: tuple[float, float],
    later_s: float,
    up: float,
    channel: int,
    *,
    rate_hz: float,
    n_timesteps: int,
) -> MovedStretch:
    """Return a typed move: of a part in seconds, by seconds and by the channel's unit. Raises as above."""
    start, last = sample_of(part_s, rate_hz, n_timesteps)
    if last < start:
        raise EditError(f"The part ends at {part_s[1]:g} s, before it begins at {part_s[0]:g} s.")
    return MovedStretch(channel, int(start), int(last) + 1, round(later_s * rate_hz), up)


def sample_of(times_s: Sequence[float], rate_hz: float, n_timesteps: int) -> np.ndarray:
    """Return the samples nearest to times in seconds. Raises `EditError` if one is not in the window."""
    times = _numbers(times_s, "time")
    at = np.rint(times * rate_hz).astype(np.int64)
    outside = times[(at < 0) | (at >= n_timesteps)]
    if len(outside):
        raise EditError(
            f"{outside[0]:g} s is outside this window, which lasts from 0 to {(n_timesteps - 1) / rate_hz:.2f} s."
        )
    return at


def described(stroke: Stroke, channels: Sequence[str], rate_hz: float) -> str:
    """Say in words what a mark does."""
    if isinstance(stroke, Erasure):
        where = "all channels" if stroke.channels is None else ", ".join(channels[c] for c in stroke.channels)
        return f"Unknown in {where}, {_span(stroke.start, stroke.stop, rate_hz)}"
    name = channels[stroke.channel]
    if isinstance(stroke, DrawnCurve):
        how = "Drawn" if stroke.belief == "exact" else "Drawn roughly"
        return f"{how} in {name}, {_span(min(stroke.indices), max(stroke.indices) + 1, rate_hz)}"
    if isinstance(stroke, PinnedPoint):
        return f"Point in {name} at {stroke.index / rate_hz:.2f} s: {stroke.value:.3g}"
    later = f"{stroke.by_samples / rate_hz:+.2f} s"
    return (
        f"Moved in {name}, {_span(stroke.start, stroke.stop, rate_hz)}, by {later} and {stroke.by_value:+.3g}"
    )


def _span(start: int, stop: int, rate_hz: float) -> str:
    return f"{start / rate_hz:.2f} to {(stop - 1) / rate_hz:.2f} s"


def _numbers(values: Sequence[float], what: str) -> np.ndarray:
    numbers = np.array([np.nan if v is None else v for v in values], dtype=float)
    if not np.isfinite(numbers).all():
        raise EditError(f"A {what} is missing from the table. Fill it in, or delete that row.")
    return numbers
