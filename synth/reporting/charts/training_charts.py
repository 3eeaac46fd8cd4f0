"""Charts of training: live loss curves."""

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd

from synth.reporting.charts.theme import MAX_ROWS, NARROW_CHARACTERS, colour_of, legend_above, titled

HELD_OUT = "held-out loss"
NOT_LOSSES = {"seconds", "epoch", "step"}
PANEL_HEIGHT = 170
SAME_SCALE = 3.0  # curves share a panel unless that would more than triple the range of one of them


def history(history: Sequence[Mapping[str, float]]) -> alt.VConcatChart:
    """Draw loss curves from the first round on. Losses of a different size get a panel of their own.

    Args:
        history: A mapping for each round, losses by name, as `training.train` returns it or progress shows it.

    Raises:
        ValueError: If there is no round yet.
    """
    if not history:
        raise ValueError("there is no round to draw yet")
    names = [
        name for name in dict.fromkeys(k for losses in history for k in losses) if name not in NOT_LOSSES
    ]
    curves = {name: np.array([losses.get(name, np.nan) for losses in history], dtype=float) for name in names}
    panels = _panels(curves)
    axis = alt.Axis(title="round", format="d", values=_round_ticks(len(history)))
    charts = [_panel(curves, panel, names, axis) for panel in panels]
    return alt.vconcat(*charts).resolve_scale(color="shared").properties(title=_title(curves))


def _panel(curves: Mapping[str, np.ndarray], panel: list[str], names: list[str], axis: alt.Axis) -> alt.Chart:
    rows = pd.concat(
        [_rows(name, curves[name], MAX_ROWS // len(curves)) for name in panel], ignore_index=True
    )
    n_rounds = max(len(curve) for curve in curves.values())
    return (
        alt.Chart(rows)
        .mark_line(point=alt.OverlayMarkDef(size=28) if n_rounds <= 40 else False, strokeWidth=2)
        .encode(
            x=alt.X("round:Q", axis=axis, scale=alt.Scale(domain=[1, max(2, n_rounds)], nice=False)),
            y=alt.Y(
                "loss:Q",
                title=["loss", "(lower is better)"] if HELD_OUT in panel else "loss",
                scale=alt.Scale(zero=False),
            ),
            color=alt.Color("name:N", scale=colour_of(names), legend=legend_above()),
            strokeDash=alt.StrokeDash(
                "name:N",
                scale=alt.Scale(domain=names, range=[[6, 3] if n == HELD_OUT else [1, 0] for n in names]),
                legend=legend_above(),
            ),
            tooltip=["name:N", "round:Q", alt.Tooltip("loss:Q", format=".4~g")],
        )
        .properties(width="container", height=PANEL_HEIGHT)
    )


def _round_ticks(n_rounds: int) -> list[int]:
    """Return about ten whole numbers of rounds, the first one among them."""
    step = next(s * 10**power for power in range(9) for s in (1, 2, 5) if s * 10**power >= n_rounds / 12)
    return sorted({1, *range(step, n_rounds + 1, step)})


def _rows(name: str, curve: np.ndarray, max_rows: int) -> pd.DataFrame:
    """Return the finite points of a curve; every k-th round of a long one, and always the last."""
    finite = np.flatnonzero(np.isfinite(curve))
    kept = np.unique(
        np.append(finite[:: max(1, -(-len(finite) // max(1, max_rows - 1)))], finite[-1:])
    ).astype(int)
    return pd.DataFrame({"round": kept + 1, "loss": curve[kept], "name": name})


def _panels(curves: Mapping[str, np.ndarray]) -> list[list[str]]:
    """Group curves that can share an axis without one becoming a flat line."""
    panels: list[tuple[list[str], float, float]] = []
    for name, curve in curves.items():
        finite = curve[np.isfinite(curve)]
        if len(finite) == 0:
            continue
        low, high = float(finite.min()), float(finite.max())
        room = max(high - low, 0.2 * max(abs(low), abs(high)), 1e-6)
        for place, (names, other_low, other_high) in enumerate(panels):
            both_low, both_high = min(low, other_low), max(high, other_high)
            other_room = max(other_high - other_low, 0.2 * max(abs(other_low), abs(other_high)), 1e-6)
            if both_high - both_low <= SAME_SCALE * min(room, other_room):
                panels[place] = ([*names, name], both_low, both_high)
                break
        else:
            panels.append(([name], low, high))
    return [names for names, _, _ in panels]


def _title(curves: Mapping[str, np.ndarray]) -> alt.TitleParams:
    watched = curves.get(HELD_OUT)
    if watched is None or not np.isfinite(watched).any():
        return titled("Losses by round", characters=NARROW_CHARACTERS)
    best, n_rounds = int(np.nanargmin(watched)), len(watched)
    since = n_rounds - 1 - best
    state = "still improving" if since == 0 else f"no better for {since} round{'s' if since > 1 else ''}"
    finding = f"Best on held-out data: {watched[best]:.3g} in round {best + 1} of {n_rounds}, {state}"
    return titled(finding, characters=NARROW_CHARACTERS)
