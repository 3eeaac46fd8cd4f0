"""Sketch: draw how a movement should look; a filler completes what is marked as unknown."""

from collections.abc import Mapping

import streamlit as st

from data.errors import PenumbraError
from data.release import Release
from pages.ui.common import cache
from pages.ui.common.markdown import literal
from pages.ui.common.page_frame import need_study, open_page
from pages.ui.common.progress import jobs_panel
from pages.ui.common.state import Session
from pages.ui.sketch.canvas_view import (
    TYPED,
    choose_view,
    chosen_part,
    read_canvas,
    remount_canvas,
    show_canvas,
    show_other_channels,
    two_columns,
)
from pages.ui.sketch.drawing_store import DrawingStore
from pages.ui.sketch.fillers import Filler, fillers
from pages.ui.sketch.filling import accept, before_and_after, choose_filler, fill_in, keep_warm, train_gain
from pages.ui.sketch.gap_filling import missing_section
from pages.ui.sketch.group_edit import correct_group
from pages.ui.sketch.impact_strip import impact_strip
from pages.ui.sketch.number_tables import type_numbers
from pages.ui.sketch.recipe_panel import save_version, share, show_steps
from pages.ui.sketch.replayed_version import ReplayedVersion, replay_version
from pages.ui.sketch.selection_state import choose_release, choose_window, selected_window
from pages.ui.sketch.tool_picker import choose_tool
from pages.ui.sketch.window_view import as_it_will_be, bands, jump_bands, jumps_in_words, layers
from synth.editing.recipe import Recipe
from synth.editing.replaying import seed_of
from synth.editing.strokes import apply_strokes
from synth.runs.study import Study


def draw_one_window(
    session: Session, study: Study, book: DrawingStore, release: Release, index: int
) -> tuple[Recipe, ReplayedVersion, Mapping[str, Filler]]:
    """Show the canvas, its tools, the other channels under it, and the result."""
    tools = st.container()
    bar = st.container()
    canvas_column, side_column = two_columns()
    canvas_place = canvas_column.container(gap=None)
    others = canvas_column.container()
    recipe = book.recipe
    with side_column:
        ways = fillers(session, study)
        choice = choose_filler(session, study, ways)
        keep_warm(session, study)
        replayed = replay_version(session, release, recipe, ways)
    selected = selected_window(session, book, replayed.current, index)
    read_canvas(session, selected)
    with tools:
        active = choose_tool(session, selected, chosen_part(session, selected))
    with canvas_column:
        view = choose_view(session, selected, bar)
    with side_column:
        drawn_window = apply_strokes(selected.window, book.history(index).strokes, window_index=index)
        filler = choice.filler_for(drawn_window.mask & ~drawn_window.rough)
        seed = seed_of(recipe, len(recipe.steps))
        buttons = st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
        )
        working = st.container()
        with buttons:
            filling = fill_in(
                session, selected, drawn_window, filler, choice.draw_mode, seed=seed, place=working
            )
            accept(selected, filling, recipe, filler, choice.draw_mode)
        st.caption(choice.reason(drawn_window.mask & ~drawn_window.rough))
        train_gain(session, study)
    draws = None if filling is None else filling.draws
    pictures = [
        layers(selected.window, drawn_window, draws, channel, with_original=view.with_original)
        for channel in range(len(release.windows.channels))
    ]
    limits = cache.step_limits(session.owner, study.key, study.split.fit.values)
    jumps = jump_bands(selected.window, as_it_will_be(drawn_window, draws), limits)
    grounds = [[*bands(drawn_window, channel), *found] for channel, found in enumerate(jumps)]
    with canvas_place:
        here = selected.channel
        remark = jumps_in_words(jumps[here], selected.rate_hz)
        show_canvas(session, selected, active, view, pictures[here], grounds[here], remark)
    with others:
        show_other_channels(session, selected, view, pictures, grounds)
    before, typed, group = st.tabs(
        ["Before and after", TYPED, "Correct a group"],
        on_change="rerun",
        key="sketch tab",
    )
    if before.open:
        with before:
            before_and_after(session, selected, drawn_window, filling)
    if typed.open:
        with typed:
            type_numbers(session, selected)
    if group.open:
        with group:
            correct_group(session, selected, recipe, replayed, choice)
    return recipe, replayed, ways


def list_of_corrections(
    session: Session,
    study: Study,
    book: DrawingStore,
    release: Release,
    recipe: Recipe,
    replayed: ReplayedVersion,
    ways: Mapping[str, Filler],
) -> None:
    """Show the accepted corrections, and offer to share and save them."""
    n = len(replayed.changed)
    st.header("Corrections" + (f" · {n} corrected window{'' if n == 1 else 's'}" if recipe.steps else ""))
    if not recipe.steps:
        st.caption("Accepted corrections are listed here and can be saved as a new version.")
    show_steps(book, recipe, replayed)
    impact_strip(session, study, release, replayed.changed)
    share(session, study, book, recipe, release)
    save_version(session, study, release, book, recipe, replayed, ways)


session = open_page("Sketch", "Draw how a movement should look, mark unknown parts, and have them filled in.")
study = need_study(session)
with st.container(horizontal=True):
    with st.container(width="stretch"):
        release = choose_release(session, study)
    with st.container(width="stretch"):
        window_index = choose_window(session, release)
book = DrawingStore(session, release.windows, seed=study.seed)
try:
    recipe, replayed, ways = draw_one_window(session, study, book, release, window_index)
except PenumbraError as error:
    remount_canvas(session)
    st.error(literal(str(error)))
    st.stop()
list_of_corrections(session, study, book, release, recipe, replayed, ways)
missing_section(session, study)
jobs_panel(session, topic="measure")
