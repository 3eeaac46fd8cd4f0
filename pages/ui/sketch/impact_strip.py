"""The strip that says what accepted corrections changed. Shows what quick judges found; computes nothing."""

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
from synth.edit_impact.consequence import Consequence
from synth.runs.study import Study

MAX_VERSIONS = 3  # whose judges stay in memory


def consequences_strip(
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
        help="Quick versions of the report's attackers judge the corrected windows by themselves, before and after. "
        "Save the corrections as a version for the full report.",
    )
    prepare_judges(session, study, release)
    key = session.background.judges_key(study, release)
    judges = cache.judges().get(key)
    if judges is None:
        _wait(session, key)
        return
    found = cache.consequences_of(key, _digest(accepted_edits), judges, accepted_edits)
    for column, consequence in zip(st.columns(len(found), gap="medium"), found, strict=True):
        with column:
            _show(consequence)


def prepare_judges(session: Session, study: Study, release: Release) -> None:
    """Have the judges of a version ready when the first correction is accepted; does nothing where they are."""
    key = session.background.judges_key(study, release)
    kept = cache.judges()
    job = session.jobs.get(key)
    if key in kept or (job is not None and job.status != "done"):
        return

    def keep(judges: object) -> None:
        kept[key] = judges
        while len(kept) > MAX_VERSIONS:
            kept.pop(next(iter(kept)))

    start(lambda: session.background.judges(study, release, keep), "")


def _wait(session: Session, key: str) -> None:
    """Show how far the judges are; where they were stopped or failed, offer to begin again."""
    jobs_panel(session, topic="judge")
    job = session.jobs.get(key)
    if job is None or job.active:
        return

    def begin_again() -> bool:
        session.jobs.dismiss(key)
        return True

    button(session, "Judge the corrections", begin_again)


def _show(consequence: Consequence) -> None:
    question = question_of(consequence.question)
    basis = f" {literal(consequence.basis)}" if consequence.basis else ""
    st.markdown(question.title, help=f"The field calls it {question.term}.{basis}")
    before, after = literal(consequence.said_before), literal(consequence.said_after)
    if consequence.before is None:
        st.caption(after)
    elif before == after:
        st.markdown(f"As before: {after}")
    else:
        st.markdown(f"{before} → **{after}**")
    if consequence.chance is not None:
        st.caption(f"{_chance_said(consequence)}: {percent(consequence.chance)}")


def _chance_said(consequence: Consequence) -> str:
    if consequence.question in ("discriminator", "copies"):
        return "Untouched real windows mistaken for it"
    return "By guessing"


def _digest(edits: Mapping[int, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for index in sorted(edits):
        digest.update(f"{index} ".encode() + np.ascontiguousarray(edits[index], np.float32).tobytes())
    return digest.hexdigest()
