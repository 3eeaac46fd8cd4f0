"""Missing samples of the recordings, on the Sketch page: fill them in, use the result, or go back."""

import streamlit as st

from data.gaps import Gaps
from pages.ui.common import cache
from pages.ui.common.markdown import literal
from pages.ui.common.progress import interrupted_panel, jobs_panel, start
from pages.ui.common.state import Session
from pages.ui.common.widgets import button
from synth.core.figures import percent
from synth.runs.study import Study

BEST = "The method with the smallest error on these gaps"


def missing_section(session: Session, study: Study) -> None:
    """Offer to fill in missing samples of the recordings in use; nothing where none are missing or were filled in."""
    recordings, key = session.data.recordings, session.data.recordings_key
    if recordings is None or key is None:
        return
    gaps = cache.gaps_of_recordings(session.owner, key, study.windows.n_timesteps, recordings)
    origin = session.repository.filled_from(key)
    if not len(gaps) and not origin:
        return
    interrupted_panel(session, study)
    with st.expander("Missing samples in the recordings", expanded=False):
        if origin:
            st.markdown(
                f"{percent(recordings.share_filled)} of the samples of these recordings were missing and were "
                f"filled in ({literal(recordings.filled_by)}). They are marked in every file and report."
            )
            button(session, "Go back to the original recordings", lambda: _use(session, origin))
        if len(gaps):
            _offer(session, study, key, gaps)


def _offer(session: Session, study: Study, key: str, gaps: Gaps) -> None:
    able = int(gaps.fillable.sum())
    st.markdown(
        f"**Gaps: {len(gaps):,}, {percent(gaps.share_missing)} of the samples.** Windows with gaps are not used. "
        f"{able:,} of them ({percent(gaps.share_fillable)} of the samples) can be filled in: those at most half a "
        "window long with data on both sides. The others stay missing, because nothing is known about that time."
    )
    if not able:
        st.caption("With longer windows (Data page), longer gaps can be filled in.")
        return
    ways = session.background.steps.ways_to_fill(study)
    choice, go = st.columns([3, 1], vertical_alignment="bottom")
    chosen = choice.selectbox(
        "Fill gaps with", [BEST, *ways], key="fill gaps with",
        help="Every method fills in the same gaps in complete windows from unused time; the one closest to the truth "
        "is used. The current recordings stay available.",
    )  # fmt: skip
    used = ways if chosen == BEST else {chosen: ways[chosen]}
    button(
        session, "Fill in missing samples",
        lambda: start(lambda: session.background.fill_gaps(study, key, used), ""),
        place=go, width="stretch",
    )  # fmt: skip
    jobs_panel(session, topic="fill")
    for filled, name in session.repository.filled_versions(key).items():
        recordings = cache.recordings(session.owner, filled, session.repository)
        if recordings is None:
            continue
        words, use = st.columns([3, 1], vertical_alignment="center")
        words.markdown(
            f"✓ **{literal(name)}**: {percent(recordings.share_filled)} filled in ({literal(recordings.filled_by)}). "
            f"{literal(recordings.findings[-1].done)}"
        )
        button(
            session, "Use these recordings", lambda filled=filled: _use(session, filled),
            key=f"use {filled}", place=use, width="stretch",
        )  # fmt: skip


def _use(session: Session, key: str) -> bool:
    """Work on other recordings of the same people and activities, with the same roles."""
    roles = session.data.roles
    session.data.use_kept(key)
    session.data.roles = roles
    return True
