"""The fields of a settings dataclass -> widgets -> a new instance. Choices outlive leaving the page."""

from collections.abc import Sequence
from dataclasses import Field, fields
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import streamlit as st

from pages.ui.common.state import Session
from synth.core.learner import PRESETS, Learner, preset

AnyLearner = TypeVar("AnyLearner", bound=Learner)


def learner_form(learner: type[AnyLearner], session: Session) -> AnyLearner:
    """Show the presets and every field, and return the chosen settings.

    Args:
        learner: The settings class; its fields are made with `synth.core.learner.setting`.
        session: Remembers the choices.

    Raises:
        ValueError: If the class refuses a combination of fields.
    """
    note = f"settings of {learner.kind}"
    noted = session.tab.get(note, {"preset": next(iter(PRESETS)), "values": {}})
    chosen = _choose_preset(learner, session, noted["preset"]) if learner.presets else noted["preset"]
    start = preset(learner, chosen).card() | (noted["values"] if chosen == noted["preset"] else {})
    hints = get_type_hints(learner)

    def widget(f: Field) -> Any:
        key = f"{learner.kind} {chosen} {f.name}"
        dial = getattr(learner, "dial", None)
        if dial is not None and dial.field == f.name:
            return dial_widget(f, dial.steps, start[f.name], session, key=key)
        return field_widget(f, hints[f.name], start[f.name], session, key=key)

    chosen_here = [f for f in fields(learner) if not f.metadata["from_roles"]]
    values = {f.name: widget(f) for f in chosen_here if not f.metadata["advanced"]}
    hidden = [f for f in chosen_here if f.metadata["advanced"]]
    if hidden:
        with st.expander("Advanced settings"):
            columns = st.columns(2)
            for number, f in enumerate(hidden):
                with columns[number % 2]:
                    values[f.name] = widget(f)
    session.tab.keep(note, {"preset": chosen, "values": values})
    return learner(**values).for_roles(session.data.roles)


def note_settings(session: Session, learner: Learner) -> None:
    """Have the form of a learner's kind begin with its settings, under the preset that is most like them."""
    chosen = {f.name: getattr(learner, f.name) for f in fields(learner) if not f.metadata["from_roles"]}

    def unlike(name: str) -> int:
        settings = preset(type(learner), name).card()
        return sum(settings[field] != value for field, value in chosen.items())

    session.tab.keep(f"settings of {learner.kind}", {"preset": min(PRESETS, key=unlike), "values": chosen})


def dial_widget(f: Field, steps: Sequence[Any], value: Any, session: Session, *, key: str) -> Any:
    """Show a slider over the steps of a mechanism's strength, from mild to strong."""
    strongest_last = sorted({*steps, value}, reverse=steps[0] > steps[-1])
    session.tab.start_widget(key, value)
    return st.select_slider(
        f.metadata["label"],
        strongest_last,
        format_func=lambda step: f"{step:g}",
        help=f"{f.metadata['help']} Further right means stronger protection.",
        key=key,
    )


def field_widget(f: Field, hint: Any, value: Any, session: Session, *, key: str) -> Any:
    """Show the widget that fits one field and return what it says."""
    session.tab.start_widget(key, value)
    label, help_text = f.metadata["label"], f.metadata["help"]
    if get_origin(hint) is Literal:
        return st.selectbox(label, list(get_args(hint)), help=help_text, key=key)
    if hint is bool:
        return st.checkbox(label, help=help_text, key=key)
    bounds = (None if bound is None else hint(bound) for bound in (f.metadata["low"], f.metadata["high"]))
    low, high = bounds
    if hint is int:
        return int(st.number_input(label, low, high, step=1, help=help_text, key=key))
    return hint(st.number_input(label, low, high, format="%g", help=help_text, key=key))


def _choose_preset(learner: type[Learner], session: Session, noted: str) -> str:
    key = f"{learner.kind} preset"
    session.tab.start_widget(key, noted)
    return st.radio(
        "How thorough?",
        list(PRESETS),
        captions=list(PRESETS.values()),
        format_func=str.capitalize,
        key=key,
    )
