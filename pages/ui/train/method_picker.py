"""The methods of the Train page by purpose; recommended ones first, the others under "More methods"."""

from collections.abc import Callable, Mapping

import streamlit as st

from pages.ui.common.forms import note_settings
from pages.ui.common.state import Session
from pages.ui.common.widgets import remembered
from synth.core.learner import Learner
from synth.imputers.base import Imputer, imputers
from synth.mechanisms.base import Mechanism, mechanisms

Method = type[Mechanism] | type[Imputer]

FAMILIES: Mapping[str, Callable[[type[Learner]], bool]] = {
    "Generate": lambda m: issubclass(m, Mechanism) and m.makes == "generated",
    "Rewrite": lambda m: issubclass(m, Mechanism) and m.makes == "transformed" and m.learns,
    "Blur or remove": lambda m: issubclass(m, Mechanism) and m.makes == "transformed" and not m.learns,
    "Fill gaps": lambda m: not issubclass(m, Mechanism) and m.kind not in PLAIN,
}
WHAT_THEY_DO = {
    "Generate": "Generate new recordings of no real person.",
    "Rewrite": "Learn how people move, and transform recordings so that less of the person remains.",
    "Blur or remove": "Change recordings by a fixed rule; ready in seconds.",
    "Fill gaps": "Learn to fill in unknown parts, for corrections on the Sketch page.",
}
# Need no training by the user: GAIN is compared with them.
PLAIN = ("mean", "linear", "cubic", "nearest", "iterative")
# The first of each family show most in little time.
RECOMMENDED = (
    "flow",
    "sensegen",
    "standin",
    "flow_rewrite",
    "rae",
    "noise",
    "granularity",
    "filtering",
    "gain",
)


def methods() -> dict[str, dict[str, Method]]:
    """Return the methods of each family, recommended ones first."""
    known: dict[str, Method] = {**mechanisms(), **imputers()}
    known = {kind: known[kind] for kind in (*RECOMMENDED, *known)}
    return {
        family: {kind: method for kind, method in known.items() if belongs(method)}
        for family, belongs in FAMILIES.items()
    }


def choose_method(session: Session) -> Method:
    """Let the user choose a family and one of its methods."""
    families = methods()
    first = next(iter(families))
    family = remembered(
        session, "family", first,
        lambda key: st.pills("What to do", list(families), key=key, required=True, wrap=True) or first,
    )  # fmt: skip
    st.caption(WHAT_THEY_DO[family])
    return _choose(session, family, families[family])


def _choose(session: Session, family: str, known: Mapping[str, Method]) -> Method:
    rest = [kind for kind in known if kind not in RECOMMENDED]
    noted = session.tab.get(f"method {family}", next(iter(known)))
    place, all_of_them = st.container(), False
    if rest:
        all_of_them = remembered(
            session, f"more {family}", noted in rest, lambda key: st.toggle("More methods", key=key)
        )
    offered = list(known) if all_of_them else [kind for kind in known if kind not in rest]
    # A key for either list: Streamlit refuses a choice that is no longer offered.
    key = f"method {family} {len(offered)}"
    session.tab.start_widget(key, noted if noted in offered else offered[0])
    with place:
        kind = st.pills(
            "Method",
            offered,
            format_func=lambda name: known[name].title,
            key=key,
            required=True,
            wrap=True,
        )
    kind = kind or offered[0]
    session.tab.keep(f"method {family}", kind)
    if all_of_them:
        st.caption("\n".join(f"- **{known[name].title}**: {first_sentence(known[name])}" for name in rest))
    return known[kind]


def first_sentence(method: type[Learner]) -> str:
    """Return the first sentence of a method's summary."""
    return method.summary.split(". ")[0].removesuffix(".") + "."


def preselect(session: Session, mechanism: Mechanism) -> None:
    """Choose a method with its settings for the next visit of the Train page."""
    family = next(name for name, belongs in FAMILIES.items() if belongs(type(mechanism)))
    session.tab.keep("family", family)
    session.tab.keep(f"method {family}", mechanism.kind)
    session.tab.keep(f"more {family}", mechanism.kind not in RECOMMENDED)
    note_settings(session, mechanism)
