"""The strength sweep: choose settings, start, watch the chart fill in, stop, resume, keep one as a version."""

import hashlib
from collections.abc import Mapping, Sequence

import streamlit as st

from data.export.csv import to_csv
from pages.ui.common.chart_panel import offer, show
from pages.ui.common.markdown import literal
from pages.ui.common.progress import duration, start
from pages.ui.common.state import Session
from pages.ui.common.widgets import button, remembered, show_table
from synth.audit.report import Report
from synth.core.learner import PRESETS, preset
from synth.mechanisms.base import Mechanism, mechanisms
from synth.reporting import charts
from synth.reporting.charts.sweep.figures import Setting
from synth.runs.study import Study
from synth.runs.sweep import EFFORT, MAX_SEEDS, Point, points
from synth.runs.workers import cluster

FIRST_CHOICE = ["noise", "granularity"]
GUESS_S, GUESS_OF_NETWORKS_S = 20.0, 120.0  # per point, until some have been measured on this machine
REFERENCE_S = 60.0
REFRESH_S = 6.0  # redrawing the chart takes half a second of a core
Known = Mapping[Point, Report]


def sweep_section(session: Session, study: Study) -> None:
    """Show the whole section; it needs no version."""
    st.markdown(
        "How strong must the protection be, and what does it cost? Each method is run at several strengths, and each "
        "result faces two attackers: the one used in most papers, trained on the original recordings only, and one who "
        "trains on the version itself."
    )
    asked = _choose(session)
    if not asked:
        st.info("Choose at least one method and at least one strength.")
        return
    running = any(job.active for job in session.background.swept(study))
    known = _known(session, study, asked)
    _start_or_stop(session, study, asked, known, running)
    if running:
        _live_results(session, study, asked)
    else:
        _results(session, study, asked, known, running=False)


def _choose(session: Session) -> list[Point]:
    """Let the user choose methods, strengths and repetitions, and list the points."""
    known = mechanisms()
    kinds, times = st.columns([4, 1])
    with kinds:
        chosen = remembered(
            session, "sweep methods", FIRST_CHOICE,
            lambda key: st.multiselect("Methods", list(known), format_func=lambda k: known[k].title, key=key),
        )  # fmt: skip
    with times:
        words = (
            "How often each setting is run, each time with another seed. Repetitions show how much is chance."
        )
        n_seeds = remembered(
            session, "sweep seeds", 1,
            lambda key: st.number_input("Repetitions", 1, MAX_SEEDS, key=key, help=words),
        )  # fmt: skip
    choice = dict(filter(None, (_strengths(session, known[kind]) for kind in chosen)))
    return points(choice, range(session.data.seed, session.data.seed + int(n_seeds)))


def _strengths(session: Session, kind: type[Mechanism]) -> tuple[Mechanism, Sequence[float]] | None:
    """Let the user choose the strengths of one method; `None` where none was chosen."""
    name, steps, how = st.columns([2, 5, 2], vertical_alignment="center")
    name.markdown(f"**{kind.title}**", help=kind.summary)
    mechanism = preset(kind, _preset(session, kind, how)).for_roles(session.data.roles)
    for label in mechanism.missing_roles():
        name.caption(f"Data page: nothing chosen for “{label}”.")
    dial = kind.dial
    if dial is None:
        steps.caption("no adjustable strength: one point")
        return mechanism, ()
    key = f"sweep steps {kind.kind}"
    chosen = remembered(
        session, key, list(dial.steps),
        lambda key: steps.pills(
            mechanism.dial_label(), list(dial.steps), selection_mode="multi",
            format_func=lambda step: f"{step:g}", key=key,
        ),
    )  # fmt: skip
    return (mechanism, tuple(chosen)) if chosen else None


def _preset(session: Session, kind: type[Mechanism], place) -> str:
    if not kind.presets:
        return next(iter(PRESETS))
    return remembered(
        session, f"sweep preset {kind.kind}", next(iter(PRESETS)),
        lambda key: place.selectbox(
            f"How thorough is {kind.title}?", list(PRESETS), key=key, label_visibility="collapsed",
            format_func=lambda name: f"{name.capitalize()}: {PRESETS[name].lower()}",
        ),
    )  # fmt: skip


def _known(session: Session, study: Study, asked: Sequence[Point]) -> Known:
    found = {point: session.repository.point(study, point) for point in asked}
    return {point: report for point, report in found.items() if report is not None}


def _start_or_stop(
    session: Session, study: Study, asked: Sequence[Point], known: Known, running: bool
) -> None:
    missing = [point for point in asked if session.background.to_sweep(study, point)]
    buttons, words = st.columns([1, 4], vertical_alignment="center")
    with words:
        st.caption(_estimate(session, study, asked, known, missing, running))
    with buttons:
        if missing:
            button(
                session, "Resume" if known else "Start",
                lambda: start(
                    lambda: session.background.sweep(study, missing) or None, "All points have already been measured."
                ),
                key="sweep", type="primary", width="stretch",
            )  # fmt: skip
        if running and st.button("Stop", key="stop sweep", width="stretch"):
            session.background.stop_sweep(study)
            st.rerun()


def _estimate(
    session: Session,
    study: Study,
    asked: Sequence[Point],
    known: Known,
    missing: Sequence[Point],
    running: bool,
) -> str:
    """Say how many points there are, how many are measured, and how long the others take."""
    counted = "1 point" if len(asked) == 1 else f"{len(asked)} points"
    if len(known) == len(asked):
        return f"{counted}, all measured."
    if known:
        counted += f", {len(known)} measured"
    if running:
        return f"{counted}. Finished points are kept if you stop." + (
            f" {len(missing)} of the chosen points have not been started." if missing else ""
        )
    workers = cluster.own_task_workers()
    seconds = duration(sum(_seconds_a_point(session, study, missing)) / workers)
    once = (
        ""
        if session.repository.reference(study, EFFORT)
        else (f", plus about {duration(REFERENCE_S)} once for the original recordings")
    )
    return (
        f"{counted}; roughly {seconds} for the rest, on {workers} workers{once}. You can stop at any time: finished "
        "points are kept and never recomputed."
    )


def _seconds_a_point(session: Session, study: Study, missing: Sequence[Point]) -> list[float]:
    """Estimate how long each point takes, from other points of its method where there are any."""
    took: dict[str, list[float]] = {}
    for card in session.repository.points(study).values():
        took.setdefault(card["learner"]["kind"], []).append(card["seconds"])

    def seconds(point: Point) -> float:
        seen = took.get(point.mechanism.kind)
        guess = GUESS_OF_NETWORKS_S if point.mechanism.presets else GUESS_S
        return sum(seen) / len(seen) if seen else guess

    return [seconds(point) for point in missing]


@st.fragment(run_every=REFRESH_S)
def _live_results(session: Session, study: Study, asked: Sequence[Point]) -> None:
    """Show the results so far, updated while the rest is computed."""
    _results(session, study, asked, _known(session, study, asked), running=True)


def _results(session: Session, study: Study, asked: Sequence[Point], known: Known, *, running: bool) -> None:
    if not known and not any(session.repository.earlier_point(study, point) for point in asked):
        st.info(
            "The first points appear here as soon as they are measured."
            if running
            else "Nothing has been measured yet. Press *Start*: the chart fills in as points are measured, and you can "
            "keep working on other pages."
        )
        return
    by_person = st.toggle(
        "Combine all windows of a person (aggregated)",
        key="sweep by person",
        help="An attacker who knows which windows belong to one person can combine them, and is right more often.",
    )
    before = {point: session.repository.earlier_point(study, point) for point in asked if point not in known}
    earlier = {point: report for point, report in before.items() if report is not None}
    if earlier:
        st.warning(
            f"{len(earlier)} of the points shown were measured by an earlier version of Penumbra. Measure them again "
            "before you compare them with others.",
            icon=":material/history:",
        )
    shown = {**known, **earlier}
    measured = [(point, shown[point]) for point in asked if point in shown]
    content_key = hashlib.sha256(
        repr([(study.key, point, report.seed) for point, report in measured] + [by_person]).encode()
    ).hexdigest()
    methods = list(dict.fromkeys(point.method for point in asked))
    drawing = charts.sweep(measured, by_person=by_person, methods=methods)
    show(session, drawing, "strength_sweep", content_key)
    found, _ = charts.sweep_settings(measured, by_person=by_person)
    if found:
        _one_setting(session, study, shown, found)
    with st.expander("All results of the sweep"):
        table = charts.sweep_table(measured)
        show_table(table, [name for name in table.columns if "recognised" in name])
        offer(session, "Table (CSV)", "strength_sweep.csv", content_key, lambda: to_csv(table).encode())


def _one_setting(session: Session, study: Study, known: Known, found: Sequence[Setting]) -> None:
    """Compare both attackers at one setting, and offer to keep it as a version."""
    names = {setting.name: setting for setting in found}
    worst = charts.most_flattered(found) or found[0]
    look, keep = st.columns([4, 1], vertical_alignment="bottom")
    chosen = look.selectbox("Setting", list(names), index=list(names).index(worst.name), key="sweep setting")
    setting = names[chosen]
    st.markdown(f"**{literal(charts.sweep_sentence(setting))}**")
    point = next(p for p in known if (p.method, p.strength) == (setting.method, setting.strength))
    done_already = f"{point.turned.label()} is already a version."
    button(
        session, "Keep as a version",
        lambda: start(lambda: session.background.make(study, point.turned), done_already),
        place=keep, width="stretch",
        help="Makes it again with the seed of this workspace, and measures everything.",
    )  # fmt: skip
