"""Home: what this is, one button that starts with the sample, and what has been found so far."""

import streamlit as st

from data.splits import SplitSettings
from data.windows import WindowSettings
from pages.ui.common import cache
from pages.ui.common.page_frame import (
    DATA,
    SKETCH,
    TRADEOFFS,
    TRAIN,
    data_location_notice,
    link,
    need_study,
    open_page,
)
from pages.ui.common.progress import jobs_panel
from pages.ui.common.state import Session
from pages.ui.home.latest_result import latest_result, study_and_reports
from synth.core.program import NAME, VERSION
from synth.runs.beforehand.plan import METHODS, SEED, methods
from synth.runs.beforehand.sample_results import take

STEPS = (
    (DATA, "1. Data", "Load recordings of several people doing several activities, and check them."),
    (TRAIN, "2. Train", "Generate new, similar movements with a neural network, or blur the real ones."),
    (SKETCH, "3. Sketch", "Correct a movement by drawing; a neural network fills in the rest."),
    (
        TRADEOFFS,
        "4. Trade-offs",
        "Compare all versions: do they look real, are they useful, can people be recognised?",
    ),
)


def try_sample(session: Session) -> None:
    """Load the sample, with the results that were computed beforehand."""
    data = session.data
    data.use(cache.sample())
    data.window_settings, data.shares, data.seed = WindowSettings(), SplitSettings(), SEED
    if data.holdout is not None:
        data.holdout = None
    study = need_study(session)
    if not any(job.active for job in session.jobs.of(session.owner)):  # they may be at it: see `anew`
        take(study, session.repository.store)


session = open_page(
    "Penumbra",
    "Share movement recordings without sharing the people in them – and **see what each version is still good for, "
    "and what it still gives away**.",
)

study, reports = study_and_reports(session)
if study is not None and reports:
    latest_result(session, study, reports)
start_with_sample = st.button(
    "Try it with real sample recordings",
    type="secondary" if reports else "primary",
    icon=":material/play_arrow:",
)
if start_with_sample:
    with st.spinner("Opening the sample ..."):
        try_sample(session)
    st.switch_page(TRADEOFFS)
st.caption(
    f"Ten people doing seven shoulder exercises with a smartwatch. {len(METHODS)} versions, what attackers find on "
    "them, and a strength sweep were computed beforehand; one button computes them here. "
    f"{data_location_notice()}"
)

if not reports:
    for column, (page, title, words) in zip(st.columns(len(STEPS)), STEPS, strict=True):
        with column, st.container(border=True):
            link(session, page, f"**{title}**")
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
methods()  # once everything is shown: importing them takes a second, for which nobody waits after a click then
