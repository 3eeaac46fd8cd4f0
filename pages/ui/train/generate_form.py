"""Asking a generator that is ready for more: other amounts, longer series, real windows among them, another draw."""

from collections.abc import Mapping

import streamlit as st

from data.errors import PenumbraError
from pages.ui.common.markdown import literal
from pages.ui.common.progress import start
from pages.ui.common.state import Session
from pages.ui.common.widgets import button, remembered
from synth.runs.generation_order import BALANCES, MAX_REAL, MAX_SECONDS, MAX_WINDOWS, Balance, Order
from synth.runs.study import Study

IN_WORDS: Mapping[Balance, str] = {"as recorded": "As in the recordings", "equal": "As many of each"}


def order_more(session: Session, study: Study) -> None:
    """Offer what the generators of these recordings can make; nothing where there is none."""
    generators = session.repository.generators(study)
    if not generators:
        return
    with st.expander("Ask a generator for more"):
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
                f"{100 * order.real_share:.0f} of 100 windows will be real recordings of these people. They give away "
                "what real recordings give away; the name of the version says so on every chart."
            )
        done_already = f"{generators[key]}: {order.label()} is ready already; it was not computed again."
        button(
            session, "Generate",
            lambda: start(lambda: session.background.generate(study, key, order), done_already),
            key="generate more",
        )  # fmt: skip


def _order(session: Session, study: Study) -> Order:
    """Let the person say what is wanted."""
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
            "Seconds without a break", 0.0, MAX_SECONDS, step=window_s, key=key,
            help=f"How long each series goes on. It is cut into whole windows of {window_s:g} s; in a shared file they "
            "stand one after the other. 0: every window on its own.",
        ),
    )  # fmt: skip
    share = remembered(
        session, "order real", 0,
        lambda key: real.slider(
            "Real windows among them (%)", 0, int(100 * MAX_REAL), step=5, key=key,
            help="Mixing real recordings in makes a version more useful, and gives these people away.",
        ),
    )  # fmt: skip
    seed = remembered(
        session, "order seed", 0,
        lambda key: draw.number_input(
            "Draw number", 0, 2**32 - 1, key=key, help="Another number gives other movements (seed)."
        ),
    )  # fmt: skip
    return Order(int(n_windows), balance, float(seconds), share / 100, int(seed))
