"""What every page starts with: title, status strip, and a hint where to start without data."""

from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator_singletons import context_dg_stack, get_default_dg_stack_value

from data.errors import PenumbraError
from data.release import Release
from pages.ui.common import addresses
from pages.ui.common.damage_notice import damage_notice
from pages.ui.common.markdown import literal
from pages.ui.common.state import Session, login
from synth.core import env_vars
from synth.runs.study import Study

HOME, DATA, TRAIN, SKETCH, TRADEOFFS = (
    "home.py",
    "pages/1_Data.py",
    "pages/2_Train.py",
    "pages/3_Sketch.py",
    "pages/4_Tradeoffs.py",
)
ADDRESS = "address of Trade-offs"  # where a browser tab keeps what stood in it, for links that lead back


# The main thing of a page is visible at 1280 x 800 without scrolling.
STYLE = (
    ".stMainBlockContainer {padding: 2.2rem 3rem 3rem} .stMainBlockContainer h1 {padding: 0; font-size: 1.9rem} "
    ".stMainBlockContainer h2 {font-size: 1.5rem} "
    "@media (max-width: 640px) {.stMainBlockContainer {padding: 2.2rem 1rem 3rem}}"
)
# Streamlit writes white on the dark theme's colour, which is light so that it can be read on dark ground itself.
DARK_STYLE = (
    '[data-testid="stBaseButton-primary"], [data-testid="stBaseButton-primary"]:is(:hover, :focus, :active) '
    "{color: #0B1016}"
)


@dataclass(frozen=True)
class PageStatus:
    """One of the four pages, and whether there is a result on it."""

    page: str
    title: str
    done: bool
    detail: str


def open_page(title: str, question: str) -> Session:
    """Set up the page, show the status strip, and return the session.

    Args:
        title: The page's name.
        question: What the page is for, in one plain sentence.
    """
    _write_to_the_page()
    st.set_page_config(page_title=f"{title} · Penumbra", page_icon="🌘", layout="wide")
    st.html(f"<style>{STYLE} {DARK_STYLE if is_dark() else ''}</style>")
    need_login()
    session = Session()
    session.look_after()
    session.tab.visit(title)
    status_strip(session)
    if env_vars.scheduler():
        st.warning(f"{data_location_notice()} (PENUMBRA_SCHEDULER is set.)")
    st.title(title)
    st.markdown(question)
    return session


def is_dark() -> bool:
    """Return whether the page is shown dark."""
    return st.context.theme.type == "dark"


def _write_to_the_page() -> None:
    """Write to the page itself, not into a part of it that has just been drawn anew.

    Without `runner.fastReruns`, a click right after a timed fragment is answered by the fragment's own thread, in which
    Streamlit 1.67 goes on writing where the fragment was: the page was drawn inside it, and then went blank.
    """
    context_dg_stack.set(get_default_dg_stack_value())


@st.fragment(run_every=5)
def status_strip(session: Session) -> None:
    """Show the four pages: what is done, what is next, and what runs in the background."""
    session.be_seen()
    steps = _steps(session)
    following = next((step.title for step in steps if not step.done), None)
    with st.container(border=True):
        home, *columns = st.columns([1, *[1] * len(steps)])
        with home:
            st.page_link(HOME, label="**Penumbra**", icon="🌘", width="stretch")
            st.caption("Start page")
        for column, step in zip(columns, steps, strict=True):
            mark = "✓" if step.done else "→" if step.title == following else "·"
            with column:
                link(session, step.page, f"{mark} {step.title}", width="stretch")
                st.caption(step.detail)
    damage_notice(session)


def link(session: Session, page: str, label: str, **looks: Any) -> None:
    """Show a link to a page; to Trade-offs, as this browser tab left it."""
    left = session.tab.get(ADDRESS) if page == TRADEOFFS else None
    st.page_link(page, label=label, query_params=left, **looks)


def need_login() -> None:
    """Ask for a login and stop the page, where a served app has one set up (docs/security.md)."""
    if not addresses.is_local() and login().get("is_logged_in") is False:
        st.title("Penumbra")
        st.button("Log in", on_click=st.login, type="primary")
        st.stop()


def data_location_notice() -> str:
    """Say whether recordings leave this computer."""
    address = env_vars.scheduler()
    if address is None:
        return "Nothing leaves this computer."
    return f"Recordings are sent to the computing cluster at {address}."


def need_study(session: Session) -> Study:
    """Return the study, or say what to do first and stop the page."""
    try:
        study = session.data.study
    except PenumbraError as error:
        st.error(literal(str(error)))
        st.page_link(DATA, label="Go to the Data page")
        st.stop()
    if study is None:
        st.info("There are no recordings yet. Load some first, or start with the sample.")
        st.page_link(DATA, label="Go to the Data page")
        st.stop()
    return study


def need_release(session: Session, key: str) -> Release:
    """Return a version that was listed; say so and stop the page where it was deleted in the meantime."""
    release = session.release(key)
    if release is None:
        st.error("This version was deleted in the meantime, or is damaged. Reload the page.")
        st.stop()
    return release


def _steps(session: Session) -> list[PageStatus]:
    recordings = session.data.recordings
    try:
        study = session.data.study
    except PenumbraError:
        study = None
    releases = {} if study is None else session.repository.releases(study)
    corrected = sum(1 for card in releases.values() if card["corrections"])
    measured = 0 if study is None else len(session.repository.reports(study))
    running = [job for job in session.jobs.of(session.owner) if job.active]
    training = sum(1 for job in running if job.topic == "train")
    measuring = sum(1 for job in running if job.topic == "measure")
    return [
        PageStatus(
            DATA, "Data", study is not None, literal(recordings.name) if recordings else "No recordings yet"
        ),
        PageStatus(TRAIN, "Train", bool(releases), _count(len(releases), "version", training, "in training")),
        PageStatus(SKETCH, "Sketch", corrected > 0, _count(corrected, "corrected version", 0, "")),
        PageStatus(
            TRADEOFFS, "Trade-offs", measured > 0, _count(measured, "report", measuring, "being measured")
        ),
    ]


def _count(done: int, what: str, running: int, doing: str) -> str:
    text = f"{done} {what}{'' if done == 1 else 's'}"
    return f"{text}, {running} {doing}" if running else text
