"""Fill in the unknown parts of the selected window, show the result, accept it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.common.page_frame import TRAIN
from pages.ui.common.state import Session
from pages.ui.common.widgets import button, remembered
from pages.ui.sketch.canvas_view import toggle
from pages.ui.sketch.drawing_store import Filling
from pages.ui.sketch.fillers import Filler, held_out_errors, warm_up
from pages.ui.sketch.selection_state import SelectedWindow
from pages.ui.sketch.window_view import as_it_will_be, changed_spans
from synth.editing.recipe import MAX_STEPS, Recipe
from synth.editing.strokes import DrawnWindow, fill
from synth.imputers.base import imputers
from synth.imputers.default_imputer import best_imputer, choice_in_words, kind_of_gap
from synth.imputers.draw_mode import DrawMode, in_draw_mode
from synth.imputers.linear import LinearInterpolation
from synth.imputers.nearest import NearestWindow
from synth.reporting import charts
from synth.runs.study import Study

N_DRAWS = 5
LOOK_S = 1.0
FILLER = "sketch filler"
BEST = "Best for this gap"
DRAW_MODE = "sketch course"
DRAW_MODES: Mapping[DrawMode, str] = {"likely": "The likely course", "possible": "One possible course"}
COPIES = (
    "This copies pieces of real recordings, perhaps of other people, into the version. "
    "The report can miss such pieces."
)
TRACES = (
    "A possible course blends four similar real recordings, perhaps of other people. Traces of them end up in the "
    "version."
)


@dataclass(frozen=True, eq=False)
class Choice:
    """The chosen filler.

    Attributes:
        session: The owner of the trained networks.
        study: What they were trained on.
        ways: All available fillers by name.
        name: The chosen one, or `BEST`.
        draw_mode: Whether the likely values or possible ones are filled in, where an imputer knows both.
    """

    session: Session
    study: Study
    ways: Mapping[str, Filler]
    name: str
    draw_mode: DrawMode

    def filler_for(self, mask: np.ndarray) -> Filler:
        """Return what fills in a window `(timesteps, channels)` with such a mask, `True` where known."""
        if self.name != BEST:
            return self.ways[self.name]
        if mask.all():
            return self.ways[LinearInterpolation.title]
        best = best_imputer(held_out_errors(self.session, self.study), kind_of_gap(mask))
        return self.ways[best]

    def reason(self, mask: np.ndarray) -> str:
        """Say in a sentence which filler it is and why; `""` where the person chose it or nothing is missing."""
        if self.name != BEST or mask.all():
            return ""
        return choice_in_words(held_out_errors(self.session, self.study), kind_of_gap(mask))


def choose_filler(session: Session, study: Study, ways: Mapping[str, Filler]) -> Choice:
    """Let the user choose the filler, or use the one with the smallest error on held-out gaps of the same kind."""
    names = [BEST, *ways]
    name = remembered(
        session, FILLER, BEST,
        lambda key: st.selectbox("Fill unknown parts with", names, key=key), fits=names.__contains__,
    )  # fmt: skip
    if name == NearestWindow.title:
        st.warning(COPIES, icon=":material/content_copy:")
    possible = ways.values() if name == BEST else [ways[name]]
    varies = any(imputers()[filler.kind].varies for filler in possible)
    return Choice(session, study, ways, name, _choose_draw_mode(session) if varies else "likely")


def keep_warm(session: Session, study: Study) -> None:
    """Have the trained network loaded from opening the page on, and say so until it is."""
    if warm_up(session, study):
        st.fragment(_warming, run_every=LOOK_S)(session, study)


def _warming(session: Session, study: Study) -> None:
    if warm_up(session, study):
        st.caption(":material/hourglass_top: GAIN is being loaded; the first filling may take some seconds.")
    else:
        st.rerun()


def _choose_draw_mode(session: Session) -> DrawMode:
    help_text = (
        "The likely course is the average of what is possible: closest to the truth, but smoother than real movement. "
        "One possible course is as lively as real movement, but rarely matches the truth."
    )
    draw_mode: DrawMode = remembered(
        session, DRAW_MODE, "likely",
        lambda key: st.radio(
            "What a network fills in", list(DRAW_MODES), key=key,
            format_func=DRAW_MODES.get, horizontal=True, help=help_text,
        ),
    )  # fmt: skip
    if draw_mode == "possible":
        st.warning(TRACES, icon=":material/content_copy:")
    return draw_mode


def fill_in(
    session: Session,
    selected: SelectedWindow,
    drawn_window: DrawnWindow,
    filler: Filler,
    draw_mode: DrawMode,
    *,
    seed: int,
    place: DeltaGenerator,
) -> Filling | None:
    """Fill a correction in, at once or when asked to; return its filling if there is one.

    Args:
        session: Remembers the choices.
        selected: What is drawn on.
        drawn_window: What was drawn.
        filler: The chosen one.
        draw_mode: Whether the likely values or possible ones are shown and saved.
        seed: That of the step this correction would become: what is shown is what will be saved.
        place: Where it says that it is working; apart, so that no button moves while somebody is about to click it.

    Raises:
        PenumbraError: If the filler cannot fill these windows.
    """
    at_once = toggle(session, "Fill in while I draw", True)
    is_open = bool(drawn_window.rough.any() or not drawn_window.mask.all())
    made_by = f"{filler.key} {draw_mode} {seed}" if is_open else ""
    filling = selected.book.filling(drawn_window)
    if filling is not None and filling.filler != made_by:
        filling = None
    can_ask = filling is None and not drawn_window.untouched

    def make() -> Filling:
        if not is_open:
            return Filling(made_by, drawn_window.values[None])
        with place, st.spinner(f"{filler.name} is filling in ...", show_time=True):
            return Filling(made_by, _draws(drawn_window, filler, draw_mode, seed))

    def act() -> bool:
        selected.book.fill(drawn_window, make())
        return True

    if not at_once:
        button(session, "Fill in" if is_open else "Apply", act, type="primary", disabled=not can_ask)
    elif can_ask:
        filling = make()
        selected.book.fill(drawn_window, filling)
    return filling


def _draws(drawn_window: DrawnWindow, filler: Filler, draw_mode: DrawMode, seed: int) -> np.ndarray:
    """Return the filling that will be saved, and behind it others that would be possible."""
    imputer = filler.make()
    first = fill(drawn_window, in_draw_mode(imputer, draw_mode), seed=seed)
    others = fill(drawn_window, imputer, seed=seed + 1, n_draws=N_DRAWS - 1)
    return np.concatenate([first, others])


def accept(
    selected: SelectedWindow, filling: Filling | None, recipe: Recipe, filler: Filler, draw_mode: DrawMode
) -> None:
    """Offer to accept what is on the canvas."""
    full = len(recipe.steps) >= MAX_STEPS
    if full:
        st.caption(f"The list is full ({MAX_STEPS} corrections). Save them as a version first.")
    st.button(
        "Accept", type="primary", icon=":material/check:", disabled=filling is None or full,
        help="Adds this correction to the list below.",
        on_click=selected.book.attempt,
        args=(lambda: selected.book.accept(selected.window_index, filler.kind, draw_mode),),
    )  # fmt: skip


def before_and_after(
    session: Session, selected: SelectedWindow, drawn_window: DrawnWindow, filling: Filling | None
) -> None:
    """Show the window as it was and as it will be: the large channel, or every one that changes."""
    if drawn_window.untouched:
        st.caption(
            "Nothing has been drawn on this window yet. Changes will be compared here, channel by channel."
        )
        return
    draws = None if filling is None else filling.draws
    after = as_it_will_be(drawn_window, draws)
    touched = np.flatnonzero((drawn_window.drawn | ~drawn_window.mask).any(axis=0)).tolist()
    shown = [selected.channel] if selected.channel in touched else touched[:1]
    if len(touched) > 1 and toggle(session, f"All {len(touched)} channels that change", False):
        shown = touched
    drawn = charts.before_after(
        selected.window, after, changed_spans(drawn_window), show=shown,
        channels=selected.windows.channels, rate_hz=selected.rate_hz, units=selected.windows.units, draws=draws,
    )  # fmt: skip
    for number, chart in enumerate(drawn):
        st.altair_chart(chart, width="stretch", key=f"before and after {number}")


def train_gain(session: Session, study: Study) -> None:
    """Say where to train a network that fills in, while there is none."""
    if not session.repository.models(study, "gain"):
        st.page_link(TRAIN, label="Train GAIN", icon=":material/model_training:")
