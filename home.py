"""Home: what this is, one button that starts with the sample, where you are."""

from typing import cast

import streamlit as st

from data.windows import WindowSettings
from pages.ui.common import cache
from pages.ui.common.page_frame import (
    DATA,
    SKETCH,
    TRADEOFFS,
    TRAIN,
    data_location_notice,
    need_study,
    open_page,
)
from pages.ui.common.progress import jobs_panel, start
from pages.ui.common.state import Session
from synth.core.learner import preset
from synth.core.program import NAME, VERSION
from synth.mechanisms.base import Mechanism, mechanisms

TRIED_FIRST = ("noise", "granularity", "sensegen")  # two that take seconds, and one that takes minutes


def try_sample(session: Session) -> None:
    """Load the sample and start a few methods, the fastest first."""
    session.data.use(cache.sample())
    session.data.window_settings = WindowSettings()
    study = need_study(session)
    known = mechanisms()
    for kind in TRIED_FIRST:
        mechanism = cast(Mechanism, preset(known[kind], "quick"))
        start(
            lambda mechanism=mechanism: session.background.make(study, mechanism),
            "This version already exists.",
        )


session = open_page(
    "Penumbra",
    "Share movement recordings without sharing the people in them – and **see what each version is still good for, "
    "and what it still gives away**.",
)

if st.button("Try it with real sample recordings", type="primary", icon=":material/play_arrow:"):
    try_sample(session)
    st.switch_page(TRADEOFFS)
st.caption(
    "Ten people doing seven shoulder exercises with a smartwatch. Two simple versions are measured in about two "
    f"minutes; a generated one takes a minute longer. {data_location_notice()}"
)

for column, (page, title, words) in zip(
    st.columns(4),
    (
        (DATA, "1. Data", "Load recordings of several people doing several activities, and check them."),
        (TRAIN, "2. Train", "Generate new, similar movements with a neural network, or blur the real ones."),
        (SKETCH, "3. Sketch", "Correct a movement by drawing; a neural network fills in the rest."),
        (
            TRADEOFFS,
            "4. Trade-offs",
            "Compare all versions: do they look real, are they useful, can people be recognised?",
        ),
    ),
    strict=True,
):
    with column, st.container(border=True):
        st.page_link(page, label=f"**{title}**")
        st.caption(words)

with st.expander("What makes these numbers different?"):
    st.markdown(
        "- Every attacker is **retrained on the version itself**, as a real attacker would do. The field's most "
        "quoted re-identification rate, 7 %, rises to 74–79 % this way.\n"
        "- Every number is shown with the result of **guessing**, the result on the **original recordings**, and a "
        "**95 % interval over people**.\n"
        "- Every attacker has to pass **known-answer checks**; if they fail one, the verdict is *cannot tell*.\n"
        "- Overlapping windows and unseen people never appear on both sides of a test."
    )

jobs_panel(session)
st.caption(f"{NAME} {VERSION}")
