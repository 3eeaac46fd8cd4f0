"""Correct a group of windows: select them, choose a correction, preview it on three, add it to the list."""

from collections.abc import Mapping
from dataclasses import Field, fields, replace
from typing import get_type_hints

import numpy as np
import streamlit as st

from data.errors import PenumbraError
from data.windows import Windows
from pages.ui.common.forms import field_widget
from pages.ui.common.markdown import literal
from pages.ui.common.state import Session
from pages.ui.common.widgets import remembered
from pages.ui.sketch.curve import Axes, choose_curve
from pages.ui.sketch.fillers import Filler
from pages.ui.sketch.filling import Choice
from pages.ui.sketch.replayed_version import Stage
from pages.ui.sketch.selecting import choose_windows
from pages.ui.sketch.selection_state import Motif
from synth.editing.drawn_edit import DrawnEdit, edit_from_strokes
from synth.editing.recipe import MAX_STEPS, Edit, Recipe, RecipeStep
from synth.editing.replaying import change, seed_of
from synth.editing.transforms.base import EditedWindows, Points, Transform, transforms
from synth.editing.transforms.level import Amplitude
from synth.imputers.draw_mode import in_draw_mode
from synth.reporting import charts

N_PREVIEWS = 3
DRAWN = "drawn"


def correct_group(session: Session, motif: Motif, recipe: Recipe, stage: Stage, choice: Choice) -> None:
    """Show everything needed to add a correction of a group to the list.

    Args:
        session: Remembers the choices.
        motif: What is on the canvas.
        recipe: The list so far.
        stage: The windows before and after it.
        choice: What fills in what becomes unknown.
    """
    which, what, seen = st.columns([1, 1.15, 1.4], gap="medium")
    try:
        with which:
            st.markdown("**Which windows**")
            selection, indices = choose_windows(session, stage.original, motif, seed=recipe.seed)
            st.caption(f"{len(indices):,} of {len(stage.original):,} windows")
        with what:
            st.markdown("**Which correction**")
            edit = _choose_edit(session, motif, stage.current)
        if edit is None:
            return
        step = RecipeStep(selection, edit, draw_mode=choice.draw_mode)
        with seen:
            st.markdown("**Preview on three of them**")
            filler = _preview(motif, recipe.with_step(step), stage, choice)
    except (PenumbraError, ValueError) as error:
        with seen:
            st.error(literal(str(error)))
        return
    with what:
        _add(motif, recipe, replace(step, imputer_kind=filler.kind))


def _add(motif: Motif, recipe: Recipe, step: RecipeStep) -> None:
    full = len(recipe.steps) >= MAX_STEPS
    if full:
        st.caption(f"The list is full ({MAX_STEPS} corrections). Save them as a version first.")
    st.button(
        "Add to the list", type="primary", icon=":material/playlist_add:", disabled=full,
        on_click=motif.book.attempt, args=(lambda: motif.book.add_step(step),),
    )  # fmt: skip


def _choose_edit(session: Session, motif: Motif, windows: Windows) -> Edit | None:
    kinds = transforms()
    options = [DRAWN, *sorted(kinds, key=lambda kind: kinds[kind].title)]
    kind = remembered(
        session, "sketch symbol", Amplitude.kind,
        lambda key: st.selectbox(
            "Correction", options, key=key,
            format_func=lambda k: "The drawing on the canvas" if k == DRAWN else kinds[k].title,
        ),
    )  # fmt: skip
    if kind == DRAWN:
        return _choose_drawn(session, motif)
    st.caption(kinds[kind].summary)
    return transform_form(kinds[kind], session, windows)


def _choose_drawn(session: Session, motif: Motif) -> DrawnEdit | None:
    strokes = motif.book.history(motif.window_index).strokes
    words = (
        "Aligns the drawing with each window by dynamic time warping, at that window's level and amplitude. Otherwise "
        "the same samples get the same values."
    )
    aligned = remembered(
        session, "sketch aligned", True,
        lambda key: st.toggle("Align it with each window", key=key, help=words),
    )  # fmt: skip
    if not strokes:
        st.info("Draw on the canvas above first. The drawing can then be applied to other windows.")
        return None
    return edit_from_strokes(motif.window, strokes, aligned=aligned)


def transform_form(transform: type[Transform], session: Session, windows: Windows) -> Transform:
    """Show every setting of a correction and return it as chosen.

    Raises:
        ValueError: If the settings do not go together.
    """
    note = f"settings of {transform.kind}"
    noted = session.tab.note(note, {})
    hints = get_type_hints(transform)
    values = {}
    for f in fields(transform):
        value, key = noted.get(f.name, f.default), f"{note} {f.name}"
        if hints[f.name] == Points:
            value = session.tab.note(key, value)
            axes = _axes(f.name, transform, windows)
            values[f.name] = choose_curve(
                session, f.metadata["label"], f.metadata["help"], value, axes, key=key
            )
        elif f.name == "channels":
            values[f.name] = _choose_channels(session, f, windows, value, key)
        else:
            values[f.name] = field_widget(f, hints[f.name], value, session, key=key)
    session.tab.take_note(note, values)
    return transform(**values)


def _choose_channels(
    session: Session, f: Field, windows: Windows, value: tuple[str, ...], key: str
) -> tuple[str, ...]:
    there = [name for name in value if name in windows.channels]
    session.tab.start_widget(key, there)
    chosen = st.multiselect(
        f.metadata["label"], windows.channels, key=key, help=f.metadata["help"], placeholder="All channels"
    )
    return tuple(chosen)


def _axes(name: str, transform: type[Transform], windows: Windows) -> Axes:
    """Return the part of a curve's plane that is useful to draw in."""
    useful: Mapping[str, Axes] = {
        "strengths": Axes((0.0, 1.0), (0.0, 3.0)),
        "gains": Axes((0.0, windows.rate_hz / 2), (0.0, 3.0), "Hz"),
        "heights": Axes((-4.0, 4.0), (0.0, 1.2)),
    }
    return useful.get(name) or Axes(*transform.axes[name])


def _preview(motif: Motif, longer: Recipe, stage: Stage, choice: Choice) -> Filler:
    """Show what the last step of a recipe does to three windows of its group; return what fills in for it."""
    number = len(longer.steps) - 1
    made = change(longer, number, stage.original, stage.current)
    which = _shown(made.indices, motif.window_index)
    filler = choice.filler_for(_most_open(made.edited))
    imputer = in_draw_mode(filler.make(), choice.draw_mode)
    after = made.filled(which, imputer, seed=seed_of(longer, number))
    before = stage.current.values[made.indices[which]]
    channel = _telling(before, after, motif.channel)
    windows = stage.current
    name = windows.channels[channel]
    for place, index in enumerate(made.indices[which]):
        chart = charts.preview(
            before[place, :, channel], after[place, :, channel], rate_hz=windows.rate_hz, with_legend=place == 0,
            title=f"Window {index + 1}, {name}", unit=windows.units[channel],
        )  # fmt: skip
        st.altair_chart(chart, width="stretch", key=f"preview {place}")
    return filler


def _most_open(edited: EditedWindows) -> np.ndarray:
    """Return the mask of the window of which most is unknown, or drawn roughly."""
    known = edited.mask if edited.rough is None else edited.mask & ~edited.rough
    return known[known.mean(axis=(1, 2)).argmin()]


def _shown(indices: np.ndarray, wanted: int) -> np.ndarray:
    """Return the places of three windows spread over a group, the one on the canvas among them if it is in it."""
    places = np.unique(np.linspace(0, len(indices) - 1, N_PREVIEWS).round().astype(int))
    own = np.flatnonzero(indices == wanted)
    if len(own) and own[0] not in places:
        places[np.abs(places - own[0]).argmin()] = own[0]
    return places


def _telling(before: np.ndarray, after: np.ndarray, wanted: int) -> int:
    """Return the channel to be shown: the large one if it changes, else the one that changes most."""
    differs = np.abs(after - before).mean(axis=(0, 1))
    return wanted if differs[wanted] > 0 else int(differs.argmax())
