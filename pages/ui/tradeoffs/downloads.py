"""What can be downloaded: apart what is for sharing, which names nobody, and what is for the owner only."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

import pandas as pd
import streamlit as st

from data.export.code_list import CodeList
from data.export.csv import to_csv
from data.export.doubts import Doubt, doubtful_attributes, doubtful_labels
from data.export.files import release_to_bytes
from data.export.sharing import Sharing
from pages.ui.common.chart_panel import offer
from pages.ui.common.markdown import literal
from pages.ui.common.state import Session
from synth.audit.goal import Decision, Goal, Standing
from synth.audit.report import Report
from synth.core.errors import TrainingError
from synth.reporting.advice import mechanism_of
from synth.reporting.data_card import data_card
from synth.reporting.for_sharing import for_sharing
from synth.reporting.html_report import OWNERS, report_html
from synth.reporting.share_package import file_stem, share_package
from synth.runs.study import Study

MAX_NAME = 60  # characters


def downloads(
    session: Session, study: Study, reports: Mapping[str, Report], content_key: str, decision: Decision
) -> None:
    """Offer reports, tables and versions: for sharing, and for the owner."""
    try:
        codes = session.repository.code_list(study)
    except TrainingError as error:
        st.error(literal(str(error)))
        return
    names = {standing.key: standing.name for standing in decision.standings}
    key = st.selectbox("Version to download", list(names), format_func=lambda k: names[k])
    shared, private = st.columns(2, gap="large")
    with shared:
        st.markdown("**For sharing**")
        st.caption(
            "A code such as P-7K2-M9X stands for each person, the same one in all versions of these recordings."
        )
        everybody = _with_people_of_imports(session, codes, reports)
        sharing = _agreed(session, study, everybody, reports[key])
        _for_sharing(session, reports, decision.of(key), sharing, content_key, decision.goal)
    with private:
        st.markdown("**For you only**")
        st.caption("These files can name people. Keep them apart from what you share.")
        _for_the_owner(session, reports, key, codes, content_key, decision.goal)


def _agreed(session: Session, study: Study, codes: CodeList, report: Report) -> Sharing:
    """Show what could name somebody, and let the owner say what is shared nevertheless."""
    windows = study.windows
    labels = [
        *doubtful_labels("activity", windows.activities, codes),
        *doubtful_labels("channel", windows.channels, codes),
    ]
    offered, doubts = [], []
    if report.release["claims_people"]:
        offered = [name for name, sensitive in session.data.roles.attributes.items() if not sensitive]
        doubts = doubtful_attributes(
            windows.attributes[[n for n in offered if n in windows.attributes]], codes
        )
    doubted = [doubt.name for doubt in doubts]
    if doubts:
        _warn("These attributes could name somebody. They are left out unless you include them:", doubts)
        included = st.multiselect("Include all the same", doubted, key="include doubtful attributes")
        doubted = [name for name in doubted if name not in included]
    if labels:
        _warn("Part of a person's name is in these. In shared files they are called:", labels)
    confirmed = st.multiselect(
        "These name nobody", [doubt.name for doubt in labels], key="confirmed labels",
        help="Chosen ones keep their names in shared files.",
    ) if labels else []  # fmt: skip
    return Sharing(codes, tuple(n for n in offered if n not in doubted), frozenset(confirmed))


def _warn(words: str, doubts: Sequence[Doubt]) -> None:
    listed = "\n".join(f"- {literal(d.name)} ({d.reason}): {literal(d.shown)}" for d in doubts)
    st.warning(f"{words}\n\n{listed}", icon=":material/visibility:")


def _wanted_all_the_same(standing: Standing) -> bool:
    """Warn of a version that fails the goal, and return whether it is to be shared nevertheless."""
    if standing.meets:
        return True
    st.warning(literal(f"“{standing.name}” fails your goal: {standing.why_not}."), icon=":material/block:")
    return st.checkbox(
        "I know, and want to share this version all the same", key=f"share {standing.key} all the same"
    )


def _for_sharing(
    session: Session,
    reports: Mapping[str, Report],
    standing: Standing,
    sharing: Sharing,
    content_key: str,
    goal: Goal,
) -> None:
    key = standing.key
    report = for_sharing(reports[key], sharing)
    data = _name_of_data(session, sharing.codes)
    wanted = _wanted_all_the_same(standing)
    chosen = (content_key, sharing.attributes, sorted(sharing.confirmed), goal)
    asked = hashlib.sha256(repr(chosen).encode()).hexdigest()
    of_one = f"{asked} {key} {report.effort}"
    parts = _parts(session, key, report, sharing, goal)
    stem, together = (file_stem(*names, on=date.today()) for names in ((data, report.name), (data,)))
    if wanted:
        offer(
            session, "Everything in one file (ZIP)", f"{stem}.zip", of_one,
            lambda: share_package({name: make() for name, make in parts.items()}, stem), main=True,
        )  # fmt: skip
        st.caption("Data, data card, report and checksums. Or one by one:")
        offer(session, "Data (Parquet)", f"{stem}_release.parquet", of_one, parts["release.parquet"])
    offer(
        session, "Data card (what it is, how it was made, what was measured)", f"{stem}_data_card.md", of_one,
        parts["data_card.md"],
    )  # fmt: skip
    offer(session, "Report (JSON)", f"{stem}_report.json", of_one, parts["report.json"])
    st.caption("Of all versions together:")

    def of_all() -> list[Report]:
        return [for_sharing(each, sharing) for each in reports.values()]

    offer(
        session, "Report (HTML)", f"{together}_report.html", asked,
        lambda: report_html(of_all(), goal=goal).encode(),
    )  # fmt: skip
    offer(
        session, "All numbers (CSV)", f"{together}_numbers.csv", asked,
        lambda: to_csv(pd.concat([each.to_frame() for each in of_all()])).encode(),
    )  # fmt: skip


def _parts(
    session: Session, key: str, report: Report, sharing: Sharing, goal: Goal
) -> dict[str, Callable[[], bytes]]:
    """Return what a version is shared with, by file name; each is made when it is asked for."""
    return {
        "release.parquet": lambda: session.repository.shareable(key, sharing),
        "data_card.md": lambda: data_card(report).encode(),
        "report.json": lambda: report.to_json().encode(),
        "report.html": lambda: report_html([report], goal=goal).encode(),
    }


def _name_of_data(session: Session, codes: CodeList) -> str:
    """Ask what the data is called in the names of files: the name of a file can say more than is to be shared."""
    recordings = session.data.recordings
    known = "" if recordings is None else codes.in_label(recordings.name)[:MAX_NAME]
    return codes.in_label(
        st.text_input(
            "Name of the data in file names", known, max_chars=MAX_NAME,
            help="Files are named after the data, the version and the day. Whoever receives them reads this name.",
        )
    )  # fmt: skip


def _with_people_of_imports(session: Session, codes: CodeList, reports: Mapping[str, Report]) -> CodeList:
    """Return codes for the people of versions from elsewhere, too, who may be others."""
    found = (session.release(key) for key, report in reports.items() if mechanism_of(report) is None)
    more = (person for release in found if release is not None for person in release.windows.subjects)
    return replace(codes, people=tuple(dict.fromkeys([*codes.people, *more])))


def _for_the_owner(
    session: Session,
    reports: Mapping[str, Report],
    key: str,
    codes: CodeList,
    content_key: str,
    goal: Goal,
) -> None:
    recordings = session.data.recordings
    data = "" if recordings is None else recordings.name
    stem, together = (file_stem(*names, on=date.today()) for names in ((data, reports[key].name), (data,)))
    offer(
        session, "Code list: which code is which person (CSV)", f"private_{together}_code_list.csv", content_key,
        lambda: codes.to_csv().encode(),
    )  # fmt: skip
    st.warning(
        "Whoever has the code list knows who is who in every version that you share. Never share it.",
        icon=":material/key:",
    )
    of_one = f"private {content_key} {key} {reports[key].effort}"
    offer(
        session, "Data with names (Parquet)", f"private_{stem}_with_names.parquet", of_one,
        lambda: _with_names(session, key),
    )  # fmt: skip
    offer(
        session, "Report with people (JSON)", f"private_{stem}_report.json", of_one,
        lambda: reports[key].to_json(private=True).encode(),
    )  # fmt: skip
    offer(
        session, "Report with names (HTML)", f"private_{together}_report.html", f"{content_key} {goal}",
        lambda: report_html(list(reports.values()), notice=OWNERS, goal=goal).encode(),
    )  # fmt: skip


def _with_names(session: Session, key: str) -> bytes:
    release = session.repository.release(key)
    if release is None:
        raise TrainingError("This version is not there any more. Make it again.")
    return release_to_bytes(release)
