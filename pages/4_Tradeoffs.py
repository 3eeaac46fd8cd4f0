"""Trade-offs: every version against every attacker, as charts, with intervals, chance and ceilings."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from data.spreadsheets import to_csv
from pages.ui import cache, charts
from pages.ui.charts import QUESTIONS, Drawing
from pages.ui.html_report import report_html
from pages.ui.progress import jobs_panel, start
from pages.ui.shell import TRAIN, need_study, open_page
from pages.ui.state import Session
from pages.ui.words import literal
from synth.audit.report import Report
from synth.study import Study

COLOURS = {
    "indistinguishable": "blue", "kept": "green", "safe": "green",
    "reduced": "orange", "cannot tell": "gray",
    "distinguishable": "red", "lost": "red", "at risk": "red",
}  # fmt: skip


def measure_rest(session: Session, study: Study, releases: Mapping[str, Mapping[str, Any]]) -> None:
    """Offer to measure what was not measured and is not being measured."""
    open_ones = [key for key in releases if session.background.to_measure(study, key)]
    if open_ones and st.button(
        f"Measure {len(open_ones)} version(s) that were not measured yet", type="primary"
    ):
        for key in open_ones:
            start(lambda key=key: session.background.measure(study, key), "Measured already.")
        st.rerun()


def verdict_board(reports: Mapping[str, Report]) -> None:
    """Show one line a version and one column a question: a word each, the sentences below."""
    columns = st.columns([2, *[2] * len(QUESTIONS)])
    columns[0].markdown("**Version**")
    for column, words in zip(columns[1:], QUESTIONS.values(), strict=True):
        column.markdown(f"**{words.title}**")
    for report in reports.values():
        name, *cells = st.columns([2, *[2] * len(QUESTIONS)], vertical_alignment="center")
        name.text(report.name)
        for cell, question in zip(cells, QUESTIONS, strict=True):
            verdict = report.verdicts.get(question)
            if verdict is not None:
                cell.badge(verdict.verdict, color=COLOURS[verdict.verdict], help=verdict.sentence)
    with st.expander("What these words rest on"):
        for report in reports.values():
            st.text(report.name)
            for question, verdict in report.verdicts.items():
                st.markdown(
                    f"- *{QUESTIONS[question].title}* **{verdict.verdict}**: {literal(verdict.sentence)}"
                )


def show(session: Session, drawing: Drawing, name: str, content_key: str) -> None:
    """Show a chart with its notes and its downloads."""
    for note in drawing.notes:
        st.caption(f"ⓘ {note}")
    if drawing.chart is None:
        st.info("There is nothing to draw for this question yet.")
        return
    st.altair_chart(drawing.chart, width="stretch")
    png, svg, _ = st.columns([1, 1, 6])
    with png:
        offer(session, "PNG", f"{name}.png", content_key, lambda: charts.download_png(drawing.chart))
    with svg:
        offer(session, "SVG", f"{name}.svg", content_key, lambda: charts.download_svg(drawing.chart))


def offer(session: Session, label: str, file: str, content_key: str, make: Callable[[], bytes]) -> None:
    """Offer a download that is made when it is asked for, and then remembered."""
    st.download_button(
        label,
        lambda: cache.made(session.owner, content_key, file, make),
        file,
        on_click="ignore",
        icon=":material/download:",
        width="stretch",
    )


def details(report: Report) -> None:
    """Show every number and every control of one version."""
    frame = report.to_frame().drop(columns="release")
    frame["tier"] = frame["tier"].map(charts.tier_in_words)
    share = st.column_config.NumberColumn(format="percent")
    columns = dict.fromkeys(("value", "low", "high", "chance", "ceiling"), share)
    st.dataframe(frame, hide_index=True, width="stretch", column_config=columns)
    st.markdown("**Controls:** cases with a known answer, given to the same attackers")
    controls = pd.DataFrame([vars(control) for control in report.controls])
    st.dataframe(controls, hide_index=True, width="stretch", column_config=columns)
    st.json({"release": dict(report.release), "data": dict(report.data), "seed": report.seed}, expanded=False)


def one_page(reports: Mapping[str, Report]) -> bytes:
    """Return all reports as one self-contained page."""
    return report_html(list(reports.values())).encode()


def all_numbers(reports: Mapping[str, Report]) -> bytes:
    """Return all results of all versions as one table."""
    return to_csv(pd.concat([report.to_frame() for report in reports.values()])).encode()


def downloads(session: Session, reports: Mapping[str, Report], content_key: str) -> None:
    """Offer the report as one page, all numbers as a table, and the versions themselves."""
    everything, one = st.columns(2, gap="large")
    with everything:
        st.markdown("**All versions together**")
        offer(
            session,
            "The report (one HTML page)",
            "penumbra_report.html",
            content_key,
            lambda: one_page(reports),
        )
        offer(session, "All numbers (CSV)", "penumbra_numbers.csv", content_key, lambda: all_numbers(reports))
    with one:
        names = {key: report.name for key, report in reports.items()}
        key = st.selectbox("Version to share", list(names), format_func=lambda k: names[k])
        told = [name for name, sensitive in session.roles.attributes.items() if not sensitive]
        offer(
            session,
            "This version (Parquet)",
            "release.parquet",
            f"{key} {told}",
            lambda: session.shelf.shareable(key, told),
        )
        offer(session, "Its report (JSON)", "report.json", key, lambda: reports[key].to_json().encode())


session = open_page(
    "Trade-offs",
    "What is each version still good for, and what does it still give away about the people in it?",
)
study = need_study(session)
jobs_panel(session)
releases = session.shelf.releases(study)
if not releases:
    st.info("There is no version to measure yet. Make one first; noise takes a second.")
    st.page_link(TRAIN, label="Make a shareable version")
    st.stop()
measure_rest(session, study, releases)
reports = session.shelf.reports(study)
if not reports:
    st.info("The first report appears here as soon as it is measured.")
    st.stop()

names = [str(card["name"]) for card in releases.values()]
ordered = list(reports.values())
content_key = " ".join(sorted(reports))
verdict_board(reports)
tabs = st.tabs(["Trade-off", *(words.title for words in QUESTIONS.values()), "All numbers", "Download"])
with tabs[0]:
    show(session, charts.tradeoff(ordered, names), "tradeoff", content_key)
for tab, question in zip(tabs[1:-2], QUESTIONS, strict=True):
    with tab:
        show(session, charts.question_chart(question, ordered, names), question, content_key)
        if question == "utility":
            show(session, charts.by_activity(ordered, names, session.roles), "by_activity", content_key)
with tabs[-2]:
    chosen = st.selectbox("Version", list(reports), format_func=lambda key: reports[key].name)
    details(reports[chosen])
    with st.popover("Delete this version"):
        st.markdown("Deletes the version, its report and the model that made it.")
        if st.button("Delete", type="primary"):
            session.shelf.delete_release(study, chosen)
            st.rerun()
with tabs[-1]:
    downloads(session, reports, content_key)
