"""Results that were shipped with the program: say so wherever they are shown, and compute them here on request."""

import streamlit as st

from data.plurals import counted
from pages.ui.common.progress import start
from pages.ui.common.state import Session
from pages.ui.common.widgets import button
from synth.audit.report import BEFOREHAND
from synth.runs.beforehand.sample_results import anew, marked
from synth.runs.study import Study

HOW_LONG = "half an hour"  # on two cores


def beforehand_notice(session: Session, study: Study) -> None:
    """Say what was computed beforehand, and offer to compute it here; nothing where there is none."""
    found = marked(study, session.repository.store)
    entries = [entry for some in found.values() for entry in some]
    if not entries:
        return
    by = " and ".join(sorted({str(entry.card[BEFOREHAND]) for entry in entries}))
    there = {
        ("version", "versions"): len(found["release"]),
        ("point of the strength sweep", "points of the strength sweep"): len(found["point"]),
        ("model that fills gaps", "models that fill gaps"): len(found["model"]) - len(found["release"]),
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f":material/inventory_2: {BEFOREHAND.capitalize()}, version {by}, on the sample with seed {study.seed}: "
            f"{', '.join(counted(n, *words) for words, n in there.items() if n > 0)}."
        )
        compute = st.popover("Compute it here", width="content")
    with compute:
        st.markdown(
            f"Deletes these results and computes the same on this computer, with the same methods, settings and seed. "
            f"That takes about {HOW_LONG}. You can keep working in the meantime, and stop it."
        )
        button(session, "Delete and compute", lambda: _anew(session, study), key="anew", type="primary")


def _anew(session: Session, study: Study) -> bool:
    return start(lambda: anew(session.background, study) or True, "")
