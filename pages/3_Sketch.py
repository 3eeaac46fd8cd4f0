"""Sketch: draw how a movement should look; a filler completes what is marked as unknown."""

from collections.abc import Mapping

import streamlit as st

from data.errors import PenumbraError
from data.release import Release
from pages.ui.common.markdown import literal
from pages.ui.common.page_frame import need_study, open_page
from pages.ui.common.progress import jobs_panel
from pages.ui.common.state import Session
from pages.ui.sketch.canvas_view import (
    WIDTH,
    choose_channel,
    choose_view,
    chosen_part,
    mount_anew,
    show_canvas,
    take_in,
)
from pages.ui.sketch.drawing_store import Sketchbook
from pages.ui.sketch.fillers import Filler, fillers
from pages.ui.sketch.filling import accept, before_and_after, choose_filler, fill_in, train_gain
from pages.ui.sketch.gap_filling import missing_section
from pages.ui.sketch.group_edit import correct_group
from pages.ui.sketch.impact_strip import impact_strip
from pages.ui.sketch.number_tables import type_numbers
from pages.ui.sketch.recipe_panel import save_version, share, show_steps
from pages.ui.sketch.replayed_version import Stage, stage
from pages.ui.sketch.selection_state import choose_release, choose_window, motif_of
from pages.ui.sketch.tool_picker import choose_brush
from pages.ui.sketch.window_view import bands, layers
from synth.editing.recipe import Recipe
from synth.editing.replaying import seed_of
from synth.editing.strokes import apply_strokes
from synth.runs.study import Study


def draw_one_window(
    session: Session, study: Study, book: Sketchbook, release: Release, index: int
) -> tuple[Recipe, Stage, Mapping[str, Filler]]:
    """Show the canvas, its tools, the other channels, and the result."""
    tools = st.container()
    with st.container(horizontal=True, gap="medium"):
        easel, beside = st.container(width=WIDTH, gap="small"), st.container(width="stretch", gap="small")
    paper = easel.container(gap=None)
    recipe = book.recipe
    with beside:
        ways = fillers(session, study)
        choice = choose_filler(session, study, ways)
        done = stage(session, release, recipe, ways)
    motif = motif_of(session, book, done.current, index)
    take_in(session, motif)
    with tools:
        brush = choose_brush(session, motif, chosen_part(session, motif))
    with easel:
        view = choose_view(session, motif)
    with beside:
        drawn_window = apply_strokes(motif.window, book.history(index).strokes, window_index=index)
        filler = choice.filler_for(drawn_window.mask & ~drawn_window.rough)
        seed = seed_of(recipe, len(recipe.steps))
        buttons = st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
        )
        working, others = st.container(), st.container()
        with buttons:
            filling = fill_in(
                session, motif, drawn_window, filler, choice.draw_mode, seed=seed, place=working
            )
            accept(motif, filling, recipe, filler, choice.draw_mode)
        st.caption(choice.reason(drawn_window.mask & ~drawn_window.rough))
        train_gain(session, study)
    draws = None if filling is None else filling.draws
    pictures = [
        layers(motif.window, drawn_window, draws, channel, with_original=view.with_original)
        for channel in range(len(release.windows.channels))
    ]
    with paper:
        show_canvas(session, motif, brush, view, pictures[motif.channel], bands(drawn_window, motif.channel))
    with others:
        choose_channel(session, motif, pictures)
    before, typed, group = st.tabs(
        ["Before and after", "Type instead of drawing", "Correct a group"],
        on_change="rerun",
        key="sketch tab",
    )
    if before.open:
        with before:
            before_and_after(session, motif, drawn_window, filling)
    if typed.open:
        with typed:
            type_numbers(session, motif)
    if group.open:
        with group:
            correct_group(session, motif, recipe, done, choice)
    return recipe, done, ways


def list_of_corrections(
    session: Session,
    study: Study,
    book: Sketchbook,
    release: Release,
    recipe: Recipe,
    done: Stage,
    ways: Mapping[str, Filler],
) -> None:
    """Show the accepted corrections, and offer to share and save them."""
    n = len(done.changed)
    st.subheader("Corrections" + (f" · {n} corrected window{'' if n == 1 else 's'}" if recipe.steps else ""))
    if not recipe.steps:
        st.caption("Accepted corrections are listed here and can be saved as a new version.")
    show_steps(book, recipe, done)
    impact_strip(session, study, release, done.changed)
    share(session, book, recipe, release)
    save_version(session, study, release, book, recipe, done, ways)


session = open_page("Sketch", "Draw how a movement should look, mark unknown parts, and have them filled in.")
study = need_study(session)
with st.container(horizontal=True):
    with st.container(width="stretch"):
        release = choose_release(session, study)
    with st.container(width="stretch"):
        window_index = choose_window(session, release)
book = Sketchbook(session, release.windows, seed=study.seed)
try:
    recipe, done, ways = draw_one_window(session, study, book, release, window_index)
except PenumbraError as error:
    mount_anew(session)
    st.error(literal(str(error)))
    st.stop()
list_of_corrections(session, study, book, release, recipe, done, ways)
missing_section(session, study)
jobs_panel(session, topic="measure")
