"""Fill in what is unknown on the window that is drawn on, show it, accept it."""

import numpy as np
import streamlit as st

from pages.ui import charts
from pages.ui.fillers import Filler, fillers
from pages.ui.shell import TRAIN
from pages.ui.sketch.book import Filling
from pages.ui.sketch.easel import Motif
from pages.ui.sketch.sheet import changed_spans
from pages.ui.state import Session
from synth.editing.marks import Correction, fill, provenance
from synth.study import Study

N_DRAWS = 5
FILLER, AT_ONCE = "sketch filler", "sketch at once"


def choose_filler(session: Session, study: Study) -> tuple[str, Filler]:
    """Show the ways to fill in and return the chosen one with its name."""
    ways = fillers(session, study)
    noted = session.note(FILLER)
    session.start_widget(FILLER, noted if noted in ways else next(iter(ways)))
    name = st.selectbox("Fill in what is unknown with", list(ways), key=FILLER)
    session.take_note(FILLER, name)
    return name, ways[name]


def fill_in(
    session: Session, study: Study, motif: Motif, correction: Correction, name: str, filler: Filler
) -> Filling | None:
    """Fill a correction in, at once or when asked to; return its filling if there is one.

    Args:
        session: Remembers the choices.
        study: What the fillers learnt from.
        motif: What is drawn on.
        correction: What was drawn.
        name: What the chosen filler is called.
        filler: Makes it.

    Raises:
        PenumbraError: If the filler cannot fill these windows.
    """
    session.start_widget(AT_ONCE, session.note(AT_ONCE, True))
    at_once = st.toggle("Fill in while I draw", key=AT_ONCE)
    session.take_note(AT_ONCE, at_once)
    filling = motif.book.filling(correction)
    if filling is not None and filling.filler not in (name, ""):
        filling = None
    is_open = bool(correction.rough.any() or not correction.mask.all())
    can_ask = filling is None and not correction.untouched
    asked = not at_once and st.button("Fill in" if is_open else "Apply", type="primary", disabled=not can_ask)
    if not can_ask or not (asked or at_once):
        return filling
    with st.spinner(f"{name} is filling in ...", show_time=True):
        imputer = filler() if is_open else None
        draws = (
            fill(correction, imputer, seed=study.seed, n_draws=N_DRAWS)
            if is_open
            else correction.values[None]
        )
    made = provenance(correction, study.windows.channels, imputer=imputer, seed=study.seed)
    filling = Filling(name if is_open else "", draws, made)
    motif.book.fill(correction, filling)
    return filling


def accept(motif: Motif, correction: Correction, filling: Filling | None) -> None:
    """Offer to accept what is on the canvas."""
    st.button(
        "Accept", type="primary", icon=":material/check:", disabled=filling is None,
        help="Keeps this correction in the list below.",
        on_click=lambda: motif.book.accept(correction, filling),
    )  # fmt: skip


def before_and_after(motif: Motif, correction: Correction, filling: Filling | None) -> None:
    """Show the window as it was and as it will be, every channel that changes."""
    draws = None if filling is None else filling.draws
    after = draws[0] if draws is not None else np.where(correction.mask, correction.values, np.nan)
    drawn = charts.before_after(
        motif.window, after, changed_spans(correction),
        channels=motif.windows.channels, rate_hz=motif.rate_hz, units=motif.windows.units, draws=draws,
    )  # fmt: skip
    st.altair_chart(drawn, width="stretch")


def train_gain(session: Session, study: Study) -> None:
    """Say where to train a network that fills in, while there is none."""
    if not session.shelf.models(study, "gain"):
        st.caption("GAIN, a network that learns how these movements go, has not been trained yet.")
        st.page_link(TRAIN, label="Train GAIN")
