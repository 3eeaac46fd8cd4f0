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
from pages.ui.sketch.curve_setting import Axes, choose_curve
from pages.ui.sketch.fillers import Filler
from pages.ui.sketch.filling import Choice
from pages.ui.sketch.replayed_version import ReplayedVersion
from pages.ui.sketch.selection_state import SelectedWindow
from pages.ui.sketch.window_selection import choose_windows
from synth.editing.drawn_edit import DrawnEdit, edit_from_strokes
from synth.editing.recipe import MAX_STEPS, Edit, Recipe, RecipeStep
from synth.editing.replaying import change, seed_of
from synth.editing.transforms.base import EditedWindows, Points, Transform, transforms
from synth.editing.transforms.level import Amplitude
from synth.imputers.draw_mode import in_draw_mode
from synth.reporting import charts

N_PREVIEWS = 3
DRAWN = "drawn"


def correct_group(
    session: Session, selected: SelectedWindow, recipe: Recipe, replayed: ReplayedVersion, choice: Choice
) -> None:
    """Show everything needed to add a correction of a group to the list.

    Args:
        session: Remembers the choices.
        selected: What is on the canvas.
        recipe: The list so far.
        replayed: The windows before and after it.
        choice: What fills in what becomes unknown.
    """
    which, what, seen = st.columns([1, 1.15, 1.4], gap="medium")
    try:
        with which:
            st.markdown("**Which windows**")
            selection, indices = choose_windows(session, replayed.original, selected, seed=recipe.seed)
            st.caption(f"{len(indices):,} of {len(replayed.original):,} windows")
        with what:
            st.markdown("**Which correction**")
            edit = _choose_edit(session, selected, replayed.current)
        if edit is None:
            return
        step = RecipeStep(selection, edit, draw_mode=choice.draw_mode)
        with seen:
            st.markdown("**Preview on three of them**")
            filler = _preview(selected, recipe.with_step(step), replayed, choice)
    except (PenumbraError, ValueError) as error:
        with seen:
            st.error(literal(str(error)))
        return
    with what:
        _add(selected, recipe, replace(step, imputer_kind=filler.kind))


def _add(selected: SelectedWindow, recipe: Recipe, step: RecipeStep) -> None:
    full = len(recipe.steps) >= MAX_STEPS
    if full:
        st.caption(f"The list is full ({MAX_STEPS} corrections). Save them as a version first.")
    st.button(
        "Add to the list", type="primary", icon=":material/playlist_add:", disabled=full,
        on_click=selected.book.attempt, args=(lambda: selected.book.add_step(step),),
    )  # fmt: skip


def _choose_edit(session: Session, selected: SelectedWindow, windows: Windows) -> Edit | None:
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
        return _choose_drawn(session, selected)
    st.caption(kinds[kind].summary)
    return transform_form(kinds[kind], session, windows)


def _choose_drawn(session: Session, selected: SelectedWindow) -> DrawnEdit | None:
    strokes = selected.book.history(selected.window_index).strokes
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
    return edit_from_strokes(selected.window, strokes, aligned=aligned)


def transform_form(transform: type[Transform], session: Session, windows: Windows) -> Transform:
    """Show every setting of a correction and return it as chosen.

    Raises:
        ValueError: If the settings do not go together.
    """
    note = f"settings of {transform.kind}"
    noted = session.tab.get(note, {})
    hints = get_type_hints(transform)
    values = {}
    for f in fields(transform):
        value, key = noted.get(f.name, f.default), f"{note} {f.name}"
        if hints[f.name] == Points:
            value = session.tab.get(key, value)
            axes = _axes(f.name, transform, windows)
            values[f.name] = choose_curve(
                session, f.metadata["label"], f.metadata["help"], value, axes, key=key
            )
        elif f.name == "channels":
            values[f.name] = _choose_channels(session, f, windows, value, key)
        else:
            values[f.name] = field_widget(f, hints[f.name], value, session, key=key)
    session.tab.keep(note, values)
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
    """Return useful axis limits for drawing a curve."""
    useful: Mapping[str, Axes] = {
        "strengths": Axes((0.0, 1.0), (0.0, 3.0)),
        "gains": Axes((0.0, windows.rate_hz / 2), (0.0, 3.0), "Hz"),
        "heights": Axes((-4.0, 4.0), (0.0, 1.2)),
    }
    return useful.get(name) or Axes(*transform.axes[name])


def _preview(selected: SelectedWindow, longer: Recipe, replayed: ReplayedVersion, choice: Choice) -> Filler:
    """Show the effect of the last step of a recipe on three windows of its group; return the filler used."""
    number = len(longer.steps) - 1
    made = change(longer, number, replayed.original, replayed.current)
    which = _shown(made.indices, selected.window_index)
    filler = choice.filler_for(_most_open(made.edited))
    imputer = in_draw_mode(filler.make(), choice.draw_mode)
    after = made.filled(which, imputer, seed=seed_of(longer, number))
    before = replayed.current.values[made.indices[which]]
    channel = _telling(before, after, selected.channel)
    windows = replayed.current
    name = windows.channels[channel]
    for place, index in enumerate(made.indices[which]):
        chart = charts.preview(
            before[place, :, channel], after[place, :, channel], rate_hz=windows.rate_hz, with_legend=place == 0,
            title=f"Window {index + 1}, {name}", unit=windows.units[channel],
        )  # fmt: skip
        st.altair_chart(chart, width="stretch", key=f"preview {place}")
    return filler


def _most_open(edited: EditedWindows) -> np.ndarray:
    """Return the mask of the window with the largest unknown or roughly drawn part."""
    known = edited.mask if edited.rough is None else edited.mask & ~edited.rough
    return known[known.mean(axis=(1, 2)).argmin()]


def _shown(indices: np.ndarray, wanted: int) -> np.ndarray:
    """Return the positions of three windows spread over a group, with the one on the canvas if it belongs."""
    places = np.unique(np.linspace(0, len(indices) - 1, N_PREVIEWS).round().astype(int))
    own = np.flatnonzero(indices == wanted)
    if len(own) and own[0] not in places:
        places[np.abs(places - own[0]).argmin()] = own[0]
    return places


def _telling(before: np.ndarray, after: np.ndarray, wanted: int) -> int:
    """Return the channel to show: the large one if it changes, else the one that changes most."""
    differs = np.abs(after - before).mean(axis=(0, 1))
    return wanted if differs[wanted] > 0 else int(differs.argmax())
