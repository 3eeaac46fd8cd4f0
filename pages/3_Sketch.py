"""Sketch: draw how a movement should look; GAIN fills in what is marked as unknown."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit_drawable_canvas import st_canvas

from data.errors import PenumbraError
from data.release import Release
from pages.ui import charts
from pages.ui.canvas import (
    DRAW_COLOUR,
    ERASE_ALL_COLOUR,
    ERASE_ALL_FILL,
    ERASE_COLOUR,
    ERASE_FILL,
    trace_image,
)
from pages.ui.consequences import consequences_strip, prepare_judges
from pages.ui.fillers import fillers
from pages.ui.missing import missing_section
from pages.ui.progress import jobs_panel, start
from pages.ui.shell import TRADEOFFS, TRAIN, need_study, open_page
from pages.ui.sketchbook import Sketchbook
from pages.ui.sketching import HEIGHT, WIDTH, changed_spans, correction_of, frame_of
from pages.ui.state import Session
from synth.editing.marks import Correction, fill, provenance
from synth.study import Study

TOOLS = {
    "Draw": {"drawing_mode": "freedraw", "stroke_color": DRAW_COLOUR, "stroke_width": 3},
    "Straight line": {"drawing_mode": "line", "stroke_color": DRAW_COLOUR, "stroke_width": 3},
    "Unknown in this channel": {
        "drawing_mode": "rect", "stroke_color": ERASE_COLOUR, "fill_color": ERASE_FILL, "stroke_width": 1,
    },
    "Unknown in all channels": {
        "drawing_mode": "rect", "stroke_color": ERASE_ALL_COLOUR, "fill_color": ERASE_ALL_FILL, "stroke_width": 1,
    },
}  # fmt: skip
N_DRAWS = 5


def choose_release(session: Session, study: Study, box: DeltaGenerator) -> tuple[str, Release]:
    """Let the person choose a version; the recordings themselves are one of them."""
    names = {"": "The real recordings"} | {
        k: str(c["name"]) for k, c in session.shelf.releases(study).items()
    }
    noted = session.note("sketch version", list(names)[-1])
    session.start_widget("version", noted if noted in names else "")
    key = box.selectbox("Version", list(names), format_func=lambda k: names[k], key="version")
    session.take_note("sketch version", key)
    if key:
        return key, session.release(key)
    return key, Release(names[""], study.split.fit, np.arange(len(study.split.fit)), {"kind": "unprotected"})


def choose_window(release: Release, boxes: Sequence[DeltaGenerator]) -> tuple[int, int]:
    """Let the person choose activity, window and channel; return the indices of window and channel."""
    activity_box, window_box, channel_box = boxes
    activity = activity_box.selectbox("Activity", release.windows.activities)
    indices = np.flatnonzero(release.windows.activity == activity)
    number = window_box.number_input(f"Window (1 to {len(indices)})", 1, len(indices), 1)
    channels = release.windows.channels
    channel = channel_box.selectbox("Channel", range(len(channels)), format_func=lambda c: channels[c])
    return int(indices[number - 1]), channel


def choose_tool(book: Sketchbook, window_index: int) -> str:
    """Show the tools and return the chosen one."""
    tools, clear = st.columns([6, 1], vertical_alignment="bottom")
    tool = tools.segmented_control("Tool", list(TOOLS), default="Draw", required=True)
    if clear.button("Clear", width="stretch", help="Removes all drawings on this window."):
        book.forget(window_index)
        st.rerun()
    return tool


def canvas(book: Sketchbook, release: Release, window_index: int, channel: int, tool: str) -> None:
    """Show one channel as the background of the canvas, and remember what is drawn on it."""
    window = release.windows.values[window_index]
    picture = trace_image(
        window[:, channel], frame_of(window, channel),
        unit=release.windows.units[channel], rate_hz=release.windows.rate_hz,
        dark=st.context.theme.type == "dark",
    )  # fmt: skip
    sent = st_canvas(
        **{"fill_color": ERASE_FILL, **TOOLS[tool]},
        background_image=picture,
        width=WIDTH,
        height=HEIGHT,
        initial_drawing=book.opened(window_index, channel),
        key=book.canvas_key(window_index, channel),
    )
    book.remember(window_index, channel, sent.json_data)


def before_and_after(release: Release, correction: Correction, draws: np.ndarray | None) -> None:
    """Show the window as it was and as it will be."""
    windows = release.windows
    before = windows.values[correction.window_index]
    after = draws[0] if draws is not None else np.where(correction.mask, correction.values, np.nan)
    drawn = charts.before_after(
        before, after, changed_spans(correction),
        channels=windows.channels, rate_hz=windows.rate_hz, units=windows.units,
        draws=None if draws is None else draws[1:],
    )  # fmt: skip
    st.altair_chart(drawn, width="stretch")


def fill_in(session: Session, study: Study, book: Sketchbook, correction: Correction) -> np.ndarray | None:
    """Offer the ways to fill in, do it, offer to accept it; return the fillings if there are any."""
    ways = fillers(session, study)
    complete = bool(correction.mask.all())
    way, go, accept = st.columns([3, 1, 1], vertical_alignment="bottom")
    chosen = way.selectbox("Fill in what is unknown with", list(ways))
    untouched = complete and not correction.drawn.any()
    if go.button("Apply" if complete else "Fill in", type="primary", disabled=untouched, width="stretch"):
        with st.spinner("Filling in ..."):
            imputer = ways[chosen]()
            draws = fill(correction, imputer, seed=study.seed, n_draws=N_DRAWS)
        used = None if complete else imputer
        made = provenance(correction, study.windows.channels, imputer=used, seed=study.seed)
        book.filled(correction, draws, made)
        st.rerun()
    draws = book.draws_of(correction)
    if accept.button("Accept", disabled=draws is None, width="stretch", help="Keeps this correction below."):
        book.accept(correction.window_index, draws[0])
        st.rerun()
    if not session.shelf.models(study, "gain"):
        st.caption("GAIN, a network that has learnt how these movements go, has not been trained yet.")
        st.page_link(TRAIN, label="Train GAIN")
    return draws


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
    "Sketch", "Draw how a movement should look, mark what is unknown, and let a network fill it in."
)
study = need_study(session)
version_box, *boxes = st.columns(4)
key, release = choose_release(session, study, version_box)
window_index, channel = choose_window(release, boxes)
book = Sketchbook(session, study, key)
tool = choose_tool(book, window_index)
canvas(book, release, window_index, channel, tool)
try:
    correction = correction_of(
        release.windows.values[window_index], book.drawings(window_index),
        window_index=window_index
    )  # fmt: skip
    draws = fill_in(session, study, book, correction)
except PenumbraError as error:
    st.error(str(error))
    st.stop()
if correction.drawn.any() or not correction.mask.all():
    before_and_after(release, correction, draws)
    prepare_judges(session, study, release)
st.divider()
accepted(session, study, book, release)
consequences_strip(session, study, release, book.accepted())
missing_section(session, study)
jobs_panel(session, topic="measure")
