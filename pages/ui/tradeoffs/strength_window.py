"""A window of the person's choice, above the same one as a method releases it."""

from typing import TypeVar

import numpy as np
import streamlit as st

from data.errors import PenumbraError
from data.windows import Windows
from pages.ui.common import cache
from pages.ui.common.chart_panel import show_chart
from pages.ui.common.markdown import literal
from pages.ui.common.state import Session
from pages.ui.common.widgets import remembered
from synth.core.run_context import RunContext
from synth.mechanisms.base import Mechanism
from synth.reporting import charts
from synth.runs import tasks
from synth.runs.study import Study

Option = TypeVar("Option", int, str)
WITHHELD = "This window is withheld at this strength: it is not released at all."


def before_and_after(
    session: Session, study: Study, mechanism: Mechanism, strength: float, index: int, sensor: str
) -> None:
    """Show a window of the recordings, and what becomes of it: by a rule at any strength, else in a version.

    Args:
        session: Of the person.
        study: The data.
        mechanism: The method, wherever its dial is set.
        strength: Where the dial is to be.
        index: Which window that may be learnt from.
        sensor: Title of a panel of `charts.channel_groups`.
    """
    private = study.split.fit
    if mechanism.learns:
        _by_a_version(session, study, mechanism, strength, index, sensor)
        return
    turned = mechanism.at(strength)
    try:
        released = cache.one_window(
            session.owner, study.key, repr(turned), index,
            lambda: tasks.one_window(turned, private, index, RunContext(study.seed)),
        )  # fmt: skip
    except PenumbraError as error:
        st.info(literal(str(error)))
        return
    _draw(private, index, released, sensor, is_its_own=True)


def choose_window(session: Session, private: Windows) -> tuple[int, str]:
    """Let the user choose a window of the recordings, and which sensor of it to see."""
    activity, person, number, sensor = st.columns(4)
    with activity:
        doing = _one(session, "Activity", private.activities)
    with person:
        who = _one(session, "Person", sorted(set(private.subject[private.activity == doing].tolist())))
    found = np.flatnonzero((private.activity == doing) & (private.subject == who))
    with number:
        chosen = _one(session, "Window", list(range(1, len(found) + 1)))
    with sensor:
        group = _one(session, "Sensor", list(charts.channel_groups(private.channels, private.units)))
    return int(found[chosen - 1]), group


def _one(session: Session, label: str, options: list[Option]) -> Option:
    key = f"{label} of strength"
    chosen = session.tab.widget(key)
    if chosen is not None and chosen not in options:  # another person did not do this, or not as often
        session.tab.set_widget(key, options[0])
    return remembered(
        session, key, options[0],
        lambda key: st.selectbox(label, options, key=key),
        fits=lambda noted: noted in options,
    )  # fmt: skip


def _by_a_version(
    session: Session, study: Study, mechanism: Mechanism, strength: float, index: int, sensor: str
) -> None:
    """Show the window in the version whose strength is nearest: a network cannot rewrite it in a moment."""
    dial, made = mechanism.dial, session.repository.strengths_made(study, mechanism)
    nearest = (
        min(made, key=lambda s: abs(dial.place(s) - dial.place(strength)), default=None) if dial else None
    )
    release = None if nearest is None else session.release(made[nearest])
    if nearest is None or release is None:
        st.info(
            f"{mechanism.title} has to learn before its windows can be shown: *Make this version* does so at this "
            "strength."
        )
        return
    private = study.split.fit
    if release.source is None:
        alike = np.flatnonzero(release.windows.activity == private.activity[index])
        which = alike[[index % len(alike)]] if len(alike) else alike
    else:
        which = np.flatnonzero(release.source == index)
    _draw(private, index, release.windows.take(which), sensor, is_its_own=release.source is not None)
    if nearest != strength:
        st.caption(
            f"The window is that of strength {nearest:g}: a method that learns shows windows of its versions only."
        )


def _draw(private: Windows, index: int, released: Windows, sensor: str, *, is_its_own: bool) -> None:
    if len(released) == 0:
        st.info(WITHHELD)
        return
    drawn = charts.side_by_side(
        private.take(np.array([index])), released, str(released.activity[0]), 1,
        group=sensor, source=np.array([0]) if is_its_own else None,
    )  # fmt: skip
    show_chart(drawn, key="window of strength")
