"""Choose what to draw on: a version, one of its windows, a channel."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from data.release import Release
from data.windows import Windows
from pages.ui.common.markdown import literal
from pages.ui.common.page_frame import need_release
from pages.ui.common.state import Session
from pages.ui.common.widgets import remembered
from pages.ui.sketch.drawing_store import DrawingStore
from synth.runs.study import Study


@dataclass(frozen=True, eq=False)
class SelectedWindow:
    """The window that is drawn on, and where drawings are kept.

    Attributes:
        book: Where drawings are kept.
        windows: All windows of the version, after the corrections in the list.
        window_index: Which of them.
        channel: The large one.
    """

    book: DrawingStore
    windows: Windows
    window_index: int
    channel: int

    @property
    def window(self) -> np.ndarray:
        """`(timesteps, channels)` it before drawing."""
        return self.windows.values[self.window_index]

    @property
    def name(self) -> str:
        """Which window it is, in words."""
        person = str(self.windows.subject[self.window_index])
        return f"window {self.window_index + 1}" + (f" of {literal(person)}" if person else "")

    @property
    def rate_hz(self) -> float:
        """Samples per second."""
        return self.windows.rate_hz

    @property
    def unit(self) -> str:
        """Unit of the large channel."""
        return self.windows.units[self.channel]


def choose_release(session: Session, study: Study) -> Release:
    """Let the user choose a version; the recordings themselves are one of them."""
    names = {"": "The original recordings"} | {
        k: str(c["name"]) for k, c in session.repository.releases(study).items()
    }
    noted = session.tab.get("sketch version", list(names)[-1])
    session.tab.start_widget("version", noted if noted in names else "")
    key = st.selectbox("Version", list(names), format_func=lambda k: names[k], key="version")
    session.tab.keep("sketch version", key)
    if key:
        return need_release(session, key)
    return Release(names[""], study.split.fit, np.arange(len(study.split.fit)), {"kind": "unprotected"})


def choose_window(session: Session, release: Release) -> int:
    """Let the user choose an activity and one of its windows; return its index."""
    activities = release.windows.activities
    activity_box, window_box = st.columns(2)
    with activity_box:
        activity = remembered(
            session, "sketch activity", activities[0],
            lambda key: st.selectbox("Activity", activities, key=key), fits=activities.__contains__,
        )  # fmt: skip
    indices = np.flatnonzero(release.windows.activity == activity)
    with window_box:
        words = f"Window of this activity (1 to {len(indices)})"
        number = remembered(
            session, f"sketch window {activity} {len(indices)}", 1,
            lambda key: st.number_input(words, 1, len(indices), step=1, key=key),
        )  # fmt: skip
    return int(indices[number - 1])


def selected_window(
    session: Session, book: DrawingStore, current: Windows, window_index: int
) -> SelectedWindow:
    """Return the window to draw on; the first channel if the chosen one no longer exists.

    Args:
        session: Remembers the channel.
        book: Keeps what is drawn.
        current: The version after the corrections in the list.
        window_index: Which window.
    """
    noted = session.tab.get("sketch channel")
    channel = current.channels.index(noted) if noted in current.channels else 0
    return SelectedWindow(book, current, window_index, channel)
