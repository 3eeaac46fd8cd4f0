"""One method, one slider: the movement before and after, what attackers get, and the mark on the map move together."""

import hashlib
from collections.abc import Mapping, Sequence

import streamlit as st

from pages.ui.common import cache
from pages.ui.common.markdown import literal
from pages.ui.common.progress import start
from pages.ui.common.state import Session
from pages.ui.common.widgets import button
from pages.ui.tradeoffs import address
from pages.ui.tradeoffs.strength_window import before_and_after, choose_window
from synth.audit.report import Report
from synth.core.learner import preset
from synth.mechanisms.base import Dial, Mechanism, mechanisms
from synth.reporting import charts
from synth.reporting.charts.sweep.figures import Setting
from synth.runs.study import Study
from synth.runs.sweep import Point

N_BETWEEN = 4  # strengths of the slider between two of the dial's


@st.fragment
def strength_panel(session: Session, study: Study, reports: Mapping[str, Report]) -> None:
    """Let the user turn the dial of a method, and show at once what that changes.

    Args:
        session: Of the person.
        study: The data.
        reports: Of all versions, for comparison on the map.
    """
    chosen, turned = st.columns([1, 3])
    with chosen:
        mechanism = _method(session, study)
    with turned:
        strength = _strength(mechanism)
    address.remember_address(session)
    dial = _dial(mechanism)
    settings, drawn = _drawn(session, study, mechanism, reports)
    now = charts.expected(settings, dial, strength)
    _say(session, study, mechanism, strength, now, settings)
    index, sensor = choose_window(session, study.split.fit)
    trace, numbers, place = st.columns(3)
    with trace:
        before_and_after(session, study, mechanism, strength, index, sensor)
    if not settings:
        numbers.info(
            "No strength of this method has been measured: *Measure the usual strengths* draws its curves."
        )
        return
    row = charts.row_of_now(dial.place(strength), now)
    for number, (column, chart) in enumerate(zip((numbers, numbers, place), drawn, strict=True)):
        sets = {**chart["datasets"], charts.NOW: [row]}
        # The chart stays the same and one row of its data changes: the browser need not draw it anew.
        column.vega_lite_chart(spec={**chart, "datasets": sets}, width="stretch", key=f"strength {number}")


def _method(session: Session, study: Study) -> Mechanism:
    """Let the user choose a method with a dial, those with measured strengths first."""
    known = {kind: method for kind, method in mechanisms().items() if method.dial is not None}
    cards = session.repository.points(study).values()
    made = session.repository.releases(study).values()
    tried = [str(card["learner"]["kind"]) for card in cards]
    tried += [str((card["made"].get("mechanism") or {}).get("kind")) for card in made]
    kinds = sorted(known, key=lambda kind: -tried.count(kind))
    kind = address.chosen_in_address(
        session, address.METHOD, {kind: kind for kind in kinds},
        lambda key: st.selectbox("Method", kinds, format_func=lambda k: known[k].title, key=key),
    )  # fmt: skip
    return preset(known[kind], "quick").for_roles(session.data.roles)


def _strength(mechanism: Mechanism) -> float:
    """Let the user set the strength: mild on the left, more private on the right."""
    dial = _dial(mechanism)
    offered = list(dial.grid(N_BETWEEN))
    usual = min(offered, key=lambda s: abs(dial.place(s) - dial.place(getattr(mechanism, dial.field))))
    return st.select_slider(
        f"**{mechanism.dial_label()}** · mild on the left, **more private on the right**",
        offered,
        value=usual,
        format_func=lambda s: f"{s:g}",
        key=f"{address.STRENGTH}{mechanism.kind}",
        bind="query-params",
    )


def _drawn(
    session: Session, study: Study, mechanism: Mechanism, reports: Mapping[str, Report]
) -> cache.DrawnStrengths:
    """Return the measured strengths and their charts, drawn again only where something was measured since."""
    kept = [entry.key for kind in ("point", "report") for entry in session.repository.store.entries(kind)]
    key = hashlib.sha256(repr([study.key, mechanism, kept, sorted(reports)]).encode()).hexdigest()

    def draw() -> cache.DrawnStrengths:
        dial, measured = _dial(mechanism), session.repository.measured_strengths(study, mechanism)
        found, _ = charts.sweep_settings(list(measured.items()))
        settings = sorted(found, key=lambda setting: dial.place(float(setting.strength or 0)))
        if not settings:
            return settings, []
        curves = charts.curves(settings, dial, mechanism.dial_label())
        drawings = [*curves, charts.strengths_on_map(settings, charts.places_of(reports))]
        return settings, [drawing.to_dict() for drawing in drawings]

    return cache.drawn_strengths(session.owner, key, draw)


def _say(
    session: Session,
    study: Study,
    mechanism: Mechanism,
    strength: float,
    now: charts.Expected | None,
    settings: Sequence[Setting],
) -> None:
    """Say what to expect, and offer to measure it exactly in the background."""
    said, measure, keep = st.columns([4, 1, 1], vertical_alignment="center")
    said.markdown(f"**{literal(now.in_words)}**" if now else "This strength has not been measured.")
    turned = mechanism.at(strength)
    wanted = [Point(mechanism, s, study.seed) for s in ([strength] if settings else _dial(mechanism).steps)]
    missing = [point for point in wanted if session.background.to_sweep(study, point)]
    running = any(job.active for job in session.background.swept(study))
    if missing:
        button(
            session, "Measure exactly" if settings else "Measure the usual strengths",
            lambda: start(lambda: session.background.sweep(study, missing) or None, "This has been measured."),
            key="measure strength", place=measure, width="stretch",
            help="Makes and attacks it in the background; the measured number then replaces the estimate.",
        )  # fmt: skip
    elif running and (now is None or now.between):
        measure.caption("Being measured ...")
    button(
        session, "Make this version",
        lambda: start(
            lambda: session.background.make(study, turned), f"{turned.label()} is already a version."
        ),
        key="keep strength", place=keep, width="stretch", help="Makes this version, and measures everything.",
    )  # fmt: skip


def _dial(mechanism: Mechanism) -> Dial:
    if mechanism.dial is None:
        raise ValueError(f"{mechanism.kind} has no dial, so it has no strengths.")
    return mechanism.dial
