"""The map of a strength sweep: each method is a line from mild to strong, each setting faces two attackers."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from synth.core.figures import percent
from synth.reporting.charts.axes import (
    HEIGHT,
    PAPERS,
    RING,
    corner,
    guessed_activities,
    guessing,
    privacy_axis,
    to_the_usual_test,
    utility_axis,
)
from synth.reporting.charts.recognition import how_hidden, knows_release, recognised, usual_test
from synth.reporting.charts.report_charts import Drawing
from synth.reporting.charts.sweep.figures import Figure, MeasuredPoints, Setting, front, sweep_settings
from synth.reporting.charts.theme import (
    FIT_WIDTH,
    LABEL_PX,
    NEUTRAL,
    UNPROTECTED,
    colour_of,
    layered,
    legend_above,
    titled,
)

STRONGEST, NOBODY = "attacker behind the verdict", "the same, generated windows"
_SHAPES = {STRONGEST: "circle", NOBODY: "square", PAPERS: RING, UNPROTECTED: "diamond"}
MANY = 14  # settings, above which intervals are paler
ROOM = 0.045  # that the label of a strength needs, as a share of both axes
MANNERS = {False: "", True: "person by person"}


def sweep(
    measured: MeasuredPoints, *, by_person: bool = False, methods: Sequence[str] | None = None
) -> Drawing:
    """Draw every setting twice at the height of its utility, once for each attacker.

    Privacy and utility are those of `tradeoff`. Several seeds share one mark at their mean, with a dot for each seed.

    Args:
        measured: Points of one study with their reports.
        by_person: Whether the attackers decide once for all windows of a person.
        methods: All methods that were chosen, in their order, so that each keeps its colour while points come in.
    """
    found, notes = sweep_settings(measured, by_person=by_person)
    if not found:
        return Drawing(None, notes)
    colours = colour_of(methods or [s.method for s in found])
    return Drawing(_map(found, colours, by_person), notes)


def sweep_sentence(setting: Setting) -> str:
    """Say how often the usual test recognises people, and how often an attacker who trains on released windows does."""
    static = None if setting.static is None else setting.static.value
    by_release = knows_release(setting.strongest.tier)
    return usual_test(setting.name, static, _in_words(setting.strongest), by_release=by_release)


def _map(found: Sequence[Setting], colours: alt.Scale, by_person: bool) -> alt.LayerChart:
    marks = pd.DataFrame([row for s in found for row in _rows(s)] + _raw(found))
    strongest = marks[marks["who"].isin([STRONGEST, NOBODY])]
    x, y = privacy_axis(manner=MANNERS[by_person]), utility_axis(found[0].useful.metric)
    tint = alt.Color("method:N", scale=colours, legend=legend_above(symbolOpacity=1, columns=4))
    base = alt.Chart(strongest)
    fade = 0.35 if len(found) <= MANY else 0.2
    span = base.mark_rule(strokeWidth=5, opacity=fade)
    layers = [
        guessing(x),
        guessed_activities(base),
        _front(found, x, y),
        span.encode(x=alt.X("privacy_low:Q"), x2="privacy_high:Q", y=y, color=tint),
        span.encode(x=x, y=alt.Y("utility_low:Q"), y2="utility_high:Q", color=tint),
        base.mark_line(strokeWidth=2).encode(x=x, y=y, color=tint, order="order:Q", detail="method:N"),
        to_the_usual_test(base, x, y, tint),
        _seeds(found, x, y, tint),
        _marks(marks, x, y, tint),
        _strengths(strongest, x, y),
        corner(x),
    ]
    return layered(*layers).properties(
        width="container", height=HEIGHT + 60, title=_title(found, by_person), autosize=FIT_WIDTH
    )


def _rows(s: Setting) -> list[dict[str, str | float | None]]:
    shared = {
        "method": s.method,
        "strength": "–" if s.strength is None else s.words,
        "step": "" if s.strength is None else f"{s.strength:g}",
        "order": s.order,
        "utility": s.useful.value,
        "utility_low": s.useful.low,
        "utility_high": s.useful.high,
        "utility_chance": s.useful.chance,
        "static": None if s.static is None else s.static.hidden,
        "by_usual_test": _in_words(s.static),
        "by_strongest": _in_words(s.strongest),
        "useful": _in_words(s.useful),
        "by": s.strongest.measured_by,
        "rests_on": f"{s.strongest.n} people; utility on {s.useful.n}",
        "seeds": _seeds_in_words(s),
    }
    trained = {
        "who": NOBODY if s.nobody else STRONGEST,
        "privacy": s.strongest.hidden,
        "privacy_low": how_hidden(s.strongest.high, s.strongest.chance),
        "privacy_high": how_hidden(s.strongest.low, s.strongest.chance),
    }
    if s.static is None:
        return [shared | trained]
    ends = {"privacy_low": None, "privacy_high": None}
    return [shared | trained, shared | {"who": PAPERS, "privacy": s.static.hidden} | ends]


def _raw(found: Sequence[Setting]) -> list[dict[str, str | float | None]]:
    """Return a mark for the unprotected recordings: the ceilings of both numbers, where they were measured."""
    claiming = [s.strongest for s in found if not s.nobody] or [s.strongest for s in found]
    known = [(f.ceiling, f) for f in claiming if f.ceiling is not None]
    useful = [s.useful.ceiling for s in found if s.useful.ceiling is not None]
    if not known or not useful:
        return []
    ceiling, f = min(known, key=lambda pair: how_hidden(pair[0], pair[1].chance))
    top = max(useful)
    return [
        {
            "who": UNPROTECTED,
            "method": UNPROTECTED,
            "strength": "–",
            "privacy": how_hidden(ceiling, f.chance),
            "utility": top,
            "by_usual_test": "–",
            "by_strongest": recognised(percent(ceiling), f.chance),
            "useful": percent(top),
            "by": f.measured_by,
            "rests_on": f"{f.n} people",
            "seeds": "–",
        }
    ]


def _in_words(number: Figure | None) -> str:
    return "–" if number is None else recognised(number.in_words, number.chance)


def _seeds_in_words(s: Setting) -> str:
    if len(s.seeds) == 1:
        return str(s.seeds[0])
    low, high = min(s.strongest.each), max(s.strongest.each)
    return f"{', '.join(map(str, s.seeds))}: {percent(low)} to {percent(high)} recognised"


def _marks(marks: pd.DataFrame, x: alt.X, y: alt.Y, tint: alt.Color) -> alt.Chart:
    there = [who for who in _SHAPES if who in set(marks["who"])]
    look = alt.Shape(
        "who:N",
        scale=alt.Scale(domain=there, range=[_SHAPES[who] for who in there]),
        legend=alt.Legend(
            title=None,
            orient="bottom",
            labelFontSize=LABEL_PX,
            labelLimit=260,
            symbolFillColor=NEUTRAL,
            symbolStrokeWidth=0,
            columns=4,
        ),
    )
    raw = alt.condition(f"datum.who == '{UNPROTECTED}'", alt.value(NEUTRAL), tint)
    return (
        alt.Chart(marks)
        .mark_point(filled=True, size=110, opacity=1)
        .encode(
            x=x,
            y=y,
            color=raw,
            shape=look,
            tooltip=[
                alt.Tooltip("method:N", title="method"),
                alt.Tooltip("strength:N", title="strength"),
                alt.Tooltip("by_strongest:N", title="people recognised"),
                alt.Tooltip("by_usual_test:N", title="people recognised, usual test"),
                alt.Tooltip("useful:N", title="activities recognised"),
                alt.Tooltip("by:N", title="measured by"),
                alt.Tooltip("rests_on:N", title="based on"),
                alt.Tooltip("seeds:N", title="seeds"),
            ],
        )
    )


def _seeds(found: Sequence[Setting], x: alt.X, y: alt.Y, tint: alt.Color) -> alt.Chart:
    """Draw each seed of a setting that has several."""
    dots = [
        {"method": s.method, "privacy": how_hidden(recognised_by, s.strongest.chance), "utility": useful}
        for s in found
        if len(s.seeds) > 1
        for recognised_by, useful in zip(s.strongest.each, s.useful.each, strict=True)
    ]
    frame = pd.DataFrame(dots, columns=["method", "privacy", "utility"])
    return alt.Chart(frame).mark_point(filled=True, size=16, opacity=0.7).encode(x=x, y=y, color=tint)


def _front(found: Sequence[Setting], x: alt.X, y: alt.Y) -> alt.Chart:
    steps = [{"privacy": s.strongest.hidden, "utility": s.useful.value} for s in front(found)]
    frame = pd.DataFrame(steps, columns=["privacy", "utility"])
    line = alt.Chart(frame).mark_line(interpolate="step-before", strokeWidth=7, color=NEUTRAL, opacity=0.3)
    return line.encode(x=x, y=y, order="privacy:Q")


def _strengths(strongest: pd.DataFrame, x: alt.X, y: alt.Y) -> alt.Chart:
    """Write the strength next to each mark where there is room; tooltips give it for all."""
    readable: list[dict] = []
    for row in strongest.to_dict("records"):
        close_by = [
            other
            for other in readable
            if all(abs(row[axis] - other[axis]) < ROOM for axis in ("privacy", "utility"))
        ]
        if not close_by:
            readable.append(row)
    words = alt.Chart(pd.DataFrame(readable)).mark_text(dx=9, dy=11, align="left", fontSize=11, color=NEUTRAL)
    return words.encode(x=x, y=y, text="step:N")


def _title(found: Sequence[Setting], by_person: bool) -> alt.TitleParams:
    claiming = [s for s in found if not s.nobody] or list(found)
    private = max(claiming, key=lambda s: s.strongest.hidden)
    hidden, surely = (
        percent(max(0.0, how_hidden(share, private.strongest.chance)))
        for share in (private.strongest.value, private.strongest.high)
    )
    finding = (
        "No setting hides people"
        if hidden == percent(0)
        else f"Hides people best: “{private.name}” ({hidden}, at least {surely}), with activities recognised at "
        f"{private.useful.in_words}"
    )
    which = (
        "People: the strongest attacker who trains on the release decides once for all windows of a person."
        if by_person
        else "Both numbers are those the verdicts rest on."
    )
    explanation = (
        f"{which} Each line is one method from mild to strong. Pale bars: 95 % intervals over people; dashes: pure "
        "guessing. The broad grey steps join the settings that no other setting beats on both counts (Pareto front)."
    )
    if any(s.nobody for s in found):
        explanation += (
            " Generated windows (squares) are attributed to no real person and left out of that comparison."
        )
    return titled(finding, explanation)
