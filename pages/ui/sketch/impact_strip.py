"""The strip that says what accepted corrections changed. Shows what quick checks found; computes nothing."""

import hashlib
from collections.abc import Mapping

import numpy as np
import streamlit as st

from data.release import Release
from pages.ui.common import cache
from pages.ui.common.markdown import literal
from pages.ui.common.progress import jobs_panel, start
from pages.ui.common.state import Session
from pages.ui.common.widgets import button
from synth.audit.question import question_of
from synth.core.figures import percent
from synth.edit_impact.impact import EditImpact
from synth.runs.study import Study

MAX_VERSIONS = 3  # whose impact panels stay in memory


def impact_strip(
    session: Session, study: Study, release: Release, accepted_edits: Mapping[int, np.ndarray]
) -> None:
    """Show what the accepted corrections of a version changed; nothing where there are none.

    Args:
        session: Whose corrections they are.
        study: What the version was made from.
        release: The version before them.
        accepted_edits: Window -> its corrected values `(timesteps, channels)`.
    """
    if not accepted_edits:
        return
    n = len(accepted_edits)
    what = "the accepted correction" if n == 1 else f"the {n} accepted corrections"
    st.markdown(
        f"**What {what} changed**",
        help="Quick versions of the report's attacks measure each corrected window by itself, before and after. "
        "Save the corrections as a version for the full report.",
    )
    prepare_impact_panel(session, study, release)
    key = session.background.impact_panel_key(study, release)
    impact_panel = cache.impact_panels().get(key)
    if impact_panel is None:
        _wait(session, key)
        return
    found = cache.impacts_of(key, _digest(accepted_edits), impact_panel, accepted_edits)
    for column, impact in zip(st.columns(len(found), gap="medium"), found, strict=True):
        with column:
            _show(impact)


def prepare_impact_panel(session: Session, study: Study, release: Release) -> None:
    """Have the impact panel of a version ready when the first correction is accepted; start it only once."""
    key = session.background.impact_panel_key(study, release)
    kept = cache.impact_panels()
    job = session.jobs.get(key)
    if key in kept or (job is not None and job.status != "done"):
        return

    def keep(impact_panel: object) -> None:
        kept[key] = impact_panel
        while len(kept) > MAX_VERSIONS:
            kept.pop(next(iter(kept)))

    start(lambda: session.background.impact_panel(study, release, keep), "")


def _wait(session: Session, key: str) -> None:
    """Show the progress of fitting; where it was stopped or failed, offer to start again."""
    jobs_panel(session, topic="judge")
    job = session.jobs.get(key)
    if job is None or job.active:
        return

    def begin_again() -> bool:
        session.jobs.dismiss(key)
        return True

    button(session, "Check the corrections", begin_again)


def _show(impact: EditImpact) -> None:
    question = question_of(impact.question)
    basis = f" {literal(impact.basis)}" if impact.basis else ""
    st.markdown(question.title, help=f"Technical term: {question.term}.{basis}")
    before, after = literal(impact.text_before), literal(impact.text_after)
    if impact.before is None:
        st.caption(after)
    elif before == after:
        st.markdown(f"As before: {after}")
    else:
        st.markdown(f"{before} → **{after}**")
    if impact.chance is not None:
        st.caption(f"{_chance_said(impact)}: {percent(impact.chance)}")


def _chance_said(impact: EditImpact) -> str:
    if impact.question in ("discriminator", "copies"):
        return "Untouched real windows mistaken for it"
    return "Guessing"


def _digest(edits: Mapping[int, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for index in sorted(edits):
        digest.update(f"{index} ".encode() + np.ascontiguousarray(edits[index], np.float32).tobytes())
    return digest.hexdigest()
