"""Sketch: draw how a movement should look; a filler draws what is marked as unknown."""

import streamlit as st

from data.errors import PenumbraError
from data.release import Release
from pages.ui.progress import jobs_panel, start
from pages.ui.shell import TRADEOFFS, need_study, open_page
from pages.ui.sketch.book import Sketchbook
from pages.ui.sketch.easel import WIDTH, choose_brush, choose_channel, choose_view, show_canvas
from pages.ui.sketch.filling import accept, before_and_after, choose_filler, fill_in, train_gain
from pages.ui.sketch.motif import choose_release, choose_window, motif_of
from pages.ui.sketch.sheet import bands, layers
from pages.ui.state import Session
from synth.editing.marks import correct
from synth.study import Study


def draw_one_window(session: Session, study: Study, book: Sketchbook, release: Release, index: int) -> None:
    """Show the canvas, its tools, the other channels, and what comes out."""
    motif = motif_of(session, book, release, index)
    brush = choose_brush(session, motif)
    with st.container(horizontal=True, gap="medium"):
        easel, beside = st.container(width=WIDTH, gap="small"), st.container(width="stretch", gap="small")
    paper, others = easel.container(gap=None), beside.container()
    with easel:
        view = choose_view(session, motif)
    with beside:
        name, filler = choose_filler(session, study)
        correction = correct(motif.window, book.history(index).marks, window_index=index)
        filling = fill_in(session, study, motif, correction, name, filler)
        accept(motif, correction, filling)
    draws = None if filling is None else filling.draws
    pictures = [
        layers(motif.window, correction, draws, channel, with_original=view.with_original)
        for channel in range(len(release.windows.channels))
    ]
    with paper:
        show_canvas(session, motif, brush, view, pictures[motif.channel], bands(correction, motif.channel))
    with others:
        choose_channel(session, motif, pictures)
    if not correction.untouched:
        before_and_after(motif, correction, filling)


def accepted(session: Session, study: Study, book: Sketchbook, release: Release) -> None:
    """List accepted corrections, take one back, and save them as a version of their own."""
    edits = book.accepted()
    if not edits:
        st.caption("Corrections that you accept are collected here and saved as a version of their own.")
        return
    numbers = ", ".join(str(index + 1) for index in sorted(edits))
    st.markdown(
        f"**{len(edits)} corrected window{'s' if len(edits) > 1 else ''}** (number {numbers} of the version)"
    )
    name = st.text_input("Name of the corrected version", f"{release.name}, corrected")
    save, back = st.columns(2)
    taken = name.strip() in {str(card["name"]) for card in session.shelf.releases(study).values()}
    if taken or not name.strip():
        st.caption("Give it a name of its own.")
    if save.button("Save as a version", type="primary", width="stretch", disabled=taken or not name.strip()):
        key = session.shelf.keep_release(study, book.corrected(release, name.strip()))
        book.clear()
        start(lambda: session.background.measure(study, key), "This version was measured before.")
        st.success("Saved. It is being measured in the background.")
        st.page_link(TRADEOFFS, label="See what it gives away", icon=":material/arrow_forward:")
    if back.button("Take the last one back", width="stretch"):
        book.take_back()
        st.rerun()


session = open_page(
    "Sketch", "Draw how a movement should look, mark what is unknown, and let it be filled in."
)
study = need_study(session)
with st.container(horizontal=True):
    with st.container(width="stretch"):
        key, release = choose_release(session, study)
    with st.container(width="stretch"):
        window_index = choose_window(session, release)
book = Sketchbook(session, study, key)
try:
    draw_one_window(session, study, book, release, window_index)
except PenumbraError as error:
    st.error(str(error))
train_gain(session, study)
st.divider()
accepted(session, study, book, release)
jobs_panel(session, topic="measure")
