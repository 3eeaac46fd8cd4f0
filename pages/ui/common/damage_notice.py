"""What is damaged, on every page: one sentence each, with what can be done."""

import streamlit as st

from pages.ui.common.markdown import literal
from pages.ui.common.state import Session
from synth.runs.upkeep.leftovers import remove
from synth.runs.upkeep.set_aside import Damage

KNOWN = "damage that is known"
MOST = 5  # sentences; the others are counted


def damage_notice(session: Session) -> None:
    """Name what is damaged; nothing where nothing is, or all of it is known."""
    known = session.workspace.get(KNOWN, [])
    damages = [damage for damage in session.repository.store.damages() if _name(damage) not in known]
    if not damages:
        return
    sentences = [literal(damage.sentence) for damage in damages]
    more = f"\n\n{len(damages) - MOST} more are damaged." if len(damages) > MOST else ""
    st.warning("\n\n".join(sentences[:MOST]) + more, icon=":material/healing:")
    with st.container(horizontal=True):
        if st.button("Do not show again", key="damage known"):
            session.workspace.keep(KNOWN, [*known, *map(_name, damages)])
            st.rerun()
        if st.button("Delete the damaged files", key="delete damaged"):
            for damage in damages:
                if damage.folder is not None:
                    remove(damage.folder)
            st.rerun()
        st.caption("Everything else is unaffected. Damaged files were moved, not deleted.")


def _name(damage: Damage) -> str:
    return f"{damage.kind} {damage.key}"
