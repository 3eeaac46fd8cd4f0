"""The map of all releases: how well people are hidden against how useful the data still are."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import altair as alt
import numpy as np
import pandas as pd

from synth.audit.question import headline
from synth.audit.report import Report, Result
from synth.audit.verdicts import above_chance, way
from synth.core.figures import percent
from synth.reporting.charts.axes import (
    HEIGHT,
    PAPERS,
    RING,
    WIDTH,
    corner,
    guessed_activities,
    guessing,
    privacy_axis,
    to_the_usual_test,
    utility_axis,
)
from synth.reporting.charts.recognition import (
    QUESTION,
    attackers,
    claims_nobody,
    how_hidden,
    knows_release,
    recognised,
    usual_test,
)
from synth.reporting.charts.report_charts import Drawing
from synth.reporting.charts.theme import (
    FIT_WIDTH,
    NEUTRAL,
    UNPROTECTED,
    colour_of,
    layered,
    legend_above,
    titled,
)

CLAIMS, CLAIMS_NOBODY = "shows real people", "generated, shows no real person"
_SHAPES = {CLAIMS: "circle", CLAIMS_NOBODY: "square", PAPERS: RING, UNPROTECTED: "diamond"}
LABEL_GAP = 0.05  # between two names, as a share of the height
LABEL_WIDTH = 0.25  # of a name, as a share of the width


@dataclass(frozen=True)
class Position:
    """Where a release is on the map, where the usual test would place it, and what it was corrected from."""

    name: str
    kind: str
    hidden: Result
    useful: Result
    static: Result | None = None
    corrected_from: str = ""


def tradeoff(reports: Sequence[Report], names: Sequence[str] | None = None) -> Drawing:
    """Draw every release by privacy (to the right) and utility (upwards), with both intervals.

    Privacy is the part of the way from guessing to certainty that the attacker does not cover:
    1 - (r - chance) / (1 - chance) with r the `headline` of re-identification, because guessing succeeds more often
    among two people than among twenty. For generated windows r says whom they look like. Utility is the `headline` of
    utility. A ring shows where the usual test, with a static attacker only, would place the same release.

    References:
        Giomi et al., Anonymeter, PETS 2023: risk beyond a baseline.

    Args:
        reports: One for each release.
        names: All releases there are, in their fixed order, so that each keeps its colour.
    """
    positions, notes = [], []
    for report in reports:
        hidden, useful = headline(report, QUESTION), headline(report, "utility")
        if hidden is None or useful is None:
            lacks = "people" if hidden is None else "activities"
            notes.append(
                f"“{report.name}” is not on the map: recognition of {lacks} could not be measured for it."
            )
        else:
            kind = CLAIMS_NOBODY if claims_nobody(hidden) else CLAIMS
            positions.append(
                Position(report.name, kind, hidden, useful, attackers(report)[0], _original(report, reports))
            )
    if not positions:
        return Drawing(None, tuple(notes))
    colours = colour_of([*(names or [report.name for report in reports]), UNPROTECTED])
    return Drawing(_map(positions, colours), (*_flattered(positions), *notes))


def _original(report: Report, reports: Sequence[Report]) -> str:
    """Return the name on the map of what a release was corrected from, `""` where it was not corrected."""
    of_recordings = report.release["card"].get("kind") == "unprotected"
    if report.corrected_from and of_recordings and report.corrected_from not in [r.name for r in reports]:
        return UNPROTECTED
    return report.corrected_from


def _flattered(positions: Sequence[Position]) -> list[str]:
    """Say for which release the usual test most underestimates an attacker who trains on released windows."""
    both = [(p, p.static) for p in positions if p.static is not None and knows_release(p.hidden.tier)]
    if not both:
        return []
    p, static = max(both, key=lambda pair: above_chance(pair[0].hidden) - above_chance(pair[1]))
    return [usual_test(p.name, static.number, _recognised(p.hidden), by_release=True)]


def _map(positions: Sequence[Position], colours: alt.Scale) -> alt.LayerChart:
    points = _points(positions)
    x, y = privacy_axis(), utility_axis(positions[0].useful.metric)
    tint = alt.Color("name:N", scale=colours, legend=None)
    base = alt.Chart(points)
    layers = [
        guessing(x),
        guessed_activities(base),
        base.mark_rule(strokeWidth=2, opacity=0.5).encode(
            x=alt.X("privacy_low:Q"), x2="privacy_high:Q", y=y, color=tint
        ),
        base.mark_rule(strokeWidth=2, opacity=0.5).encode(
            x=x, y=alt.Y("utility_low:Q"), y2="utility_high:Q", color=tint
        ),
        to_the_usual_test(base, x, y, tint),
        *_to_originals(points, positions, x),
        _marks(_with_rings(points), x, y, tint),
        _names(points, x, "left"),
        _names(points, x, "right"),
        corner(x),
    ]
    return layered(*layers).properties(
        width="container", height=HEIGHT, title=_title(positions), autosize=FIT_WIDTH
    )


def _points(positions: Sequence[Position]) -> pd.DataFrame:
    rows = [_point(p) for p in positions]
    reference = _reference(positions)
    if reference is not None:
        rows.append(reference)
    points = pd.DataFrame(rows)
    points["label_side"] = _sides(points["privacy"].to_numpy(), points["utility"].to_numpy())
    points["label_y"] = points["utility"]
    for side in ("left", "right"):
        there = points["label_side"] == side
        points.loc[there, "label_y"] = _apart(points.loc[there, "utility"].to_numpy())
    return points


def _point(p: Position) -> dict[str, str | float | None]:
    r, u = p.hidden, p.useful
    return {
        "name": p.name,
        "kind": p.kind,
        "privacy": how_hidden(r.number, r.chance),
        "privacy_low": how_hidden(r.ends[1], r.chance),
        "privacy_high": how_hidden(r.ends[0], r.chance),
        "utility": u.number,
        "utility_low": u.ends[0],
        "utility_high": u.ends[1],
        "utility_chance": u.chance,
        "recognised": _recognised(r),
        "attack": f"{r.attacker}, {r.tier}",
        "static": None if p.static is None else how_hidden(p.static.number, p.static.chance),
        "static_recognised": None if p.static is None else _recognised(p.static),
        "useful": u.figure,
        "classifier": f"{u.attacker}, {u.tier}",
    }


def _recognised(r: Result) -> str:
    return recognised(r.figure, r.chance)


def _with_rings(points: pd.DataFrame) -> alt.Chart:
    """Return the points, and each once more where the usual test would place it."""
    rings = points[points["static"].notna()]
    rings = rings.assign(
        kind=PAPERS, privacy=rings["static"], recognised=rings["static_recognised"], attack="static"
    )
    return alt.Chart(pd.concat([points, rings], ignore_index=True))


def _reference(positions: Sequence[Position]) -> dict[str, str | float | None] | None:
    """Return a point for the unprotected recordings: the ceilings of both numbers, where they were measured."""
    hidden = [(p.hidden.ceiling, p.hidden) for p in positions if p.hidden.ceiling is not None]
    hidden = [pair for pair in hidden if not claims_nobody(pair[1])] or hidden
    useful = [p.useful.ceiling for p in positions if p.useful.ceiling is not None]
    if not hidden or not useful:
        return None
    ceiling, r = max(hidden, key=lambda pair: way(pair[0], pair[1].chance))
    privacy, utility = how_hidden(ceiling, r.chance), max(useful)
    ends = {"privacy_low": privacy, "privacy_high": privacy, "utility_low": utility, "utility_high": utility}
    about = {
        "recognised": recognised(percent(ceiling), r.chance),
        "useful": percent(utility),
        "attack": r.attacker,
        "classifier": "trained on the unprotected recordings",
    }
    here = {"name": UNPROTECTED, "kind": UNPROTECTED, "privacy": privacy, "utility": utility}
    return here | ends | about | {"utility_chance": None, "static": None, "static_recognised": None}


def _sides(privacy: np.ndarray, utility: np.ndarray) -> list[str]:
    """Choose on which side of a point its name is written: right, unless another point or the edge is there."""
    sides = []
    for x, y in zip(privacy, utility, strict=True):
        to_the_right = (privacy > x) & (privacy - x < LABEL_WIDTH) & (np.abs(utility - y) < 1.6 * LABEL_GAP)
        sides.append(
            "left" if x > WIDTH - LABEL_WIDTH or (to_the_right.any() and x > LABEL_WIDTH) else "right"
        )
    return sides


def _apart(heights: np.ndarray) -> np.ndarray:
    """Move overlapping names apart: upwards from the lowest, and back down at the top of the chart."""
    order = np.argsort(heights, kind="stable")
    placed = np.array(heights, dtype=float)
    for below, above in pairwise(order):
        placed[above] = max(placed[above], placed[below] + LABEL_GAP)
    excess = max(0.0, placed.max(initial=0.0) - 1.0)
    ceiling = placed.max(initial=0.0) - excess
    for index in order[::-1]:
        placed[index] = min(placed[index], ceiling)
        ceiling = placed[index] - LABEL_GAP
    return placed


def _marks(base: alt.Chart, x: alt.X, y: alt.Y, tint: alt.Color) -> alt.Chart:
    look = alt.Shape(
        "kind:N",
        scale=alt.Scale(domain=list(_SHAPES), range=list(_SHAPES.values())),
        legend=legend_above(symbolFillColor=NEUTRAL, symbolStrokeColor=NEUTRAL),
    )
    return base.mark_point(filled=True, size=130, opacity=1).encode(
        x=x,
        y=y,
        color=tint,
        shape=look,
        tooltip=[
            alt.Tooltip("name:N", title="release"),
            alt.Tooltip("recognised:N", title="people recognised"),
            alt.Tooltip("attack:N", title="recognised by"),
            alt.Tooltip("useful:N", title="activities recognised"),
            alt.Tooltip("classifier:N", title="activities recognised by"),
        ],
    )


def _to_originals(points: pd.DataFrame, positions: Sequence[Position], x: alt.X) -> list[alt.Chart]:
    """Join corrected releases to what they were corrected from, if that is on the map."""
    place = points.drop_duplicates("name").set_index("name")[["privacy", "utility"]]
    rows = [
        {
            "name": f"{p.name}, corrected from {p.corrected_from}",
            "privacy": place.loc[p.name, "privacy"],
            "utility": place.loc[p.name, "utility"],
            "from_privacy": place.loc[p.corrected_from, "privacy"],
            "from_utility": place.loc[p.corrected_from, "utility"],
        }
        for p in positions
        if p.corrected_from in place.index
    ]
    if not rows:
        return []
    line = alt.Chart(pd.DataFrame(rows)).mark_rule(strokeDash=[2, 3], strokeWidth=1.5, color=NEUTRAL)
    ends = {"x2": "from_privacy:Q", "y": alt.Y("utility:Q"), "y2": "from_utility:Q"}
    return [line.encode(x=x, **ends, tooltip=alt.Tooltip("name:N", title="dotted line"))]


def _names(points: pd.DataFrame, x: alt.X, side: str) -> alt.Chart:
    """Write the names on one side of their points."""
    align, dx = ("left", 11) if side == "right" else ("right", -11)
    return (
        alt.Chart(points[points["label_side"] == side])
        .mark_text(align=align, dx=dx, dy=-9, fontSize=12, color=NEUTRAL, limit=220)
        .encode(x=x, y=alt.Y("label_y:Q"), text="name:N")
    )


def _surely_hidden(position: Position) -> tuple[float, float]:
    """Return how well people are hidden, and how well at least, in [0, 1]: nobody is hidden better than by guessing."""
    shares = position.hidden.number, position.hidden.ends[1]
    hidden, surely = (min(max(how_hidden(share, position.hidden.chance), 0.0), 1.0) for share in shares)
    return hidden, surely


def _title(positions: Sequence[Position]) -> alt.TitleParams:
    private = max(positions, key=lambda p: _surely_hidden(p)[::-1])
    useful = max(positions, key=lambda p: p.useful.number)
    hidden, surely = map(percent, _surely_hidden(private))
    how_well = f"{hidden}, at least {surely}"  # an estimate without its interval would promise too much
    good = useful.useful.figure
    if len(positions) == 1:
        finding = f"“{private.name}”: people hidden at {how_well}; activities recognised at {good}"
    elif hidden == percent(0):
        finding = f"No release hides people. Most useful: “{useful.name}” ({good})"
    elif private is useful:
        finding = f"“{private.name}” hides people best ({how_well}) and is the most useful ({good})"
    else:
        finding = f"Most useful: “{useful.name}” ({good}); hides people best: “{private.name}” ({how_well})"
    explanation = "Both numbers are those the verdicts rest on. Lines: 95 % intervals. Dashes: pure guessing."
    together = [f"“{p.name}”" for p in positions if p.hidden.tier.endswith("aggregated")]
    if together:
        explanation += f" For {', '.join(together)}, the attacker decides once for all windows of a person."
    if any(p.static is not None for p in positions):
        explanation += (
            " Rings: the usual test, whose attacker only knows the originals and underestimates the risk."
        )
    if {p.corrected_from for p in positions} & {UNPROTECTED, *(p.name for p in positions)}:
        explanation += " Dotted lines lead from corrected versions to their originals."
    if len({p.kind for p in positions}) > 1:
        explanation += (
            " Circles and squares answer different questions: generated windows are attributed to no real person, "
            "so the attacker says whom they look like."
        )
    return titled(finding, explanation)
