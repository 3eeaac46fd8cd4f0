"""Generate more from a trained generator: other amounts, longer series, real windows mixed in, another seed."""

from collections.abc import Mapping

import streamlit as st

from data.errors import PenumbraError
from pages.ui.common.markdown import literal
from pages.ui.common.progress import start
from pages.ui.common.state import Session
from pages.ui.common.widgets import button, remembered
from synth.runs.generation_order import BALANCES, MAX_REAL, MAX_SECONDS, MAX_WINDOWS, Balance, Order
from synth.runs.study import Study

IN_WORDS: Mapping[Balance, str] = {"as recorded": "As in the recordings", "equal": "The same number of each"}


def show_generate_form(session: Session, study: Study) -> None:
    """Offer to generate more with the generators of these recordings; nothing where there are none."""
    generators = session.repository.generators(study)
    if not generators:
        return
    with st.expander("Generate more with a trained model"):
        key = st.selectbox(
            "Generator", list(reversed(generators)), format_func=lambda key: generators[key], key="generator"
        )
        try:
            order = _order(session, study)
        except PenumbraError as error:
            st.error(literal(str(error)))
            return
        if order.real_share:
            st.warning(
                f"{100 * order.real_share:.0f} % of the windows will be real recordings of these people and give away "
                "as much as any real recording. The name of the version says so on every chart."
            )
        done_already = f"{generators[key]}: {order.label()} is already available; nothing was recomputed."
        button(
            session, "Generate",
            lambda: start(lambda: session.background.generate(study, key, order), done_already),
            key="generate more",
        )  # fmt: skip


def _order(session: Session, study: Study) -> Order:
    """Let the user choose what to generate."""
    amount, shares = st.columns(2)
    length, real, draw = st.columns(3)
    window_s = study.split.fit.duration_s
    n_windows = remembered(
        session, "order windows", min(MAX_WINDOWS, len(study.split.fit)),
        lambda key: amount.number_input("Windows", 1, MAX_WINDOWS, key=key),
    )  # fmt: skip
    balance: Balance = remembered(
        session, "order balance", BALANCES[0],
        lambda key: shares.selectbox("Activities", BALANCES, format_func=lambda balance: IN_WORDS[balance], key=key),
    )  # fmt: skip
    seconds = remembered(
        session, f"order seconds {window_s}", 0.0,
        lambda key: length.number_input(
            "Seconds per series", 0.0, MAX_SECONDS, step=window_s, key=key,
            help=f"How long each series lasts. It is cut into windows of {window_s:g} s, which follow one another "
            "in a shared file. 0: every window is independent.",
        ),
    )  # fmt: skip
    share = remembered(
        session, "order real", 0,
        lambda key: real.slider(
            "Real windows mixed in (%)", 0, int(100 * MAX_REAL), step=5, key=key,
            help="Mixing in real recordings makes a version more useful, but gives these people away.",
        ),
    )  # fmt: skip
    seed = remembered(
        session, "order seed", 0,
        lambda key: draw.number_input(
            "Seed", 0, 2**32 - 1, key=key, help="A different seed gives different movements."
        ),
    )  # fmt: skip
    return Order(int(n_windows), balance, float(seconds), share / 100, int(seed))
